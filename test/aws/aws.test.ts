import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Fault } from "../../scripts/demo/aws/faults.ts";
import { simulatedCredentials } from "../../scripts/demo/aws/keys.ts";
import { startSimulatedAws } from "../../scripts/demo/aws/simulated-aws.ts";
import { type AwsOptions, openAws } from "../../server/aws/aws.ts";
import { openBudget } from "../../server/aws/budget.ts";
import { type Credentials, renewing } from "../../server/aws/credentials.ts";
import { regionCatalogue } from "../../server/aws/region-catalogue.ts";
import { silentLog } from "../../server/lib/log.ts";
import { account, aWorld, now, otherAccount } from "./small-world.ts";

async function start(over: Partial<AwsOptions> = {}, faults: readonly Fault[] = []) {
  const simulated = await startSimulatedAws(aWorld(), { clock: () => now, faults: { seed: 1, faults } });
  onTestFinished(simulated.close);
  const credentials = async () => simulatedCredentials(account);
  const options = { endpoint: simulated.url, region: "us-east-1", quotaShare: 100, clock: () => now, log: silentLog };
  return { simulated, aws: openAws({ ...options, credentials, ...over }) };
}

describe("openAws", () => {
  it("looks at the caller's own account unless it is told others", async () => {
    expect(await (await start()).aws.accounts()).toEqual([account]);
    expect(await (await start({ accounts: [otherAccount] })).aws.accounts()).toEqual([otherAccount]);
  });

  it("builds a client once, and assumes a role once for all of an account's clients", async () => {
    const { aws, simulated } = await start();
    const other = await aws.account(otherAccount);
    expect(other).toBe(await aws.account(otherAccount));
    expect(other.s3("us-east-1")).toBe(other.s3("us-east-1"));
    expect(other.s3("us-east-1")).not.toBe(other.s3("eu-west-1"));
    await Promise.all(
      ["us-east-1", "eu-west-1"].map((region) => other.sts(region).send(new GetCallerIdentityCommand({}))),
    );
    expect(simulated.requests().filter(({ api }) => api === "AssumeRole")).toHaveLength(1);
  });

  it("asks again who we are after a failure", async () => {
    const { aws } = await start({}, [{ api: "GetCallerIdentity", do: { kind: "deny" }, count: 3 }]);
    await expect(aws.caller()).rejects.toMatchObject({ name: "AccessDenied" });
    expect((await aws.caller()).accountId).toBe(account);
  });

  it("says so when the role of an account may not be assumed", async () => {
    const { aws } = await start({ roleName: "other" });
    const other = await aws.account(otherAccount);
    await expect(other.sts("us-east-1").send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
      name: "AccessDenied",
    });
  });

  it("does not take an odd list of regions for a short one", async () => {
    const body = JSON.stringify({ Regions: [{ RegionName: "us-east-1", RegionOptStatus: "MAYBE" }] });
    const replace = { kind: "replace", body, headers: { "content-length": String(body.length) } } as const;
    const odd = await start({}, [{ api: "ListRegions", count: 9, do: replace }]);
    await expect(odd.aws.regions(account)).rejects.toMatchObject({ name: "UnreadableAnswer" });
    const empty = await start({}, [
      { api: "ListRegions", count: 9, do: { kind: "replace", body: "{}", headers: { "content-length": "2" } } },
    ]);
    await expect(empty.aws.regions(account)).rejects.toMatchObject({ name: "UnreadableAnswer" });
  });
});

describe("renewed keys", () => {
  const keys = (n: number, endsAt?: number): Credentials => ({
    accessKeyId: `K${n}`,
    secretAccessKey: "s",
    ...(endsAt === undefined ? {} : { expiration: new Date(endsAt) }),
  });

  it("are fetched once for all, and again five minutes before they end", async () => {
    let time = 0;
    let fetched = 0;
    const provider = renewing(
      async () => keys((fetched += 1), time + 3_600_000),
      () => time,
    );
    expect((await Promise.all([provider(), provider()])).map(({ accessKeyId }) => accessKeyId)).toEqual(["K1", "K1"]);
    time = 54 * 60_000;
    expect((await provider()).accessKeyId).toBe("K1");
    time = 55 * 60_000;
    expect((await Promise.all([provider(), provider()])).map(({ accessKeyId }) => accessKeyId)).toEqual(["K2", "K2"]);
  });

  it("are fetched again after a failure, never kept as one", async () => {
    let fetched = 0;
    const provider = renewing(
      async () => {
        fetched += 1;
        if (fetched === 1) throw new Error("no");
        return keys(fetched);
      },
      () => 0,
    );
    await expect(provider()).rejects.toThrow("no");
    expect((await provider()).accessKeyId).toBe("K2");
  });
});

describe("the budget", () => {
  const call = { account, region: "us-east-1", api: "FilterLogEvents", bucket: null };
  const clock = () => performance.now();

  it("keeps calls of one API apart in time, and no others", async () => {
    const budget = openBudget({ share: 2, clock, log: silentLog });
    const began = performance.now();
    // A second's worth of 10 at once, then one each 100 ms.
    await Promise.all(Array.from({ length: 14 }, () => budget.spend(call, async () => {})));
    expect(performance.now() - began).toBeGreaterThan(250);
    const other = performance.now();
    await budget.spend({ ...call, region: "eu-west-1" }, async () => {});
    await budget.spend({ ...call, api: "GetObject" }, async () => {});
    expect(performance.now() - other).toBeLessThan(90);
  });

  it("says once a throttle how slow it goes now, and hands the error on", async () => {
    const lines: unknown[] = [];
    const budget = openBudget({ share: 1, clock, log: { ...silentLog, warn: (fields) => lines.push(fields) } });
    const throttle = Object.assign(new Error("private text"), { name: "ThrottlingException" });
    const failing = async () => Promise.reject(throttle);
    await expect(budget.spend(call, failing)).rejects.toBe(throttle);
    expect(lines).toEqual([
      {
        event: "aws-throttled",
        api: "FilterLogEvents",
        account,
        region: "us-east-1",
        code: "ThrottlingException",
        perSecond: 2.5,
      },
    ]);
  });
});

describe("the catalogue of regions", () => {
  it("names each region once, with as many as each partition has", () => {
    const sizes = Object.fromEntries(
      [...regionCatalogue].map(([partition, regions]) => [partition, new Set(regions).size]),
    );
    expect(sizes).toEqual({ aws: 33, "aws-us-gov": 2, "aws-eusc": 1, "aws-cn": 0 });
  });
});
