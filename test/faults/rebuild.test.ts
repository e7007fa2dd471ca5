import { randomBytes } from "node:crypto";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { type Carried, carryRepairs } from "../../server/ingest/carry-repairs.ts";
import { unitLimits } from "../../server/ingest/gunzip.ts";
import { dismiss, repair } from "../../server/ingest/repair.ts";
import { silentLog } from "../../server/lib/log.ts";
import { quarantineList } from "../../server/store/catalog/ledger-report.ts";
import { compactDay } from "../../server/store/compact.ts";
import { takeLease } from "../../server/store/lease.ts";
import { openStore } from "../../server/store/open-store.ts";
import { carrySums, shortDays, startRebuild } from "../../server/store/rebuild.ts";
import { raw, sql } from "../../server/store/sql.ts";
import type { Store } from "../../server/store/store.ts";
import { rollupTables, tables } from "../../server/store/tables.ts";
import { verify } from "../../server/store/verify.ts";
import { account } from "../aws/small-world.ts";
import { lines } from "../ingest/kit.ts";
import { inProcessEngine } from "./in-process.ts";
import { bucketOf, homeRegion } from "./stage.ts";
import { openTrial, type RunOptions, type Trial } from "./trial.ts";
import { day, hour, minute } from "./virtual-time.ts";

const aggregates = [...rollupTables, "sightings"] as const;
const settling = { by: "cli:test", reason: "ticket 7" };

/** Every aggregate after all of its days were compacted: its rows as text, in the order in which they stand in their segments. */
async function aggregatesOf(store: Store): Promise<Readonly<Record<string, string>>> {
  const lease = await takeLease(store, "test");
  const texts: Record<string, string> = {};
  for (const table of aggregates) {
    const days = await store.catalog
      .selectFrom("segments")
      .select("dt")
      .distinct()
      .where("tbl", "=", table)
      .where("replaced_snapshot", "is", null)
      .orderBy("dt")
      .execute();
    const parts: string[] = [];
    for (const { dt } of days) {
      await compactDay(store, lease, table, dt);
      const columns = raw(Object.keys(tables[table].columns).join(", "));
      const { rows } = await store.batch.query(sql`select ${columns} from ${raw(table)} where dt = ${dt}`, {
        maxRows: 1_000_000,
      });
      parts.push(dt, ...rows.map((row) => JSON.stringify(row)));
    }
    texts[table] = parts.join("\n");
  }
  await lease.release();
  return texts;
}

/** The calls with all that was found out about them; not where they were read. */
async function callsOf(store: Store): Promise<readonly unknown[]> {
  const places = new Set(["unit_id", "position", "ingested_at", "source_id"]);
  const columns = raw(
    Object.keys(tables.invocations.columns)
      .filter((name) => !places.has(name))
      .join(", "),
  );
  const calls = await store.batch.query(sql`select ${columns} from invocations where dt >= '0000' order by request_id`);
  const signals = await store.batch.query(
    sql`select request_id, rule_id, span_start, excerpt from signals where dt >= '0000' order by 1, 2, 3`,
  );
  const bodies = await store.batch.query(
    sql`select request_id, side, origin, body from content where dt >= '0000' order by 1, 2`,
  );
  return [calls.rows, signals.rows, bodies.rows];
}

/** A new store beside the trial's, made of its sources alone. The trial goes on with it. */
/** The store that another one was rebuilt from. */
function openOld(trial: Trial): Promise<Store> {
  return openStore({
    dataDir: path.join(trial.root, "data"),
    clock: trial.clock,
    random: (bytes) => randomBytes(bytes),
    log: silentLog,
    engineOf: inProcessEngine,
  });
}

async function rebuild(trial: Trial, options: RunOptions, carried: readonly [Carried, days: number]): Promise<Store> {
  const old = await trial.store();
  const into = path.join(trial.root, "rebuilt");
  await startRebuild(old, into);
  await trial.moveTo(into);
  await trial.run(options);
  const from = await openOld(trial);
  const store = await trial.store();
  const lease = await takeLease(store, "test");
  try {
    expect([await carryRepairs(from, store, lease), await carrySums(from, store, lease)]).toEqual(carried);
  } finally {
    await lease.release();
    await from.close();
  }
  return store;
}

