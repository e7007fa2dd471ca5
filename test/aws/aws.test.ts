import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { Fault } from "../../scripts/demo/aws/faults.ts";
import { simulatedCredentials } from "../../scripts/demo/aws/keys.ts";
import { startSimulatedAws } from "../../scripts/demo/aws/simulated-aws.ts";
import { type AwsOptions, openAws } from "../../server/aws/aws.ts";
import { listing } from "../../server/aws/accounts.ts";
import { openBudget, usualPace } from "../../server/aws/budget.ts";
import { type Credentials, renewing } from "../../server/aws/credentials.ts";
import { regionCatalogue } from "../../server/aws/region-catalogue.ts";
import { partitionOfRegion } from "../../server/aws/regions.ts";
import { CallTimeout, pauseBefore, retryStrategy } from "../../server/aws/retries.ts";
import { tokenBucket } from "../../server/lib/concurrency.ts";
import { silentLog } from "../../server/lib/log.ts";
import { account, anAccount, aWorld, now, otherAccount } from "./small-world.ts";

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Time that goes from one moment for which someone waits to the next. */
function steppedTime() {
  let now = 10_000;
  const waiting: { readonly at: number; readonly wake: () => void }[] = [];
  return {
    clock: () => now,
    sleep: (ms: number) => new Promise<void>((wake) => void waiting.push({ at: now + ms, wake })),
    step: async (): Promise<void> => {
      const [next] = waiting.toSorted((a, b) => a.at - b.at);
      if (next === undefined) throw new Error("nobody waits");
      waiting.splice(waiting.indexOf(next), 1);
      now = next.at;
      next.wake();
      await turn();
    },
  };
}

