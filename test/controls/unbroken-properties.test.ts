import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { BucketStore, LoggingConfig, LogGroupStore, TrailChange } from "../../server/controls/facts.ts";
import { gapsOf } from "../../server/controls/history/gaps.ts";
import { pastOf } from "../../server/controls/history/past.ts";
import { defaultPolicy } from "../../server/controls/policy.ts";
import { account, hourMs, now } from "../aws/small-world.ts";
import { here } from "./kit.ts";

const dayMs = 24 * hourMs;
const end = now - 15 * 60_000;
const began = now - 90 * dayMs;
const windowFrom = now - 30 * dayMs;
/** Hours: younger than what is surely told. */
const moment = 0.1;
const allKnown = { text: true, image: false, embedding: false, video: false, audio: false };

/** What can be done, as it is meant; `hour` hours before now. */
type Deed = { readonly hour: number } & (
  | { readonly of: "logging"; readonly to: "a" | "b" | "group" | "both" | "nowhere"; readonly text: boolean }
  | { readonly of: "a" | "b" | "group"; readonly days: number | null }
  | { readonly of: "stream" }
);

const days = fc.constantFrom(1, 3, 10, 29, 30, 60, null);
const hour = fc.integer({ min: 1, max: 89 * 24 - 1 });
const deed: fc.Arbitrary<Deed> = fc.oneof(
  fc.record({
    hour,
    of: fc.constant("logging" as const),
    to: fc.constantFrom("a" as const, "b" as const, "group" as const, "both" as const, "nowhere" as const),
    text: fc.boolean(),
  }),
  fc.record({ hour, of: fc.constantFrom("a" as const, "b" as const, "group" as const), days }),
  fc.record({ hour, of: fc.constant("stream" as const) }),
);
/** How it all was when CloudTrail begins to tell. */
const first = fc.tuple(days, days, days, fc.boolean()).map(([a, b, group, text]): readonly Deed[] => [
  { hour: 89 * 24, of: "a", days: a },
  { hour: 89 * 24, of: "b", days: b },
  { hour: 89 * 24, of: "group", days: group },
  { hour: 89 * 24, of: "logging", to: "a", text },
]);
const story = fc
  .tuple(
    first,
    fc.uniqueArray(deed, { maxLength: 12, selector: ({ hour: at, of }) => `${at} ${of === "stream" ? "group" : of}` }),
  )
  .map(([start, rest]) => [...start, ...rest]);

type Kind = "off" | "content" | "erased" | "well";

interface Record_ {
  readonly time: number;
  readonly to: readonly ("a" | "b" | "group")[];
  readonly logged: "off" | "content" | "well";
}

/** Each record by itself, hour by hour: what a store has become too old for is taken out of it, then things are done. */
function replayed(deeds: readonly Deed[], mode: "any" | "all"): ReadonlyMap<number, Kind> {
  const keeps = new Map<"a" | "b" | "group", number | null>();
  const holds = { a: new Set<number>(), b: new Set<number>(), group: new Set<number>() };
  const records: Record_[] = [];
  let logging = { to: "nowhere", text: false };
  const expire = (time: number): void => {
    for (const store of ["a", "b", "group"] as const)
      for (const written of holds[store])
        if (time - written > (keeps.get(store) ?? Infinity) * dayMs) holds[store].delete(written);
  };
  for (let time = now - 89 * dayMs; time < end; time += hourMs) {
    expire(time);
    for (const done of deeds.filter((each) => now - each.hour * hourMs === time)) {
      if (done.of === "logging") logging = done;
      else if (done.of === "stream") holds.group.clear();
      else keeps.set(done.of, done.days);
    }
    if (time < windowFrom) continue;
    const to = storesOf(logging.to);
    for (const store of to) holds[store].add(time);
    records.push({ time, to, logged: to.length === 0 ? "off" : logging.text ? "well" : "content" });
  }
  expire(end);
  // What is done behind the end changes nothing that was before, but for what it deletes.
  if (deeds.some((done) => done.of === "stream" && done.hour === moment)) holds.group.clear();
  return new Map(records.map((record) => [record.time, kindOf(record, holds, mode)]));
}

function storesOf(to: string): readonly ("a" | "b" | "group")[] {
  if (to === "both") return ["a", "group"];
  return to === "a" || to === "b" || to === "group" ? [to] : [];
}

function kindOf(
  { logged, time, to }: Record_,
  holds: Readonly<Record<"a" | "b" | "group", ReadonlySet<number>>>,
  mode: "any" | "all",
): Kind {
  const isKept = (store: "a" | "b" | "group"): boolean => holds[store].has(time);
  // Large bodies are never in a group: it alone satisfies only itself.
  const suffices = mode === "any" && to.some((store) => store !== "group" && isKept(store));
  return to.every(isKept) || suffices ? logged : "erased";
}