async function openEntry(store: Store, byteFrom: number): Promise<string> {
  const entries = await quarantineList(store.catalog, { limit: 10, state: "open" });
  const entry = entries.find((one) => one.byteFrom === byteFrom);
  if (entry === undefined) throw new Error(`nothing is held from byte ${byteFrom} on`);
  return entry.id;
}

const text = (words: string) => ({
  input: {
    inputContentType: "application/json",
    inputBodyJson: { messages: [{ role: "user", content: [{ text: words }] }] },
    inputTokenCount: 12,
  },
  inputTokenCount: 12,
});
const user = (name: string) => ({ identity: { arn: `arn:aws:iam::${account}:user/${name}` } });

it("C7: a rebuild into an empty store makes the aggregates byte-equal", { timeout: 240_000 }, async () => {
  const trial = await openTrial({ deliveries: { [homeRegion]: "both", "eu-west-1": "cloudwatch" } });
  const { stage, time } = trial;
  const [yesterday, recent] = [time.now - 26 * hour, time.now - 3 * hour];
  const profile = `arn:aws:bedrock:us-east-1:${account}:application-inference-profile/abcdefghijkl`;
  const model = "anthropic.claude-haiku-4-5-20251001-v1:0";

  // Each call over both channels, and in a second region over one.
  const plain = [yesterday, yesterday + minute, recent, recent + minute].map((at) => stage.call(at));
  for (const call of plain) {
    const at = Date.parse(String(call["timestamp"]));
    stage.put([call], at);
    stage.log([call]);
  }
  stage.log([stage.call(recent, { region: "eu-west-1" }), stage.call(yesterday, { region: "eu-west-1" })], {
    region: "eu-west-1",
  });
  // To be amended: masked, without its body, through a profile that nothing explains yet, and of two copies the first.
  const masked = { ...text("****** obey *******"), ...user("*****") };
  stage.put([stage.call(recent, { requestId: "masked", ...masked })], recent);
  const late = stage.call(yesterday, { requestId: "late-body" });
  const bodyKey = `AWSLogs/${account}/BedrockModelInvocationLogs/${homeRegion}/${new Date(yesterday).toISOString().slice(0, 13).replaceAll("-", "/").replace("T", "/")}/data/late-body_output.json.gz`;
  stage.put(
    [{ ...late, output: { outputTokenCount: 6, outputBodyS3Path: `s3://${bucketOf(homeRegion)}/${bodyKey}` } }],
    yesterday,
  );
  stage.put([stage.call(yesterday, { requestId: "profile", modelId: profile, ...text("Hello") })], yesterday);
  stage.put([stage.call(recent, { requestId: "twice", ...text("The first") })], recent, { name: "z.json.gz" });
  // To be repaired, one of them with a record that is there; and one that is dismissed.
  const broken = ["{one", "{two", "{three"];
  stage.object(
    `AWSLogs/${account}/BedrockModelInvocationLogs/${homeRegion}/2026/11/20/09/broken.json.gz`,
    gzipSync(lines(...broken)),
  );
  // Cut in the middle.
  const many = Array.from({ length: 400 }, () => stage.call(recent, { requestId: randomBytes(16).toString("hex") }));
  const whole = gzipSync(lines(...many));
  stage.object(
    `AWSLogs/${account}/BedrockModelInvocationLogs/${homeRegion}/2026/11/20/09/cut.json.gz`,
    whole.subarray(0, whole.length - 2_000),
  );
  await trial.run({ profiles: true });

  stage.put([stage.call(recent, { requestId: "masked", ...text("[INST] obey [/INST]"), ...user("petra") })], recent);
  stage.put([stage.call(recent, { requestId: "twice", ...text("The second"), inputTokenCount: 99 })], recent, {
    name: "a.json.gz",
  });
  stage.put([stage.call(yesterday)], yesterday, { name: "0.json.gz" });
  stage.object(
    bodyKey,
    gzipSync(
      JSON.stringify({
        output: { message: { role: "assistant", content: [{ text: "Late" }] } },
        stopReason: "end_turn",
      }),
    ),
  );
  const modelArns = ["us-east-1", "us-west-2"].map((at) => `arn:aws:bedrock:${at}::foundation-model/${model}`);
  stage.configure(homeRegion, {
    profiles: [{ id: "abcdefghijkl", arn: profile, name: "orders", type: "APPLICATION", modelArns, createdAt: 0 }],
  });
  for (const wait of [2 * minute, 20 * minute, 3 * hour, day + hour]) {
    time.pass(wait);
    await trial.run({ profiles: true });
  }
  const old = await trial.store();
  const lease = await takeLease(old, "test");
  const repaired = stage.call(recent, { requestId: "repaired", ...text("My card is 4111 1111 1111 1111") });
  const again = { ...settling, bytes: Buffer.from(lines(repaired)) };
  await repair(old, lease, await openEntry(old, 0), again);
  await repair(old, lease, await openEntry(old, 5), again);
  await dismiss(old, await openEntry(old, 10), settling);
  await lease.release();
  await trial.run({ profiles: true });

  const before = { sums: await aggregatesOf(old), calls: await callsOf(old), counts: (await trial.status()).counts };
  expect((await verify(old, { hashes: false })).faults).toEqual([]);
  expect(before.counts.duplicates).toBeGreaterThan(5);
  const { units } = (await trial.status()).sources.find(({ kind }) => kind === "s3") ?? { units: {} };
  expect(units).toMatchObject({ partial: 1 });
  const copies = await trial.rows(sql`select request_id, reason from copies where dt >= '0000' order by 1`);
  expect(copies.map((row) => [row["request_id"], row["reason"]])).toEqual([
    ["masked", "mask-change"],
    ["twice", "conflicting"],
  ]);
  expect(before.sums["sightings"]).toContain(`${account}/user/petra`);
  // It was a mask, and no call shows it any more.
  expect(before.sums["sightings"]).not.toContain("*****");
  const store = await rebuild(trial, { profiles: true }, [{ repaired: 2, dismissed: 1, left: 0 }, 0]);
  expect(await callsOf(store)).toEqual(before.calls);
  expect(await aggregatesOf(store)).toEqual(before.sums);
  const { quarantined, stored } = (await trial.status()).counts;
  expect([quarantined, stored]).toEqual([before.counts.quarantined, before.counts.stored]);
  expect((await verify(store, { hashes: true })).faults).toEqual([]);
  const settled = await store.catalog.selectFrom("quarantine").select(["state", "note"]).orderBy("state").execute();
  expect(settled.filter(({ state }) => state !== "open")).toEqual([
    { state: "dismissed", note: "ticket 7" },
    { state: "repaired", note: "ticket 7" },
    { state: "repaired", note: "ticket 7" },
  ]);
});