async function start(over: Partial<AwsOptions> = {}, faults: readonly Fault[] = [], world = aWorld()) {
  const simulated = await startSimulatedAws(world, { clock: () => now, faults: { seed: 1, faults } });
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

  it("finds out once for a service what the environment says, and connects once, in a check", async () => {
    const { aws } = await start({ purpose: "checking" });
    const [first, second] = [await aws.account(account), await aws.account(otherAccount)];
    const configs = [first.s3("us-east-1"), second.s3("eu-west-1")].map(({ config }) => config);
    expect(configs[1]?.requestHandler).toBe(configs[0]?.requestHandler);
    expect(await Promise.all(configs.map(({ region }) => region()))).toEqual(["us-east-1", "eu-west-1"]);
    const keys = await Promise.all(configs.map(({ credentials }) => credentials()));
    expect(keys[1]?.accessKeyId).not.toBe(keys[0]?.accessKeyId);
    for (const { useFipsEndpoint } of configs) expect(await useFipsEndpoint()).toBe(false);
  });

  it("takes what the environment says for every client, not for the first one alone", async () => {
    vi.stubEnv("AWS_SDK_UA_APP_ID", "our-audit");
    onTestFinished(() => void vi.unstubAllEnvs());
    const { aws } = await start({ purpose: "checking" });
    for (const id of [account, otherAccount])
      for (const region of ["us-east-1", "eu-west-1"])
        expect(await (await aws.account(id)).logs(region).config.userAgentAppId()).toBe("our-audit");
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

  it.each([JSON.stringify({ Regions: [{ RegionName: "us-east-1", RegionOptStatus: "MAYBE" }] }), "{}"])(
    "does not take an odd list of regions for a short one: %s",
    async (body) => {
      const replace = { kind: "replace", body, headers: { "content-length": String(body.length) } } as const;
      const { aws } = await start({}, [
        { api: "ListRegions", count: 9, do: replace },
        { api: "DescribeRegions", count: 9, do: { kind: "deny" } },
      ]);
      await expect(aws.regions(account)).rejects.toMatchObject({ name: "UnreadableAnswer" });
    },
  );
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
    const { provide: provider } = renewing(
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
    const { provide: provider } = renewing(
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

describe("keys that AWS calls expired", () => {
  it("are renewed once, and the call goes again", async () => {
    const expired: Fault = {
      api: "GetCallerIdentity",
      match: otherAccount,
      do: { kind: "error", status: 403, code: "ExpiredToken" },
    };
    const { aws, simulated } = await start({ purpose: "checking" }, [expired]);
    const other = await aws.account(otherAccount);
    const { Account } = await other.sts("us-east-1").send(new GetCallerIdentityCommand({}));
    expect(Account).toBe(otherAccount);
    expect(simulated.requests().filter(({ api }) => api === "AssumeRole")).toHaveLength(2);
  });

  it("are not renewed again and again", async () => {
    const expired: Fault = {
      api: "GetCallerIdentity",
      match: otherAccount,
      count: 99,
      do: { kind: "error", status: 403, code: "ExpiredToken" },
    };
    const { aws, simulated } = await start({ purpose: "checking" }, [expired]);
    const other = await aws.account(otherAccount);
    await expect(other.sts("us-east-1").send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
      name: "ExpiredToken",
    });
    expect(simulated.requests().filter(({ api }) => api === "AssumeRole")).toHaveLength(2);
  });

  it("are left alone when somebody has renewed them since", async () => {
    let fetched = 0;
    const { provide, renew } = renewing(
      async () => ({ accessKeyId: `K${(fetched += 1)}`, secretAccessKey: "s" }),
      () => 0,
    );
    const first = await provide();
    await Promise.all([renew(first), renew(first)]);
    expect((await provide()).accessKeyId).toBe("K2");
    await renew(first);
    expect((await provide()).accessKeyId).toBe("K2");
  });
});

describe("accounts", () => {
  const states = ["ACTIVE", "PENDING_CLOSURE", "SUSPENDED", "CLOSED", "PENDING_ACTIVATION", "NEW_WORD"];
  const accounts = states.map((state, n) => ({ id: `00000000000${n}`, state }));

  it("are looked at, tried or listed only, by their state", () => {
    expect(listing(accounts, []).map(({ standing }) => standing)).toEqual([
      "open",
      "closing",
      "shut",
      "shut",
      "shut",
      "open",
    ]);
  });

  it("stay in the list when they were not asked for; one that is not of the organisation is named", () => {
    expect(listing(accounts.slice(0, 2), ["000000000000", "999999999999"])).toEqual([
      { id: "000000000000", state: "ACTIVE", standing: "open" },
      { id: "000000000001", state: "PENDING_CLOSURE", standing: "filtered" },
      { id: "999999999999", state: null, standing: "stranger" },
    ]);
  });

  it("of an organisation are those that can be looked at", async () => {
    const { aws } = await start({ organization: true });
    expect(await aws.accounts()).toEqual([account, otherAccount]);
    const named = await start({ organization: true, accounts: [otherAccount] });
    expect(await named.aws.accounts()).toEqual([otherAccount]);
  });

  it("have the older name of their state, where that is all there is", async () => {
    const body = JSON.stringify({ Accounts: [{ Id: otherAccount, Status: "SUSPENDED" }] });
    const replace = { kind: "replace", body, headers: { "content-length": String(body.length) } } as const;
    const { aws } = await start({ organization: true }, [{ api: "ListAccounts", do: replace }]);
    expect(await aws.listing()).toEqual([{ id: otherAccount, state: "SUSPENDED", standing: "shut" }]);
  });

  it("are no short list when an answer is not one", async () => {
    const replace = { kind: "replace", body: "{}", headers: { "content-length": "2" } } as const;
    const { aws } = await start({ organization: true }, [{ api: "ListAccounts", count: 9, do: replace }]);
    await expect(aws.listing()).rejects.toMatchObject({ name: "UnreadableAnswer" });
  });

  it("whose role asks for an external id are shut without it", async () => {
    const world = aWorld({ accounts: [anAccount(account), anAccount(otherAccount, { externalId: "secret-1" })] });
    const without = await start({}, [], world);
    await expect((await without.aws.account(otherAccount)).sts("us-east-1").config.credentials()).rejects.toMatchObject(
      { name: "AccessDenied" },
    );
    const given = await start({ externalId: "secret-1" }, [], world);
    const keys = await (await given.aws.account(otherAccount)).sts("us-east-1").config.credentials();
    expect(keys.accessKeyId).toContain(otherAccount);
  });
});

describe("regions", () => {
  it("are told by EC2 where the account's own service does not say", async () => {
    const refused: Fault = { api: "ListRegions", count: 9, do: { kind: "deny" } };
    const { aws } = await start({}, [refused]);
    expect(await aws.regions(account)).toEqual([
      { region: "us-east-1", state: "ENABLED_BY_DEFAULT" },
      { region: "eu-west-1", state: "ENABLED_BY_DEFAULT" },
      { region: "af-south-1", state: "DISABLED" },
    ]);
    const none = await start({}, [refused, { api: "DescribeRegions", count: 9, do: { kind: "deny" } }]);
    await expect(none.aws.regions(account)).rejects.toMatchObject({ name: "AccessDeniedException" });
  });

  it("of Bedrock are those that AWS publishes, page by page", async () => {
    const bedrockRegions = Array.from({ length: 23 }, (_, n) => `us-east-${n}`);
    const { aws, simulated } = await start({}, [], aWorld({ bedrockRegions }));
    expect(await aws.bedrockRegions()).toEqual(bedrockRegions);
    expect(simulated.requests().filter(({ api }) => api === "GetParametersByPath")).toHaveLength(3);
  });

  it.each([
    ["us-gov-west-1", "aws-us-gov", "amazonaws.com"],
    ["eusc-de-east-1", "aws-eusc", "amazonaws.eu"],
    ["eu-west-1", "aws", "amazonaws.com"],
  ])("%s is of partition %s, under %s", async (region, partition, suffix) => {
    expect(partitionOfRegion(region)).toBe(partition);
    const { aws } = await start();
    const { endpointProvider } = (await aws.account(account)).bedrock(region).config;
    const { url } = endpointProvider({ Region: region, UseDualStack: false, UseFIPS: false });
    expect(url.hostname).toBe(`bedrock.${region}.${suffix}`);
  });
});

describe("patience", () => {
  const patience = { attempts: 6, pauseMs: 100, longestPauseMs: 5_000, callMs: 60_000 };
  it("doubles the pause up to a limit, with full jitter", () => {
    expect([1, 2, 3, 4, 5, 6, 7].map((retry) => pauseBefore(retry, patience, 1))).toEqual([
      100, 200, 400, 800, 1_600, 3_200, 5_000,
    ]);
    expect([0, 0.5].map((chance) => pauseBefore(3, patience, chance))).toEqual([0, 200]);
  });

  const steps = async (error: unknown, over: Partial<typeof patience> = {}) => {
    const strategy = retryStrategy({ ...patience, pauseMs: 0, ...over });
    let token = await strategy.acquireInitialRetryToken();
    for (let attempts = 1; ; attempts += 1)
      try {
        token = await strategy.refreshRetryTokenForRetry(token, { error });
      } catch {
        return attempts;
      }
  };
  const named = (name: string, status = 400) =>
    Object.assign(new Error("x"), { name, $metadata: { httpStatusCode: status } });

  it.each([
    [named("ThrottlingException"), 6],
    [named("SlowDown", 503), 6],
    [named("InternalError", 500), 6],
    [Object.assign(new Error("x"), { code: "ECONNRESET" }), 6],
    [named("AccessDenied", 403), 1],
    [Object.assign(new Error("x"), { code: "ENOTFOUND" }), 1],
    [new CallTimeout("x"), 1],
  ])("%s: %i attempts", async (error, attempts) => expect(await steps(error)).toBe(attempts));
});

describe("the budget of a check", () => {
  const call = { account, region: "us-east-1", service: "bedrock", api: "Any", bucket: null };

  it("is one for all calls of a service in an account's region", async () => {
    let time = 0;
    const budget = openBudget({ purpose: "checking", share: 1, clock: () => time, log: silentLog });
    let ran = 0;
    const spend = (over: object) => void budget.spend({ ...call, ...over }, async () => (ran += 1));
    for (let n = 0; n < 25; n += 1) spend({ api: `Call${n}` });
    await turn();
    // Some of what may go at once stays behind: what left apart may arrive together.
    const atOnce = usualPace.burst - 4;
    expect(ran).toBe(atOnce);
    spend({ region: "eu-west-1" });
    spend({ service: "s3" });
    await turn();
    expect(ran).toBe(atOnce + 2);
    time = 60_000;
  });

  it("is kept by CloudTrail's calls as they arrive, though a busy moment lets those of 0.4 s arrive together", async () => {
    let time = 0;
    const waits: (() => void)[] = [];
    const sleep = (ms: number) =>
      new Promise<void>((resolve) => {
        waits.push(() => {
          time += ms;
          resolve();
        });
      });
    const budget = openBudget({ purpose: "checking", share: 1, clock: () => time, sleep, log: silentLog });
    const left: number[] = [];
    const lookup = { ...call, service: "cloudtrail", api: "LookupEvents" };
    for (let n = 0; n < 8; n += 1) void budget.spend(lookup, async () => left.push(time));
    await turn();
    while (left.length < 8) {
      waits.shift()?.();
      await turn();
    }
    const uses = left.flatMap((first, at) =>
      left.slice(at).map((last, more) => (more + 1) / (2 + (2 * Math.max(0, last - first - 400)) / 1_000)),
    );
    expect(Math.max(...uses)).toBeLessThanOrEqual(1.01);
  });

  it("halves at a throttle, and comes back by one a second", () => {
    let time = 0;
    const bucket = tokenBucket({ perSecond: 10, burst: 20 }, () => time);
    bucket.throttled();
    bucket.throttled();
    expect(bucket.limit).toBe(2.5);
    time = 3_000;
    expect(bucket.limit).toBe(5.5);
    time = 60_000;
    expect(bucket.limit).toBe(10);
  });

  it("lets those who wait go one by one, in their order", async () => {
    const { clock, sleep, step } = steppedTime();
    const bucket = tokenBucket({ perSecond: 200, burst: 1 }, clock, sleep);
    const from = clock();
    const left: (readonly [number, number])[] = [];
    for (const n of [0, 1, 2, 3]) void bucket.take().then(() => left.push([n, clock() - from]));
    await turn();
    while (left.length < 4) await step();
    expect(left).toEqual([
      [0, 0],
      [1, 5],
      [2, 10],
      [3, 15],
    ]);
  });
});

describe("the budget", () => {
  const call = { account, region: "us-east-1", service: "logs", api: "FilterLogEvents", bucket: null };
  const clock = () => performance.now();

  it("keeps calls of one API apart in time, and no others", async () => {
    const { clock, sleep, step } = steppedTime();
    const budget = openBudget({ purpose: "reading", share: 2, clock, sleep, log: silentLog });
    const began = clock();
    const left: number[] = [];
    const leave = async () => void left.push(clock() - began);
    // A second's worth of 10 at once, then one each 100 ms.
    for (let n = 0; n < 14; n += 1) void budget.spend(call, leave);
    await turn();
    expect(left).toEqual(Array(11).fill(0));
    await budget.spend({ ...call, region: "eu-west-1" }, async () => {});
    await budget.spend({ ...call, api: "GetObject" }, async () => {});
    while (left.length < 14) await step();
    expect(left.slice(11)).toEqual([100, 200, 300]);
  });

  it("bounds the objects of a bucket that are asked for at a time, and each bucket by itself", async () => {
    const { clock, sleep } = steppedTime();
    const lines: unknown[] = [];
    const log = { ...silentLog, warn: (fields: object) => lines.push(fields) };
    const budget = openBudget({ purpose: "reading", share: 0.5, clock, sleep, log });
    const object = { ...call, service: "s3", api: "GetObject", bucket: "logs" };
    const answers: (() => void)[] = [];
    const asked = (bucket: string) =>
      budget.spend({ ...object, bucket }, () => new Promise<void>((resolve) => answers.push(resolve)));
    const first = Array.from({ length: 10 }, () => asked("logs"));
    await turn();
    expect(answers).toHaveLength(8);
    const other = asked("others");
    await turn();
    expect(answers).toHaveLength(9);
    answers.shift()?.();
    await turn();
    expect(answers).toHaveLength(9);
    while (answers.length > 0) {
      answers.shift()?.();
      await turn();
    }
    await Promise.all([...first, other]);
    const slow = Object.assign(new Error("private text"), { name: "SlowDown" });
    await expect(budget.spend(object, async () => Promise.reject(slow))).rejects.toBe(slow);
    expect(lines).toMatchObject([{ event: "aws-throttled", api: "GetObject", inFlight: 4 }]);
  });

  it("says once a throttle how slow it goes now, and hands the error on", async () => {
    const lines: unknown[] = [];
    const budget = openBudget({
      purpose: "reading",
      share: 1,
      clock,
      log: { ...silentLog, warn: (fields) => lines.push(fields) },
    });
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