const rules = (kept: number | null) =>
  kept === null ? [] : [{ Status: "Enabled" as const, Filter: { Prefix: "" }, Expiration: { Days: kept } }];
const places = { a: { bucket: "a", prefix: "bedrock" }, b: { bucket: "b", prefix: "bedrock" } };

function configOf(to: string, text: boolean): LoggingConfig {
  const stores = storesOf(to);
  return {
    set: true,
    s3: stores.includes("a") ? places.a : stores.includes("b") ? places.b : null,
    cloudWatch: stores.includes("group") ? { logGroup: "/b/log", roleArn: "role", largeData: null } : null,
    delivered: { ...allKnown, text },
  };
}

function wireConfig({ cloudWatch, delivered, s3 }: LoggingConfig): object {
  return {
    loggingConfig: {
      ...(s3 === null ? {} : { s3Config: { bucketName: s3.bucket, keyPrefix: s3.prefix } }),
      ...(cloudWatch === null
        ? {}
        : { cloudWatchConfig: { logGroupName: cloudWatch.logGroup, roleArn: cloudWatch.roleArn } }),
      ...Object.fromEntries(Object.entries(delivered).map(([name, on]) => [`${name}DataDeliveryEnabled`, on])),
    },
  };
}

/** As CloudTrail tells it. */
function told(done: Deed): Pick<TrailChange, "name" | "parameters"> {
  if (done.of === "stream")
    return {
      name: "DeleteLogStream",
      parameters: { logGroupName: "/b/log", logStreamName: "aws/bedrock/modelinvocations" },
    };
  if (done.of === "logging")
    return done.to === "nowhere"
      ? { name: "DeleteModelInvocationLoggingConfiguration", parameters: null }
      : {
          name: "PutModelInvocationLoggingConfiguration",
          parameters: wireConfig(configOf(done.to, done.text)),
        };
  if (done.of === "group")
    return done.days === null
      ? { name: "DeleteRetentionPolicy", parameters: { logGroupName: "/b/log" } }
      : { name: "PutRetentionPolicy", parameters: { logGroupName: "/b/log", retentionInDays: done.days } };
  return done.days === null
    ? { name: "DeleteBucketLifecycle", parameters: { bucketName: done.of } }
    : {
        name: "PutBucketLifecycle",
        parameters: { bucketName: done.of, LifecycleConfiguration: { Rule: rules(done.days)[0] } },
      };
}

const byTime = (deeds: readonly Deed[]): readonly Deed[] => deeds.toSorted((a, b) => b.hour - a.hour);

function changesOf(deeds: readonly Deed[]): readonly TrailChange[] {
  return deeds.map((done, at) => ({
    id: `${at}`,
    time: now - done.hour * hourMs,
    actor: `actor ${at}`,
    errorCode: null,
    ...told(done),
  }));
}

function lastOf<T>(deeds: readonly Deed[], value: (done: Deed) => T | undefined): T | undefined {
  return byTime(deeds)
    .map(value)
    .findLast((found) => found !== undefined);
}

const keptNow = (deeds: readonly Deed[], store: "a" | "b" | "group"): number | null =>
  lastOf(deeds, (done) => (done.of === store ? { days: done.days } : undefined))?.days ?? null;

function rebuilt(deeds: readonly Deed[], changes: readonly TrailChange[], mode: "any" | "all") {
  const bucket = (name: "a" | "b"): BucketStore => ({
    ...places[name],
    owner: "own",
    region: here,
    lifecycle: rules(keptNow(deeds, name)),
    versioning: null,
    lock: null,
  });
  const logGroup: LogGroupStore = {
    name: "/b/log",
    exists: true,
    retentionInDays: keptNow(deeds, "group"),
    logGroupClass: "STANDARD",
    kmsKeyId: null,
    deletionProtected: null,
    bearerToken: null,
    retentionPolicy: null,
    createdAt: 0,
  };
  const logging = lastOf(deeds, (done) => (done.of === "logging" ? done : undefined));
  const loggingConfig = configOf(logging?.to ?? "nowhere", logging?.text ?? false);
  const isConfig = ({ name }: TrailChange): boolean => name.endsWith("LoggingConfiguration");
  const range = { from: began, to: end, wholeSince: began };
  const facts = {
    loggingConfig,
    configEvents: { ...range, changes: changes.filter(isConfig) },
    storeEvents: { ...range, changes: changes.filter((change) => !isConfig(change)) },
    logGroup,
    s3Store: loggingConfig.s3 === null ? null : bucket(loggingConfig.s3.bucket === "a" ? "a" : "b"),
    largeDataStore: null,
    formerStores: {
      groups: loggingConfig.cloudWatch === null ? [{ name: "/b/log", store: logGroup }] : [],
      buckets: (["a", "b"] as const)
        .filter((name) => loggingConfig.s3?.bucket !== name)
        .map((name) => ({ place: places[name], store: bucket(name) })),
    },
    usage: { from: windowFrom, to: end, invocations: 0, clientErrors: 0, serverErrors: 0, inferences: 0, hours: [] },
    delivery: { cloudWatch: [], s3: [], largeData: [], logEvents: null },
    earlierLooks: null,
  };
  const policy = { ...defaultPolicy, destinations: mode };
  return pastOf(facts, { account, region: here, now, policy, counted: { from: windowFrom, to: end } });
}