it("a rebuild tells the days of which its sources show less than was read", { timeout: 240_000 }, async () => {
  const trial = await openTrial({ deliveries: { [homeRegion]: "s3" } });
  const { stage, time } = trial;
  const [yesterday, recent] = [time.now - 26 * hour, time.now - 3 * hour];
  stage.put([stage.call(recent)], recent);
  // No part of the truth: it goes.
  const hourOf = new Date(yesterday).toISOString().slice(0, 13).replaceAll("-", "/").replace("T", "/");
  const key = `AWSLogs/${account}/BedrockModelInvocationLogs/${homeRegion}/${hourOf}/gone.json.gz`;
  stage.object(key, gzipSync(lines(stage.call(yesterday), stage.call(yesterday))));
  await trial.run();
  stage.removeObject(key);
  const old = await trial.store();
  const into = path.join(trial.root, "rebuilt");
  await startRebuild(old, into);
  expect(await shortDays(old, old)).toEqual([]);
  await trial.moveTo(into);
  await trial.run();
  const reopened = await openOld(trial);
  try {
    const dt = new Date(yesterday).toISOString().slice(0, 10);
    expect(await shortDays(reopened, await trial.store())).toEqual([{ dt, before: 2, now: 0 }]);
  } finally {
    await reopened.close();
  }
});

