import { randomBytes, randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import { createGzip, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { adviceOn } from "../../scripts/ingest-print.ts";
import type { SimulatedBucket } from "../../scripts/demo/aws/world.ts";
import { visibleText } from "../../server/domain/visible-text.ts";
import { holeOfProgress } from "../../server/domain/coverage.ts";
import type { Aws } from "../../server/aws/aws.ts";
import type { Discovered } from "../../server/ingest/discovery.ts";
import { unitLimits } from "../../server/ingest/gunzip.ts";
import type { ListDeps } from "../../server/ingest/look.ts";
import { Pages } from "../../server/ingest/pages.ts";
import { Watch } from "../../server/ingest/watch.ts";
import { silentLog } from "../../server/lib/log.ts";
import { dueAtOnce } from "../../server/store/catalog/windows.ts";
import { sql } from "../../server/store/sql.ts";
import { openBucket } from "../../server/sources/s3-bucket.ts";
import { s3Source } from "../../server/sources/s3.ts";
import { account, otherAccount } from "../aws/small-world.ts";
import { lines, record } from "../ingest/kit.ts";
import { bucketOf, homeRegion } from "./stage.ts";
import { openTrial, type Trial, type TrialOptions } from "./trial.ts";
import { day, hour, minute } from "./virtual-time.ts";

const scope = { accountId: account, region: homeRegion };

function onS3(options: TrialOptions = {}): Promise<Trial> {
  return openTrial({ deliveries: { [homeRegion]: "s3" }, ...options });
}

async function unitsOf(trial: Trial) {
  const { catalog } = await trial.store();
  return catalog.selectFrom("units").selectAll().orderBy("id").execute();
}

async function states(trial: Trial): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { state } of await unitsOf(trial)) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}

async function kinds(trial: Trial): Promise<readonly string[]> {
  return (await trial.status()).findings.map(({ kind }) => kind);
}

const callsOf = (trial: Trial, api: string) => trial.aws.requests().filter((request) => request.api === api).length;

function hourPathOf(at: number): string {
  return new Date(at).toISOString().slice(0, 13).replaceAll("-", "/").replace("T", "/");
}

function keyAt(at: number, name: string): string {
  return `AWSLogs/${account}/BedrockModelInvocationLogs/${homeRegion}/${hourPathOf(at)}/${name}`;
}

/** The bucket of the home region is another one from now on. */
function changeBucket({ stage }: Trial, change: Partial<SimulatedBucket>): void {
  const buckets = stage.world.buckets as SimulatedBucket[];
  const at = buckets.findIndex(({ name }) => name === bucketOf(homeRegion));
  const bucket = buckets[at];
  if (bucket !== undefined) buckets[at] = { ...bucket, ...change };
}

interface Named {
  readonly prefixes?: readonly string[];
  readonly name?: string;
  readonly idleMs?: number;
}

/** The bucket as a place that the operator names. */
function named({ prefixes = [""], name, idleMs = 30_000 }: Named = {}): (aws: Aws) => Promise<Discovered> {
  return async (aws) => {
    const own = await aws.account(account);
    const bucket = openBucket({
      bucket: bucketOf(homeRegion),
      owner: account,
      region: homeRegion,
      clientFor: own.s3,
      limits: { idleMs, totalMs: 15 * minute },
    });
    const source = s3Source({ places: prefixes.map((prefix) => ({ bucket, prefix })), scope, now: () => aws.now() });
    const sources = [{ source: name === undefined ? source : { ...source, name }, origin: "configured" as const }];
    return { sources, problems: [], targets: [] };
  };
}

/** `BOMB_SIZE=full` takes the limits that everybody has, and what goes far beyond them: it takes minutes. */
const bombs =
  process.env["BOMB_SIZE"] === "full"
    ? { size: "full", bombMb: 1_024, records: 1_000_000, largeMb: 500, limits: unitLimits, peakMb: 1_024 }
    : {
        size: "small",
        bombMb: 64,
        records: 2_001,
        largeMb: 2,
        limits: { ...unitLimits, records: 2_000, recordBytes: 1_000_000 },
        peakMb: Infinity,
      };

function* repeated(chunk: Buffer, times: number): Generator<Buffer> {
  for (let n = 0; n < times; n += 1) yield chunk;
}

function* made(text: () => string, times: number): Generator<string> {
  for (let n = 0; n < times; n += 1) yield text();
}

