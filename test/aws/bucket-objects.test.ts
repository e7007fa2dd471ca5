import { describe, expect, it, onTestFinished } from "vitest";
import type { Fault } from "../../scripts/demo/aws/faults.ts";
import { simulatedCredentials } from "../../scripts/demo/aws/keys.ts";
import { startSimulatedAws } from "../../scripts/demo/aws/simulated-aws.ts";
import { openAws } from "../../server/aws/aws.ts";
import { type ListedObject, prefixesHolding } from "../../server/aws/bucket-objects.ts";
import { silentLog } from "../../server/lib/log.ts";
import { aBucket, account, anAccount, anObject, aWorld, now } from "./small-world.ts";

const folder = "AWSLogs/x/";
const dayOf = (day: number): string => `${folder}2026/09/${String(day).padStart(2, "0")}/`;
const allDays = Array.from({ length: 30 }, (_, at) => dayOf(at + 1));
const isWanted = ({ key, sizeBytes }: ListedObject): boolean => key.endsWith(".gz") && sizeBytes > 0;

/** Asks a simulated bucket, and tells what it says and how many calls that took. */
async function asked(
  keys: readonly string[],
  prefixes: readonly string[] = allDays,
  { faults = [], page = 1_000 }: { readonly faults?: readonly Fault[]; readonly page?: number } = {},
) {
  const objects = keys.map((key) => anObject(key));
  const world = aWorld({ accounts: [anAccount(account)], buckets: [aBucket("logs", objects)] });
  const options = { clock: () => now, faults: { seed: 1, faults }, pageSize: { keys: page } };
  const simulated = await startSimulatedAws(world, options);
  onTestFinished(simulated.close);
  const own = await openAws({
    endpoint: simulated.url,
    region: "us-east-1",
    quotaShare: 10_000,
    clock: Date.now,
    log: silentLog,
    credentials: async () => simulatedCredentials(account),
  }).account(account);
  const call = { account: own, bucket: "logs", owner: account, region: "us-east-1" };
  const held = await prefixesHolding(call, { folder, prefixes, isWanted });
  return {
    held: [...held].toSorted(),
    calls: simulated.requests().filter(({ api }) => api === "ListObjectsV2").length,
  };
}

const hourly = (day: number, perDay: number): string[] =>
  Array.from(
    { length: perDay },
    (_, at) => `${dayOf(day)}${String(at % 24).padStart(2, "0")}/${String(at).padStart(5, "0")}.gz`,
  );

describe("the days of which a bucket holds a batch", () => {
  it("are found several in one answer, where they are small", async () => {
    const days = [1, 2, 5, 6, 30];
    const { calls, held } = await asked(days.flatMap((day) => hourly(day, 24)));
    expect(held).toEqual(days.map(dayOf));
    expect(calls).toBe(1);
  });

  it("are found one by one without reading on, where they are large", async () => {
    const { calls, held } = await asked(Array.from({ length: 30 }, (_, at) => hourly(at + 1, 300)).flat());
    expect(held).toEqual(allDays);
    expect(calls).toBeLessThanOrEqual(31);
  });

  it("are not those with what is no batch, however much of it there is", async () => {
    const others = Array.from({ length: 2_500 }, (_, at) => `${dayOf(3)}00/data/${String(at).padStart(5, "0")}`);
    const { held } = await asked([`${dayOf(2)}x.tmp`, ...others, `${dayOf(3)}09/a.gz`, `${folder}zz.gz`, dayOf(7)]);
    expect(held).toEqual([dayOf(3)]);
  });

  it("are the same however the list is cut into pages, and of however few days it is asked", async () => {
    let seed = 7;
    const random = (most: number): number => (seed = (seed * 48_271) % 2_147_483_647) % most;
    for (const page of [1, 2, 3, 7, 1_000]) {
      const endings = [".gz", ".tmp", "/data/x", "/data/x.gz"];
      const keys = new Set(
        Array.from(
          { length: 60 },
          () => `${dayOf(1 + random(30))}${random(24)}/${random(9)}${endings[random(4)] ?? ""}`,
        ),
      );
      const prefixes = allDays.filter(() => random(3) > 0);
      const { held } = await asked([...keys], prefixes, { page });
      const expected = prefixes.filter((prefix) =>
        [...keys].some((key) => key.startsWith(prefix) && key.endsWith(".gz")),
      );
      expect(held).toEqual(expected);
    }
  });

  it("are none, without a call, where no day is asked for", async () => {
    expect(await asked(hourly(1, 2), [])).toEqual({ held: [], calls: 0 });
  });

  it("wait for what an empty page goes on to", async () => {
    const faults: readonly Fault[] = [{ api: "ListObjectsV2", count: 2, do: { kind: "empty-page" } }];
    expect((await asked(hourly(4, 3), allDays, { faults })).held).toEqual([dayOf(4)]);
  });

  it.each(["reorder", "repeat-token"] as const)(
    "are not told by a list that does not go on in order: %s",
    async (kind) => {
      const faults: readonly Fault[] = [{ api: "ListObjectsV2", count: 99_999, do: { kind } }];
      const none = Array.from({ length: 9 }, (_, at) => `${dayOf(3)}00/data/${at}`);
      await expect(asked(none, allDays, { faults, page: 3 })).rejects.toMatchObject({ name: "UnreadableAnswer" });
    },
  );
});