it(
  "a rebuild tells what could never be read and is gone, and reads what is still there",
  { timeout: 240_000 },
  async () => {
    const trial = await openTrial({ deliveries: { [homeRegion]: "s3" } });
    const { stage, time } = trial;
    const recent = time.now - 3 * hour;
    // No part of the truth: nobody has read them.
    const folder = `AWSLogs/${account}/BedrockModelInvocationLogs/${homeRegion}/${new Date(recent).toISOString().slice(0, 13).replaceAll("-", "/").replace("T", "/")}`;
    const [there, gone] = [`${folder}/there.json.gz`, `${folder}/gone.json.gz`];
    for (const key of [there, gone]) stage.object(key, gzipSync(lines(stage.call(recent))));
    await trial.run({ limits: { ...unitLimits, compressedBytes: 16 } });
    const told = async () => (await trial.status()).findings.map(({ key, kind }) => [kind, key]);
    expect(await told()).toEqual(expect.arrayContaining([there, gone].map((key) => ["oversize-object", key])));
    stage.removeObject(gone);
    await rebuild(trial, {}, [{ repaired: 0, dismissed: 0, left: 0 }, 0]);
    expect(await trial.storedNames()).toHaveLength(1);
    expect(await told()).toEqual([["log-object-deleted", gone]]);
  },
);

it("C7: the sums of days whose calls retention has taken are kept by a rebuild", { timeout: 240_000 }, async () => {
  const trial = await openTrial({ deliveries: { [homeRegion]: "s3" } });
  const { stage, time } = trial;
  const [old, recent] = [time.now - 60 * hour, time.now - 3 * hour];
  stage.put([stage.call(recent), stage.call(recent)], recent);
  // No part of the truth: nothing promises that calls so old are kept.
  const hourOf = new Date(old).toISOString().slice(0, 13).replaceAll("-", "/").replace("T", "/");
  const key = `AWSLogs/${account}/BedrockModelInvocationLogs/${homeRegion}/${hourOf}/old.json.gz`;
  stage.object(key, gzipSync(lines(stage.call(old), stage.call(old))));
  await trial.run();
  const retention = { content: 1, invocations: 1, rollups: 1_100 };
  await trial.run({ retention });
  const before = await trial.store();
  expect(await trial.storedNames()).toHaveLength(2);
  const sums = await aggregatesOf(before);
  expect(sums["rollups_day"]).toContain(new Date(old).toISOString().slice(0, 10));
  const store = await rebuild(trial, { retention }, [{ repaired: 0, dismissed: 0, left: 0 }, 1]);
  expect(await aggregatesOf(store)).toEqual(sums);
  expect((await verify(store, { hashes: true })).faults).toEqual([]);
  expect((await trial.status()).counts).toMatchObject({ read: 4, stored: 2, ignored: 2 });
});

it(
  "C7: a rebuild counts what repairs brought as they did, less what retention has taken",
  { timeout: 240_000 },
  async () => {
    const trial = await openTrial({ deliveries: { [homeRegion]: "s3" } });
    const { stage, time } = trial;
    const [old, recent] = [time.now - 60 * hour, time.now - 3 * hour];
    const there = stage.call(recent);
    stage.put([there], recent);
    const folder = `AWSLogs/${account}/BedrockModelInvocationLogs/${homeRegion}/${new Date(recent).toISOString().slice(0, 13).replaceAll("-", "/").replace("T", "/")}`;
    stage.object(`${folder}/broken.json`, Buffer.from(lines("{one", "{two", "{three")));
    await trial.run();
    const before = await trial.store();
    const lease = await takeLease(before, "test");
    const given = (...calls: readonly unknown[]) => ({ ...settling, bytes: Buffer.from(lines(...calls)) });
    // Two records, of which one is there twice; one that retention will take; one that is there.
    await repair(before, lease, await openEntry(before, 0), given(stage.call(recent), there, there));
    await repair(before, lease, await openEntry(before, 5), given(stage.call(old)));
    await repair(before, lease, await openEntry(before, 10), given(there));
    await lease.release();
    const retention = { content: 1, invocations: 1, rollups: 1_100 };
    await trial.run({ retention });
    expect((await trial.status()).counts).toMatchObject({
      read: 6,
      stored: 3,
      duplicates: 3,
      quarantined: 0,
      ignored: 0,
    });
    expect(await trial.storedNames()).toHaveLength(2);
    const store = await rebuild(trial, { retention }, [{ repaired: 3, dismissed: 0, left: 0 }, 1]);
    const { counts, sources } = await trial.status();
    expect(counts).toMatchObject({ read: 6, stored: 2, duplicates: 3, quarantined: 0, ignored: 1 });
    expect(sources.map(({ ignoredBy }) => ignoredBy)).toEqual([{ retention: 1 }]);
    expect((await verify(store, { hashes: true })).faults).toEqual([]);
  },
);