/** Compressed as it is made: what it holds is far too much to hold. */
async function gzipOf(chunks: Iterable<string | Buffer>): Promise<Buffer> {
  const parts: Buffer[] = [];
  const gzip = createGzip({ level: 1 });
  for await (const part of Readable.from(chunks, { objectMode: true }).pipe(gzip)) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

describe("objects in S3", { timeout: bombs.size === "full" ? 1_800_000 : 240_000 }, () => {
  it("B1: a new object in a folder 26 h old, its key sorting first, is found by the next wider scan", async () => {
    const trial = await onS3();
    const { stage, time } = trial;
    const old = time.now - 26 * hour;
    stage.put([stage.call(old)], old, { name: "20261119T103000000Z_ffffffffffffffff.json.gz" });
    stage.put([stage.call(time.now - hour)], time.now - hour);
    await trial.run();
    await trial.expectExact();
    stage.put([stage.call(old)], old, { name: "20261119T100000000Z_0000000000000000.json.gz", shownAt: time.now });
    time.pass(hour);
    await trial.run();
    await trial.expectExact();
    expect(await kinds(trial)).toContain("late-delivery");
  });

  it("an hour that was listed while it ran, and cannot be listed since, is a hole, however much newer was read", async () => {
    const trial = await onS3();
    const { stage, time } = trial;
    const running = time.now - (time.now % hour);
    for (let n = 0; n < 9; n += 1) stage.put([stage.call(running)], running);
    await trial.run();
    const late = stage.call(time.now + 10 * minute);
    stage.put([late], time.now + 10 * minute);
    time.pass(6 * hour);
    stage.put([stage.call(time.now - 5 * minute)], time.now - 5 * minute);
    const match = hourPathOf(running);
    trial.plan([
      { api: "ListObjectsV2", match, count: 1_000, do: { kind: "error", status: 500, code: "InternalError" } },
    ]);
    await trial.run();
    expect(await trial.storedNames()).not.toContain(`${account}/${homeRegion}/${String(late["requestId"])}`);
    const { hole, readThrough } = await trial.target();
    expect(hole?.from).toBe(new Date(running).toISOString());
    expect(Date.parse(readThrough ?? "")).toBeLessThanOrEqual(running);
    trial.plan([]);
    time.pass(10 * minute);
    await trial.run();
    await trial.expectExact();
    expect((await trial.target()).hole).toBeNull();
  });

  it("B2: 500 objects of one LastModified over two listings: exact", async () => {
    const trial = await onS3({ pageSize: { keys: 90 } });
    const { stage, time } = trial;
    const at = time.now - hour;
    const put = (count: number) => {
      for (let n = 0; n < count; n += 1) stage.put([stage.call(at)], at, { shownAt: at + minute, name: nameOf() });
    };
    const nameOf = () => `${randomBytes(8).toString("hex")}.json.gz`;
    put(260);
    await trial.run();
    put(240);
    await trial.run();
    await trial.expectExact();
    expect(await states(trial)).toEqual({ done: 500 });
  });

  it("B3: a zero-byte object and permission-check objects at several depths are ignored and counted", async () => {
    const trial = await onS3();
    const { stage, time } = trial;
    const at = time.now - 2 * hour;
    stage.put([stage.call(at)], at);
    stage.object(keyAt(at, "empty.json.gz"), new Uint8Array());
    stage.object(keyAt(at, "amazon-bedrock-logs-permission-check"), new Uint8Array());
    stage.object(keyAt(at, "amazon-bedrock-logs-permission-check.json"), Buffer.from("{}"));
    stage.object(
      `AWSLogs/${account}/BedrockModelInvocationLogs/amazon-bedrock-logs-permission-check`,
      new Uint8Array(),
    );
    stage.object("amazon-bedrock-logs-permission-check", new Uint8Array());
    stage.object(keyAt(at, "notes.txt"), Buffer.from("not a log"));
    await trial.run();
    await trial.expectExact();
    const [source] = (await trial.status()).sources;
    expect(source?.ignoredBy).toEqual({ empty: 1, "permission-check": 4, "not-a-log": 1 });
    expect(source?.counts).toEqual({ read: 7, stored: 1, duplicates: 0, quarantined: 0, ignored: 6 });
    expect(callsOf(trial, "GetObject")).toBe(1);
  });

  it("B4: gzip cut inside a member: corrupt, then partial; others go on", async () => {
    const trial = await onS3();
    const { stage, time } = trial;
    const at = time.now - 2 * hour;
    stage.put([stage.call(at)], at);
    const calls = Array.from({ length: 50 }, () =>
      stage.call(at, { output: { noise: randomBytes(200).toString("hex") } }),
    );
    const whole = gzipSync(lines(...calls));
    stage.object(keyAt(at, "cut.json.gz"), whole.subarray(0, whole.length - 2_000));
    await trial.run();
    await trial.expectExact();
    expect(await states(trial)).toEqual({ done: 1, corrupt: 1 });
    expect((await trial.target()).hole?.reason).toBe("a damaged object waits for another try");
    for (const wait of [minute, 10 * minute, 2 * hour, day]) {
      time.pass(wait);
      await trial.run();
    }
    expect(await states(trial)).toEqual({ done: 1, partial: 1 });
    const { counts } = await trial.status();
    expect(counts.quarantined).toBe(1);
    expect(counts.stored).toBeGreaterThan(30);
    expect(counts.stored).toBeLessThan(51);
    expect(await kinds(trial)).toContain("partial-object");
    expect((await trial.target()).hole).toBeNull();
  });

  it("B5: 2 and 1,000 members and zero padding are read; garbage after a member is partial, with a finding", async () => {
    const trial = await onS3();
    const { stage, time } = trial;
    const at = time.now - 2 * hour;
    const put = (name: string, count: number, end: Uint8Array) => {
      const calls = Array.from({ length: count }, () => stage.call(at));
      // Noted as delivered by `put`, then replaced by the same lines in members of their own.
      const key = stage.put(calls, at, { name });
      stage.object(key, Buffer.concat([...calls.map((call) => gzipSync(lines(call))), end]), { shownAt: at + minute });
    };
    put("two.json.gz", 2, Buffer.alloc(0));
    put("thousand.json.gz", 1_000, Buffer.alloc(0));
    put("padded.json.gz", 1, Buffer.alloc(4_096));
    put("garbage.json.gz", 3, Buffer.from("garbage"));
    await trial.run();
    expect(await states(trial)).toEqual({ done: 3, corrupt: 1 });
    for (let attempt = 0; attempt < 4; attempt += 1) {
      time.pass(day);
      await trial.run();
    }
    await trial.expectExact({ quarantined: 1 });
    expect(await states(trial)).toEqual({ done: 3, partial: 1 });
    expect(await kinds(trial)).toContain("partial-object");
  });

  it(
    "one look lists all hours that are due, be they more than are asked for at once",
    { timeout: 120_000 },
    async () => {
      const trial = await onS3();
      const { stage, time } = trial;
      const at = time.now - (dueAtOnce + 30) * hour;
      stage.put([stage.call(at)], at);
      await trial.run({ since: `${Math.ceil(dueAtOnce / 24) + 2}d` });
      expect(await states(trial)).toEqual({ done: 1 });
    },
  );

  it("B6: what took the place of an object is looked for at once, and its hour is a hole until then", async () => {
    const trial = await onS3();
    const { stage, time } = trial;
    // So long ago that nobody would look there again for hours.
    const at = time.now - 3 * day;
    stage.object(keyAt(at, "overwritten.json.gz"), gzipSync(lines(stage.call(at))));
    trial.plan([{ api: "GetObject", count: 10_000, do: { kind: "error", status: 503, code: "SlowDown" } }]);
    await trial.run();
    trial.plan([]);
    stage.put([stage.call(at)], at, { name: "overwritten.json.gz" });
    time.pass(10 * minute);
    await trial.run();
    // Whether its hour is listed again by the run that finds it replaced depends on which of the two comes first.
    const after = await states(trial);
    expect(after).toMatchObject({ replaced: 1 });
    const isListed = Object.keys(after).length > 1;
    expect((await trial.target()).hole?.reason ?? null).toBe(isListed ? null : holeOfProgress.unlisted);
    time.pass(minute);
    await trial.run();
    expect(await states(trial)).toEqual({ replaced: 1, done: 1 });
    await trial.expectExact();
  });

  it("B6: overwritten between LIST and GET: row and data of one version; deleted: vanished, a finding, no loop", async () => {
    const trial = await onS3();
    const { stage, time } = trial;
    const at = time.now - 2 * hour;
    const unread = [stage.call(at), stage.call(at)].map((call) => lines(call));
    stage.object(keyAt(at, "overwritten.json.gz"), gzipSync(unread[0] ?? ""));
    stage.object(keyAt(at, "deleted.json.gz"), gzipSync(unread[1] ?? ""));
    trial.plan([{ api: "GetObject", count: 10_000, do: { kind: "error", status: 503, code: "SlowDown" } }]);
    await trial.run();
    expect(await states(trial)).toEqual({ listed: 2 });
    trial.plan([]);
    stage.removeObject(keyAt(at, "deleted.json.gz"));
    stage.put([stage.call(at)], at, { name: "overwritten.json.gz" });
    time.pass(10 * minute);
    await trial.run();
    expect(await states(trial)).toEqual({ replaced: 1, vanished: 1, done: 1 });
    await trial.expectExact();
    const found = await kinds(trial);
    expect(found).toContain("log-object-deleted");
    expect(found).toContain("log-object-rewritten");
    const [row] = await trial.rows(sql`select unit_id from invocations where dt >= '0000'`);
    const done = (await unitsOf(trial)).find(({ state }) => state === "done");
    expect(row?.["unit_id"]).toBe(done?.id);
    const gets = callsOf(trial, "GetObject");
    time.pass(day);
    await trial.run();
    expect(callsOf(trial, "GetObject")).toBe(gets);
    // Listed again it is there again.
    time.pass(day);
    stage.put([stage.call(at)], at, { name: "deleted.json.gz" });
    await trial.run();
    await trial.expectExact();
  });

  it("B7: KMS refuses 3 of 100 for 2 days: 97 at once, 3 later alone, the hole shown", async () => {
    const trial = await onS3({ pageSize: { keys: 1_000 } });
    const { stage, time } = trial;
    const at = time.now - 2 * hour;
    const keys = Array.from({ length: 100 }, (_, n) =>
      stage.put([stage.call(at)], at, { name: `object-${String(n).padStart(3, "0")}.json.gz` }),
    );
    const refused = keys.slice(40, 43);
    trial.plan(
      refused.map((match) => ({
        api: "GetObject",
        match,
        count: 10_000,
        do: { kind: "deny" as const, message: "kms:Decrypt" },
      })),
    );
    await trial.run();
    expect(await states(trial)).toEqual({ done: 97, denied: 3 });
    const { hole, readThrough } = await trial.target();
    expect(hole?.reason).toBe("reading an object was refused: AccessDenied");
    expect(Date.parse(readThrough ?? "") <= at).toBe(true);
    for (const wait of [hour, day, day - hour]) {
      time.pass(wait);
      await trial.run();
      expect(await states(trial)).toEqual({ done: 97, denied: 3 });
    }
    trial.plan([]);
    time.pass(6 * hour);
    await trial.run();
    await trial.expectExact();
    expect((await trial.target()).hole).toBeNull();
  });

  it("B7: a key that is disabled refuses like any other right that is missing, with what to do about it", async () => {
    const trial = await onS3();
    const { stage, time } = trial;
    const at = time.now - 2 * hour;
    const key = stage.put([stage.call(at)], at);
    stage.put([stage.call(at)], at);
    const deed = { kind: "error", status: 400, code: "KMS.DisabledException" } as const;
    trial.plan([{ api: "GetObject", match: key, count: 10_000, do: deed }]);
    await trial.run();
    expect(await states(trial)).toEqual({ done: 1, denied: 1 });
    const told = "KMS.DisabledException (its key is disabled: enable it)";
    expect((await trial.target()).hole?.reason).toBe(`reading an object was refused: ${told}`);
    const [unit] = (await unitsOf(trial)).filter(({ state }) => state === "denied");
    expect([unit?.error_code, unit?.error]).toEqual(["KMS.DisabledException", `Reading it was refused: ${told}.`]);
    expect(adviceOn(await trial.status()).join(" ")).toContain("kms:Decrypt");
    const asked = callsOf(trial, "GetObject");
    await trial.run();
    expect(callsOf(trial, "GetObject")).toBe(asked);
    trial.plan([]);
    time.pass(6 * hour);
    await trial.run();
    await trial.expectExact();
  });

  it("B8: SlowDown, and a stall after 500 bytes: exact, and the slot is free again", async () => {
    const trial = await onS3();
    const { stage, time } = trial;
    const at = time.now - 2 * hour;
    const noise = () => ({ output: { noise: randomBytes(2_000).toString("hex") } });
    for (let n = 0; n < 12; n += 1) stage.put([stage.call(at, noise())], at);
    trial.plan([
      { api: "GetObject", nth: 2, count: 4, do: { kind: "throttle" } },
      { api: "GetObject", nth: 8, count: 3, do: { kind: "stall", afterBytes: 500 } },
      { api: "ListObjectsV2", nth: 3, count: 2, do: { kind: "throttle" } },
    ]);
    const find = named({ idleMs: 250 });
    for (let n = 0; n < 3; n += 1) {
      await trial.run({ find });
      time.pass(10 * minute);
    }
    await trial.expectExact();
  });

  it("B9: a 301 leads to the right region; another owner's bucket is a clear refusal; an archived object no retry storm", async () => {
    const trial = await onS3();
    const { stage, time } = trial;
    const at = time.now - 2 * hour;
    stage.put([stage.call(at)], at);
    const key = stage.put([stage.call(at)], at);
    const body = stage.world.buckets[0]?.list(key)[Symbol.iterator]().next().value?.body();
    stage.object(key, body ?? new Uint8Array(), { shownAt: at, over: { storageClass: "GLACIER" } });
    stage.configure("eu-west-1", {});
    changeBucket(trial, { region: "eu-west-1" });
    await trial.run();
    expect(await states(trial)).toEqual({ done: 1, archived: 1 });
    const moved = trial.aws.requests().filter(({ code }) => code === "PermanentRedirect");
    expect(moved.length).toBeGreaterThan(0);
    const gets = callsOf(trial, "GetObject");
    for (let n = 0; n < 5; n += 1) {
      time.pass(hour);
      await trial.run();
    }
    expect(callsOf(trial, "GetObject")).toBe(gets);
    stage.object(key, body ?? new Uint8Array(), { shownAt: at });
    time.pass(20 * hour);
    await trial.run();
    await trial.expectExact();

    changeBucket(trial, { owner: otherAccount });
    await trial.run();
    const [source] = (await trial.status()).sources;
    expect(source?.state).toBe("denied");
    expect(source?.reason).toContain("belongs to another account");
  });

  it("B10 (small): the second poll lists only hot folders, whatever the bucket holds", async () => {
    const trial = await onS3({ pageSize: { keys: 1_000 }, since: "30d" });
    const { stage, time } = trial;
    // Ignored by their size: nothing is fetched of them.
    for (let n = 0; n < 20_000; n += 1) {
      const at = time.now - (n % 720) * hour;
      stage.object(keyAt(at, `${String(n).padStart(6, "0")}.json.gz`), new Uint8Array());
    }
    const put = (count: number, at: number) => {
      for (let n = 0; n < count; n += 1) stage.object(keyAt(at, `hot-${n}.json.gz`), new Uint8Array());
    };
    put(2_500, time.now);
    await trial.run();
    expect((await trial.status()).counts.ignored).toBe(22_500);
    const before = callsOf(trial, "ListObjectsV2");
    const { catalog } = await trial.store();
    const signal = new AbortController().signal;
    const deps: ListDeps = {
      catalog,
      clock: trial.clock,
      chance: () => 0,
      sleep: trial.time.sleep,
      log: silentLog,
      pages: new Pages(async () => new Uint8Array()),
      onUnits: () => undefined,
      uptime: () => 0,
    };
    const { sources } = await named()(trial.openAws());
    const source = sources[0]?.source;
    if (source === undefined) throw new Error("no source");
    const pollMs = minute;
    const onMoved = async () => undefined;
    const watch = new Watch(deps, source, { since: time.now - 30 * day, cold: false, pollMs, signal, onMoved });
    expect(await watch.look(Infinity)).toEqual({ whole: true, some: true, waitMs: pollMs });
    const inHour = 20_000 / 720;
    expect(callsOf(trial, "ListObjectsV2") - before).toBeLessThanOrEqual(4 + Math.ceil((2_500 + inHour) / 1_000) + 3);
  });

  it("B11: keys with space, +, %2F, newline, emoji, U+2028, ESC and 1,024 bytes are read, round-trip and are safe to show", async () => {
    const trial = await onS3();
    const { stage, time } = trial;
    const at = time.now - 2 * hour;
    const odd = [
      "a b",
      "a+b",
      "a%2Fb",
      "a\nb",
      "a😀b",
      "a\u2028b",
      "a\u001b[2Jb",
      "'; drop table units; --",
      "<b>&amp;",
    ];
    const keys = odd.map((name) => stage.put([stage.call(at)], at, { name: `${name}.json.gz` }));
    const prefix = Buffer.byteLength(keyAt(at, ".json.gz"));
    keys.push(stage.put([stage.call(at)], at, { name: `${"n".repeat(1_024 - prefix)}.json.gz` }));
    stage.object(keyAt(at, "x\u001b[31m\u202e.json.gz"), Buffer.from("no log"));
    await trial.run();
    await trial.expectExact({ quarantined: 1 });
    const stored = (await unitsOf(trial)).filter(({ quarantined }) => quarantined === 0).map(({ key }) => key);
    expect(stored.toSorted((a, b) => a.localeCompare(b))).toEqual(keys.toSorted((a, b) => a.localeCompare(b)));
    // oxlint-disable-next-line no-control-regex
    for (const key of stored) expect(visibleText(key)).not.toMatch(/[\u0000-\u001f\u007f\u2028\u2029\u202a-\u202e]/);
    const again = callsOf(trial, "GetObject");
    await trial.run();
    expect(callsOf(trial, "GetObject")).toBe(again);
  });

  it("B13: a source renamed, a prefix widened: no reset, no double count", async () => {
    const trial = await onS3();
    const { stage, time } = trial;
    const at = time.now - 2 * hour;
    const under = (prefix: string, name: string) => {
      const call = stage.call(at);
      stage.removeObject(stage.put([call], at, { name }));
      stage.object(`${prefix}${keyAt(at, name)}`, gzipSync(lines(call)), { shownAt: at + minute });
    };
    under("bedrock/", "1.json.gz");
    under("bedrock/", "2.json.gz");
    await trial.run({ find: named({ prefixes: ["bedrock"] }) });
    await trial.expectExact();
    const before = await unitsOf(trial);
    await trial.run({ find: named({ prefixes: ["bedrock"], name: "logs of orders" }) });
    await trial.run({ find: named({ prefixes: ["bedrock", "", "bedrock/"], name: "all logs" }) });
    await trial.expectExact();
    expect(await unitsOf(trial)).toEqual(before);
    expect(callsOf(trial, "GetObject")).toBe(2);
    under("", "3.json.gz");
    await trial.run({ find: named({ prefixes: ["bedrock", ""] }) });
    await trial.expectExact();
    expect((await trial.status()).sources).toHaveLength(1);
  });

  it(`B16: a bomb, too many tiny records, a record too large (${bombs.size}): stopped by their limits; others exact`, async () => {
    const trial = await onS3();
    const { stage, time } = trial;
    const at = time.now - 2 * hour;
    for (let n = 0; n < 5; n += 1) stage.put([stage.call(at), stage.call(at)], at);
    stage.object(keyAt(at, "bomb.json.gz"), await gzipOf(repeated(Buffer.alloc(2 ** 20), bombs.bombMb)));
    const tiny = () => lines(record(randomUUID(), { timestamp: new Date(at).toISOString(), input: {}, output: {} }));
    stage.object(keyAt(at, "tiny.json.gz"), await gzipOf(made(tiny, bombs.records)));
    stage.object(
      keyAt(at, "garbage.json.gz"),
      await gzipOf(made(() => `${randomBytes(3).toString("hex")}\n`, bombs.records)),
    );
    const neighbours = [stage.call(at), stage.call(at)];
    const key = stage.put(neighbours, at, { name: "large.json.gz" });
    const [first = {}, last = {}] = neighbours;
    const large = await gzipOf(
      (function* () {
        yield `${lines(first)}{"text":"`;
        for (let n = 0; n < bombs.largeMb * 16; n += 1) yield randomBytes(2_048).toString("hex").repeat(16);
        yield `"}\n${lines(last)}`;
      })(),
    );
    stage.object(key, large, { shownAt: at + minute });
    const before = process.memoryUsage().rss;
    let peak = before;
    const sampling = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 50);
    await trial.run({ limits: bombs.limits }).finally(() => clearInterval(sampling));
    await trial.expectExact({ quarantined: 1 });
    const found = Object.fromEntries(
      (await unitsOf(trial))
        .filter(({ state }) => state !== "done")
        .map((unit) => [unit.key.split("/").at(-1), unit.error_code]),
    );
    expect(found).toEqual({ "bomb.json.gz": "ratio", "tiny.json.gz": "records", "garbage.json.gz": "records" });
    expect(await states(trial)).toEqual({ done: 6, oversize: 3 });
    const [entry] = await (await trial.store()).catalog.selectFrom("quarantine").selectAll().execute();
    expect(entry).toMatchObject({ reason: "record-too-large", file: null });
    expect((entry?.byte_to ?? 0) - (entry?.byte_from ?? 0)).toBe(bombs.largeMb * 2 ** 20 + '{"text":""}'.length);
    if (bombs.size === "full") expect((peak - before) / 2 ** 20).toBeLessThan(bombs.peakMb);
  });
});