function kindsOf({ moments }: ReturnType<typeof rebuilt>, times: readonly number[]): readonly string[] {
  return times.map((time) => moments.find(({ from, to }) => time >= from && time < to)?.moment.kind ?? "nothing");
}

const modes = fc.constantFrom("any" as const, "all" as const);

describe("the rebuilt past", () => {
  it("is what a replay of each record says", () => {
    fc.assert(
      fc.property(story, modes, (deeds, mode) => {
        const expected = replayed(deeds, mode);
        const past = rebuilt(deeds, changesOf(deeds), mode);
        expect(kindsOf(past, [...expected.keys()])).toEqual([...expected.values()]);
        expect(past.moments[0]?.from).toBe(windowFrom);
        expect(past.moments.at(-1)?.to).toBe(end);
      }),
      { numRuns: 150 },
    );
  });

  it("counts each call that was lost, once", () => {
    fc.assert(
      fc.property(story, modes, (deeds, mode) => {
        const expected = replayed(deeds, mode);
        const callPeriods = [...expected.keys()].map((time) => ({ time, seconds: 60, invocations: 1 }));
        const { moments } = rebuilt(deeds, changesOf(deeds), mode);
        const usage = { from: 0, to: 0, invocations: 0, clientErrors: 0, serverErrors: 0, inferences: 0, hours: [] };
        const lost = gapsOf(moments, { callPeriods, usage, counted: { from: windowFrom } }).reduce(
          (sum, gap) => sum + (gap.invocations ?? NaN),
          0,
        );
        expect(lost).toBe([...expected.values()].filter((kind) => kind !== "well").length);
      }),
      { numRuns: 100 },
    );
  });

  it("is what a replay says, too, where something was done a moment ago", () => {
    fc.assert(
      fc.property(story, deed, modes, (deeds, last, mode) => {
        const done = [...deeds, { ...last, hour: moment }];
        const expected = replayed(done, mode);
        const past = rebuilt(done, changesOf(done), mode);
        expect(kindsOf(past, [...expected.keys()])).toEqual([...expected.values()]);
      }),
      { numRuns: 150 },
    );
  });

  it("does not depend on the order in which changes are told, nor on those told twice, refused or too old", () => {
    const shuffled = story.chain((deeds) =>
      fc.record({
        deeds: fc.constant(deeds),
        told: fc.shuffledSubarray(
          [...deeds, ...deeds].map((_, at) => at),
          { minLength: deeds.length * 2 },
        ),
        refused: fc.array(deed, { maxLength: 4 }),
        old: deed,
      }),
    );
    fc.assert(
      fc.property(shuffled, modes, ({ deeds, old, refused, told: order }, mode) => {
        const plain = changesOf(deeds);
        const twice = order.map((at) => plain[at % plain.length]).filter((change) => change !== undefined);
        const more = [
          ...changesOf(refused).map((change) => ({ ...change, id: `r${change.id}`, errorCode: "AccessDenied" })),
          ...changesOf([old]).map((change) => ({ ...change, id: "early", time: began - dayMs })),
        ];
        expect(rebuilt(deeds, [...more, ...twice], mode)).toEqual(rebuilt(deeds, plain, mode));
      }),
      { numRuns: 100 },
    );
  });

  it("names one of those who did something for each gap", () => {
    fc.assert(
      fc.property(story, (deeds) => {
        const actors = new Set(changesOf(deeds).map(({ actor }) => actor));
        for (const { moment } of rebuilt(deeds, changesOf(deeds), "any").moments)
          if ("actor" in moment) expect(actors).toContain(moment.actor);
      }),
      { numRuns: 100 },
    );
  });
});
