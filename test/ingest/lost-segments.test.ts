import { existsSync, readdirSync, renameSync, rmSync, truncateSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { account } from "../aws/small-world.ts";
import { FlakyDisk } from "../faults/flaky-disk.ts";
import { bucketOf, homeRegion } from "../faults/stage.ts";
import { openTrial, type Trial, type TrialOptions } from "../faults/trial.ts";
import { day, hour, minute } from "../faults/virtual-time.ts";
import { discoverSources } from "../../server/ingest/discovery.ts";
import { holdDays } from "../../server/ingest/hold-days.ts";
import { recoverLost } from "../../server/ingest/recover.ts";
import { defaultRetention } from "../../server/store/retain.ts";
import { findSources } from "../../server/setup.ts";
import { realSleep } from "../../server/lib/concurrency.ts";
import { callsOf } from "../../server/ingest/sums-again.ts";
import { callsWithin, erase } from "../../server/store/erase.ts";
import { takeLease } from "../../server/store/lease.ts";
import { raw, sql } from "../../server/store/sql.ts";
import { isRollup, rollupMeasureColumns, type Table, type TableName, tables } from "../../server/store/tables.ts";
import { verify } from "../../server/store/verify.ts";

/** Files of the live segments of a table, on a day or on all. */
async function filesOf(trial: Trial, table: TableName, dt?: string): Promise<readonly string[]> {
  const { catalog, paths } = await trial.store();
  const rows = await catalog
    .selectFrom("segments")
    .select("path")
    .where("tbl", "=", table)
    .where("replaced_snapshot", "is", null)
    .$if(dt !== undefined, (query) => query.where("dt", "=", dt ?? ""))
    .execute();
  return rows.map((row) => path.join(paths.root, row.path));
}

async function lose(trial: Trial, table: TableName, dt?: string): Promise<void> {
  const files = await filesOf(trial, table, dt);
  expect(files).not.toEqual([]);
  for (const file of files) rmSync(file);
}

/** The rows of a table, less what says by which unit of which source and when they were read; sums added up. */
async function rowsOf(trial: Trial, table: TableName): Promise<readonly string[]> {
  const { columns }: Table = tables[table];
  const names = Object.keys(columns).filter((name) => !ofReading.has(name));
  const measures: readonly string[] = isRollup(table) ? rollupMeasureColumns : [];
  const keys = names.filter((name) => !measures.includes(name));
  const sums = measures.map((name) => `cast(sum(${name}) as varchar) as ${name}`);
  const grouped = sums.length === 0 ? "" : ` group by ${keys.join(", ")}`;
  const rows = await trial.rows(
    sql`select ${raw([...keys, ...sums].join(", "))} from ${raw(table)} where dt >= '0000'${raw(grouped)}`,
  );
  return rows.map((row) => JSON.stringify(row, (_, value: unknown) => printable(value))).toSorted();
}

const ofReading: ReadonlySet<string> = new Set(["unit_id", "source_id", "position", "ingested_at"]);

function printable(value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}

/** Calls of two days, in both sources, one object over midnight; what comes twice is a duplicate. Read and compacted. */
async function twoDays(options: Partial<TrialOptions> = {}): Promise<Trial> {
  const trial = await openTrial({ deliveries: { [homeRegion]: "both" }, since: "5d", ...options });
  const { stage, time } = trial;
  const midnight = Math.floor(time.now / day) * day;
  const at = (offset: number) => stage.call(midnight + offset);
  const before = [at(-3 * hour), at(-3 * hour + minute)];
  const over = [at(-2 * minute), at(-minute), at(minute)];
  const after = [at(2 * hour), at(3 * hour)];
  stage.put(before, midnight - 3 * hour);
  stage.put(over, midnight - 5 * minute);
  const isBoth = options.deliveries === undefined;
  if (options.deliveries?.[homeRegion] !== "s3") stage.log([...before, ...over, ...after]);
  stage.put(isBoth ? after.slice(0, 1) : after, midnight + 2 * hour);
  await trial.run();
  await trial.expectExact();
  return trial;
}

/** As when the bucket's own rule has ended them; what was lost with them is no part of the truth any more. */
function removeObjects({ stage }: Trial, lostWith = ""): void {
  const bucket = stage.world.buckets.find(({ name }) => name === bucketOf(homeRegion));
  const isLost = (time: number) => new Date(time).toISOString().startsWith(lostWith);
  if (lostWith !== "") stage.delivered.splice(0, Infinity, ...stage.delivered.filter(({ time }) => !isLost(time)));
  for (const { key } of bucket?.list("") ?? []) stage.removeObject(key);
}

const lostDay = "2026-11-20";
const dayBefore = "2026-11-19";

describe("a lost segment", () => {
  const data = ["invocations", "content"] as const;
  it.each(data)("of %s is made good by its sources, and nothing doubles", { timeout: 60_000 }, async (table) => {
    const trial = await twoDays();
    const read = ["invocations", "content", "signals", "copies", "rollups", "rollups_day"] as const;
    const before = await Promise.all(read.map((name) => rowsOf(trial, name)));
    const { counts } = await trial.status();
    await lose(trial, table, lostDay);
    await trial.run();
    await trial.expectExact();
    expect(await Promise.all(read.map((name) => rowsOf(trial, name)))).toEqual(before);
    const status = await trial.status();
    expect(status.counts.stored).toBe(counts.stored);
    expect(status.store).toBe("ok");
    expect(status.findings.map(({ kind, key }) => [kind, key])).toContainEqual([
      "segment-lost",
      `${table} of ${lostDay}: its day is read again as far as its sources have it`,
    ]);
  });

  const sums = ["rollups", "rollups_model", "rollups_day", "rollups_model_day", "sightings"] as const;
  it.each([["one table", sums.slice(3, 4)] as const, ["all tables", sums] as const])(
    "of %s of sums is made again from the calls of its day, and no source is asked",
    { timeout: 60_000 },
    async (_, lost) => {
      const trial = await twoDays({ deliveries: { [homeRegion]: "s3" } });
      const before = await Promise.all(sums.map((name) => rowsOf(trial, name)));
      const { snapshot, ...status } = await trial.status();
      for (const table of lost) await lose(trial, table, dayBefore);
      trial.plan([{ api: "ListObjectsV2", do: { kind: "deny" } }]);
      await trial.run();
      expect(await Promise.all(sums.map((name) => rowsOf(trial, name)))).toEqual(before);
      const { findings, ...after } = await trial.status();
      expect(after.snapshot).toBeGreaterThan(snapshot);
      expect(after.counts).toEqual(status.counts);
      expect(after.targets.map(({ hole }) => hole)).toEqual([null]);
      const told = findings.filter(({ kind }) => kind === "segment-lost").map(({ key }) => String(key));
      const wanted = lost.map((table) => `${table} of ${dayBefore}: made again from the calls of its day`);
      expect(told.toSorted()).toEqual(wanted.toSorted());
      await trial.expectExact();
    },
  );

  it("of sums is made again from each call once, however many pages they take", { timeout: 60_000 }, async () => {
    const trial = await twoDays({ deliveries: { [homeRegion]: "s3" } });
    const at = Date.parse(`${dayBefore}T21:00:00Z`);
    // Of one moment, too.
    trial.stage.put([trial.stage.call(at), trial.stage.call(at), trial.stage.call(at)], at);
    trial.time.pass(hour);
    await trial.run();
    const store = await trial.store();
    for (const callsAtOnce of [1, 2, 3, 100]) {
      const names: string[] = [];
      for await (const row of callsOf(store, dayBefore, callsAtOnce)) names.push(String(row["request_id"]));
      const { rows } = await store.batch.query(sql`select request_id from invocations where dt = ${dayBefore}`);
      expect(names.length).toBeGreaterThan(6);
      expect(names.toSorted()).toEqual(rows.map((row) => String(row["request_id"])).toSorted());
    }
  });

  it("of sums whose calls are lost too is made good by the sources", { timeout: 60_000 }, async () => {
    const trial = await twoDays();
    const before = await rowsOf(trial, "rollups");
    for (const table of ["invocations", "rollups"] as const) await lose(trial, table, lostDay);
    await trial.run();
    await trial.expectExact();
    expect(await rowsOf(trial, "rollups")).toEqual(before);
  });

  it("of sums whose calls are lost for good is told, and nothing is made up", { timeout: 60_000 }, async () => {
    const trial = await twoDays({ deliveries: { [homeRegion]: "s3" } });
    await lose(trial, "invocations", lostDay);
    removeObjects(trial, lostDay);
    await trial.run();
    const left = await rowsOf(trial, "rollups");
    await lose(trial, "rollups_day", lostDay);
    await trial.run();
    expect(await rowsOf(trial, "rollups")).toEqual(left);
    const told = (await trial.status()).findings.map(({ key }) => key);
    expect(told).toContain(`rollups_day of ${lostDay}: its sources do not have it any more`);
  });

  it("of each table on both days at once is made good", { timeout: 60_000 }, async () => {
    const trial = await twoDays();
    for (const table of ["invocations", "content", "sightings"] as const) await lose(trial, table);
    await trial.run();
    await trial.expectExact();
  });

  it("holds back what is complete until its sources have answered, and says why", { timeout: 60_000 }, async () => {
    const trial = await twoDays({ deliveries: { [homeRegion]: "s3" } });
    const whole = (await trial.target()).readThrough ?? "";
    await lose(trial, "invocations", dayBefore);
    trial.plan([{ api: "ListObjectsV2", match: `BedrockModelInvocationLogs/${homeRegion}/`, do: { kind: "deny" } }]);
    await trial.run();
    const { hole, readThrough } = await trial.target();
    expect(hole?.reason).toBe("a part of the store was lost and has not been read again");
    expect((readThrough ?? "") < whole).toBe(true);
    const broken = await trial.status();
    expect(broken.findings.map(({ key }) => key)).toContain(
      `invocations of ${dayBefore}: its sources did not answer, or are not read; they are asked again`,
    );
    expect([broken.store, (await verify(await trial.store(), { hashes: false })).faults]).toEqual(["refilling", []]);
    trial.plan([]);
    trial.time.pass(hour);
    await trial.run();
    expect((await trial.target()).hole).toBeNull();
    await trial.expectExact();
  });

  /** Until `holds`, or so long that no machine is that slow. */
  async function until(holds: () => Promise<boolean>): Promise<void> {
    for (let tries = 0; tries < 600; tries += 1) {
      if (await holds()) return;
      await realSleep(50);
    }
    expect.fail("it never came");
  }

  async function losses(trial: Trial): Promise<readonly (string | null)[]> {
    const { findings } = await trial.status();
    return findings.filter(({ kind }) => kind === "segment-lost").map(({ key }) => key);
  }

  async function isWhole(trial: Trial): Promise<boolean> {
    return (await trial.storedNames()).length === trial.stage.truth(trial.time.now).length;
  }

  it("is asked for again while the run goes on, until its sources answer", { timeout: 60_000 }, async () => {
    const trial = await twoDays({ deliveries: { [homeRegion]: "s3" } });
    await lose(trial, "invocations", dayBefore);
    trial.plan([{ api: "ListObjectsV2", do: { kind: "deny" }, count: Infinity }]);
    const stop = new AbortController();
    const running = trial.run({ once: false, pollMs: minute, signal: stop.signal });
    const waits = `invocations of ${dayBefore}: its sources did not answer, or are not read; they are asked again`;
    await until(async () => (await losses(trial)).includes(waits));
    const asked = trial.aws.requests().length;
    trial.time.pass(2 * minute);
    await until(async () => trial.aws.requests().length > asked);
    expect(await losses(trial)).toEqual([waits]);
    trial.plan([]);
    trial.time.pass(10 * minute);
    const comes = `invocations of ${dayBefore}: its day is read again as far as its sources have it`;
    await until(async () => (await losses(trial)).includes(comes));
    await until(() => isWhole(trial));
    stop.abort();
    expect(await running).toMatchObject({ interrupted: true, counts: { stored: 4 } });
    await trial.expectExact();
  });

  it("is found while the run goes on", { timeout: 60_000 }, async () => {
    const trial = await twoDays({ deliveries: { [homeRegion]: "s3" } });
    const stop = new AbortController();
    const running = trial.run({ once: false, pollMs: minute, signal: stop.signal });
    const isRead = async () => (await trial.target()).asOf === new Date(trial.time.now).toISOString();
    await until(isRead);
    await lose(trial, "invocations", dayBefore);
    trial.time.pass(hour);
    await until(async () => (await losses(trial)).length > 0);
    await until(() => isWhole(trial));
    stop.abort();
    await running;
    await trial.expectExact();
  });

  it("whose source no longer has its day leaves what is left, and is told", { timeout: 60_000 }, async () => {
    const trial = await twoDays({ deliveries: { [homeRegion]: "s3" } });
    const calls = await rowsOf(trial, "invocations");
    const { counts } = await trial.status();
    await lose(trial, "content", dayBefore);
    removeObjects(trial);
    await trial.run();
    expect(await rowsOf(trial, "invocations")).toEqual(calls);
    const after = await trial.status();
    expect(after.counts).toEqual(counts);
    expect(after.findings.map(({ key }) => key)).toContain(
      `content of ${dayBefore}: its sources do not have it any more`,
    );
    expect((await trial.target()).hole).toBeNull();
    expect((await verify(await trial.store(), { hashes: false })).faults).toEqual([]);
  });

  it("of calls whose objects are gone is told, and the ledger adds up", { timeout: 60_000 }, async () => {
    const trial = await twoDays({ deliveries: { [homeRegion]: "s3" } });
    await lose(trial, "invocations", lostDay);
    removeObjects(trial, lostDay);
    await trial.run();
    // The object of the day before has lost none of its calls.
    expect((await trial.target()).exceptions).toBe(2);
    expect(await trial.storedNames()).toHaveLength(4);
    expect((await verify(await trial.store(), { hashes: false })).faults).toEqual([]);
  });

  it("of events that are gone when they are listed again tells how many", { timeout: 60_000 }, async () => {
    const trial = await twoDays({ deliveries: { [homeRegion]: "cloudwatch" } });
    const [first = ""] = (await trial.storedNames()).map((name) => name.split("/").at(-1));
    await lose(trial, "invocations", dayBefore);
    await recoverOnly(trial);
    const back = trial.stage.removeEvents([first]);
    await trial.run();
    await trial.expectExact();
    const deleted = async () => {
      const { findings } = await trial.status();
      return findings.filter(({ kind }) => kind === "log-object-deleted").map(({ key }) => key);
    };
    const hourOf = `${dayBefore}T21:00:00.000Z to ${dayBefore}T21:59:59.999Z`;
    expect(await deleted()).toEqual([`1 of the events from ${hourOf}`]);
    expect((await trial.target()).exceptions).toBe(1);
    trial.time.pass(minute);
    back();
    trial.time.pass(day);
    await trial.run();
    await trial.expectExact();
    expect(await deleted()).toEqual([]);
  });

  it("of a page whose calls lie on two days brings the page again", { timeout: 60_000 }, async () => {
    const trial = await openTrial({ since: "5d" });
    const { stage, time } = trial;
    const midnight = Math.floor(time.now / day) * day;
    // All of them are events of the first hour after midnight.
    const calls = [-2 * minute, -minute, minute].map((offset) => stage.call(midnight + offset));
    stage.log(calls.slice(2));
    for (const call of calls.slice(0, 2)) {
      stage.log([call]);
      stage.moveEvents([String(call["requestId"])], midnight + minute);
    }
    await trial.run();
    await trial.expectExact();
    await lose(trial, "invocations", dayBefore);
    await trial.run();
    await trial.expectExact();
    expect((await trial.status()).findings.map(({ kind }) => kind)).toEqual(["segment-lost"]);
  });

  /** As when a run ends after it has taken out what is to be read again. */
  async function recoverOnly(trial: Trial): Promise<void> {
    const { signal } = new AbortController();
    const store = await trial.store();
    const aws = trial.openAws();
    const { sources } = await findSources(store, aws, () => discoverSources(aws, { regions: [homeRegion], signal }));
    const lease = await takeLease(store, "trial");
    const opened = sources.map(({ source }) => source);
    try {
      await recoverLost({ store, lease, sources: opened, retention: defaultRetention }, signal);
    } finally {
      await lease.release();
    }
  }

  it("takes out nothing that no source has any more", { timeout: 60_000 }, async () => {
    const trial = await openTrial({ deliveries: { [homeRegion]: "s3" }, since: "5d" });
    const { stage, time } = trial;
    const [first, second] = [time.now - 3 * hour, time.now - 2 * hour];
    const held = stage.put([stage.call(first)], first);
    await trial.run();
    const kept = await trial.storedNames();
    const files = await filesOf(trial, "invocations");
    stage.put([stage.call(second), stage.call(second + minute)], second);
    await trial.run();
    for (const file of await filesOf(trial, "invocations")) if (!files.includes(file)) rmSync(file);
    stage.removeObject(held);
    await trial.run();
    expect(await trial.storedNames()).toEqual(expect.arrayContaining([...kept]));
    await trial.expectExact();
    const { findings } = await trial.status();
    expect(findings.map(({ key }) => key)).toEqual([
      `invocations of ${lostDay}: its day is read again as far as its sources have it`,
    ]);
    expect((await trial.target()).hole).toBeNull();
    // Sums that are lost now are made of the same calls.
    const sums = await rowsOf(trial, "rollups_model");
    await lose(trial, "rollups_model");
    await trial.run();
    expect(await rowsOf(trial, "rollups_model")).toEqual(sums);
  });

  /** Calls of one day in two objects, read and compacted, of which the bucket has lost the first. */
  async function halfGone(
    options: Partial<TrialOptions> = {},
  ): Promise<{ readonly trial: Trial; readonly first: string }> {
    const trial = await openTrial({ deliveries: { [homeRegion]: "s3" }, since: "5d", ...options });
    const at = Date.parse(`${dayBefore}T09:00:00Z`);
    const call = trial.stage.call(at);
    const held = trial.stage.put([call], at);
    trial.stage.put([trial.stage.call(at + minute), trial.stage.call(at + 2 * minute)], at + hour);
    await trial.run();
    trial.stage.removeObject(held);
    return { trial, first: String(call["requestId"]) };
  }

  it(
    "of content leaves the calls that no source has any more, and brings all other content",
    { timeout: 60_000 },
    async () => {
      const { first, trial } = await halfGone();
      const [calls, content] = [await rowsOf(trial, "invocations"), await rowsOf(trial, "content")];
      await lose(trial, "content");
      await trial.run();
      await trial.expectExact();
      expect(await rowsOf(trial, "invocations")).toEqual(calls);
      expect(await rowsOf(trial, "content")).toEqual(content.filter((row) => !row.includes(first)));
      const { exceptions, hole } = await trial.target();
      expect([exceptions, hole]).toEqual([0, null]);
    },
  );

  it(
    "of calls that no source has any more leaves their content, and brings all other calls",
    { timeout: 60_000 },
    async () => {
      const { first, trial } = await halfGone();
      const content = await rowsOf(trial, "content");
      await lose(trial, "invocations");
      const { delivered } = trial.stage;
      delivered.splice(0, Infinity, ...delivered.filter(({ requestId }) => requestId !== first));
      await trial.run();
      await trial.expectExact();
      expect(await rowsOf(trial, "content")).toEqual(content);
      const { exceptions, hole } = await trial.target();
      expect([exceptions, hole]).toEqual([1, null]);
      expect((await trial.status()).findings.map(({ kind }) => kind)).toContain("log-object-deleted");
    },
  );

  it(
    "of a day that retention has cut is held, where no source has all that is left of it",
    { timeout: 60_000 },
    async () => {
      const { trial } = await halfGone();
      const { catalog } = await trial.store();
      await catalog.updateTable("commits").set({ kind: "retain" }).where("kind", "=", "ingest").execute();
      const tables = ["invocations", "rollups"] as const;
      const before = await Promise.all(tables.map((table) => rowsOf(trial, table)));
      await lose(trial, "content");
      await trial.run();
      expect(await Promise.all(tables.map((table) => rowsOf(trial, table)))).toEqual(before);
      expect((await losses(trial))[0]).toContain("lack what is left of it here");
      expect((await trial.target()).hole?.reason).toBe("a part of the store was lost and has not been read again");
    },
  );

  it("of a page of which some events are gone brings the others", { timeout: 60_000 }, async () => {
    const trial = await twoDays({ deliveries: { [homeRegion]: "cloudwatch" } });
    const [gone = ""] = (await trial.storedNames()).map((name) => name.split("/").at(-1));
    await lose(trial, "invocations", dayBefore);
    trial.stage.removeEvents([gone]);
    await trial.run();
    await trial.expectExact();
    const told = (await trial.status()).findings.filter(({ kind }) => kind === "log-object-deleted");
    expect(told.map(({ key }) => key)).toEqual([
      `1 of the events from ${dayBefore}T21:00:00.000Z to ${dayBefore}T21:59:59.999Z`,
    ]);
  });

  it.each(["rollups", "content", "invocations"] as const)(
    "of %s is made good wherever the disk fails meanwhile",
    { timeout: 240_000 },
    async (table) => {
      const disk = new FlakyDisk();
      const { trial } = await halfGone({ disk });
      const content = await rowsOf(trial, "content");
      if (table === "invocations") {
        // Once no call is left of it, the object that is gone is no part of the truth.
        const { delivered } = trial.stage;
        delivered.shift();
      }
      for (let failAt = 1, touched = true; touched; failAt += 1) {
        await lose(trial, table);
        disk.failAt(failAt, false);
        await recoverOnly(trial).catch(() => undefined);
        touched = disk.touches >= failAt;
        disk.mend();
        await trial.close();
        await trial.run();
        await trial.expectExact();
        if (table === "invocations") expect(await rowsOf(trial, "content")).toEqual(content);
        expect(failAt).toBeLessThan(100);
      }
    },
  );

  it("is none when nothing of the lake is there: then the folder is, elsewhere", { timeout: 60_000 }, async () => {
    const trial = await twoDays();
    const { paths } = await trial.store();
    renameSync(paths.lake, `${paths.lake}-elsewhere`);
    await expect(trial.run()).rejects.toThrow(/none of the \d+ files of the lake is there/);
    rmSync(paths.lake, { recursive: true, force: true });
    renameSync(`${paths.lake}-elsewhere`, paths.lake);
    await trial.run();
    await trial.expectExact();
    expect((await trial.status()).findings.map(({ kind }) => kind)).not.toContain("segment-lost");
  });

  it("that comes back is not swept away", { timeout: 60_000 }, async () => {
    const trial = await twoDays();
    const [file = ""] = await filesOf(trial, "invocations", lostDay);
    renameSync(file, `${file}.elsewhere`);
    await trial.run();
    renameSync(`${file}.elsewhere`, file);
    for (const passed of [hour, 3 * day, 3 * day]) {
      trial.time.pass(passed);
      await trial.run();
    }
    expect(existsSync(file)).toBe(true);
    await trial.expectExact();
  });

  it("of settled windows brings their units back from the lake", { timeout: 120_000 }, async () => {
    const trial = await twoDays();
    trial.time.pass(26 * hour);
    await trial.run();
    expect((await trial.rows(sql`select unit_id from units where dt >= '0000'`)).length).toBeGreaterThan(0);
    await lose(trial, "invocations", lostDay);
    await trial.run();
    await trial.expectExact();
    expect((await trial.target()).hole).toBeNull();
  });

  it("of the ledger itself loses no call and no number", { timeout: 120_000 }, async () => {
    const trial = await twoDays();
    trial.time.pass(26 * hour);
    await trial.run();
    const { counts, sources } = await trial.status();
    await lose(trial, "units", dayBefore);
    expect((await trial.run()).counts.read).toBe(0);
    await trial.expectExact();
    const after = await trial.status();
    expect(after.counts).toEqual(counts);
    expect(after.sources.map(({ ignoredBy }) => ignoredBy)).toEqual(sources.map(({ ignoredBy }) => ignoredBy));
  });

  it("that is damaged is kept beside the lake", { timeout: 60_000 }, async () => {
    const trial = await twoDays();
    for (const file of await filesOf(trial, "invocations", lostDay)) truncateSync(file, 100);
    await trial.run();
    await trial.expectExact();
    const { paths } = await trial.store();
    expect(readdirSync(paths.trash).filter((name) => name.includes(".parquet.damaged-"))).not.toEqual([]);
  });

  it("brings back no content that was erased", { timeout: 60_000 }, async () => {
    const trial = await twoDays();
    const store = await trial.store();
    const lease = await takeLease(store, "test");
    const [first = ""] = await trial.storedNames();
    await erase(store, lease, {
      calls: await callsWithin(store, { request: first }),
      by: "petra",
      reason: "asked for",
    });
    await lease.release();
    const contents = await rowsOf(trial, "content");
    expect(contents.some((row) => row.includes(first.slice(account.length)))).toBe(false);
    for (const dt of [dayBefore, lostDay]) await lose(trial, "invocations", dt);
    await trial.run();
    await trial.expectExact();
    expect(await rowsOf(trial, "content")).toEqual(contents);
  });

  it("brings back no content that is too old to be kept", { timeout: 60_000 }, async () => {
    const trial = await twoDays();
    const retention = { content: 30, invocations: 400, rollups: 1_100 };
    trial.time.pass(40 * day);
    await trial.run({ retention });
    expect(await rowsOf(trial, "content")).toEqual([]);
    await lose(trial, "invocations", lostDay);
    await trial.run({ retention });
    await trial.expectExact();
    expect(await rowsOf(trial, "content")).toEqual([]);
  });

  it("of a day that a hold keeps is read again, however old it is, with its content", { timeout: 60_000 }, async () => {
    const trial = await twoDays({ deliveries: { [homeRegion]: "s3" } });
    const contents = await rowsOf(trial, "content");
    const hold = { account, from: lostDay, to: lostDay, by: "cli:test", reason: "case 12" };
    await holdDays(await trial.store(), hold);
    await holdDays(await trial.store(), { ...hold, from: dayBefore, to: dayBefore, account: "444455556666" });
    const retention = { content: 30, invocations: 35, rollups: 1_100 };
    trial.time.pass(40 * day);
    for (const table of data) await lose(trial, table, lostDay);
    // What no hold keeps goes with its time.
    const { delivered } = trial.stage;
    const kept = delivered.filter(({ time }) => new Date(time).toISOString().startsWith(lostDay));
    delivered.splice(0, Infinity, ...kept);
    await trial.run({ retention });
    const isOf = (dt: string) => (row: string) => row.includes(`"time":"${dt}`);
    expect(contents.filter(isOf(lostDay))).toHaveLength(6);
    expect((await rowsOf(trial, "content")).filter(isOf(lostDay))).toEqual(contents.filter(isOf(lostDay)));
    const names = kept.map(({ requestId }) => `${account}/${homeRegion}/${requestId}`);
    expect(await trial.storedNames()).toEqual(names.toSorted());
    expect((await verify(await trial.store(), { hashes: false })).faults).toEqual([]);
  });

  it(
    "of an unreadable line stands in quarantine once, and what was dismissed stays so",
    { timeout: 60_000 },
    async () => {
      const trial = await openTrial({ deliveries: { [homeRegion]: "s3" }, since: "5d" });
      const at = trial.time.now - 2 * hour;
      const folder = trial.stage
        .put([trial.stage.call(at)], at)
        .split("/")
        .slice(0, -1)
        .join("/");
      const good = JSON.stringify(trial.stage.call(at + minute));
      trial.stage.object(`${folder}/bad.json`, Buffer.from(`${good}\nno json\nnor this\n`));
      await trial.run();
      const { catalog } = await trial.store();
      const entries = () =>
        catalog.selectFrom("quarantine").select(["state", "byte_from"]).orderBy("byte_from").execute();
      const [first] = await entries();
      await catalog
        .updateTable("quarantine")
        .set({ state: "dismissed" })
        .where("byte_from", "=", first?.byte_from ?? 0)
        .execute();
      const before = await entries();
      const { counts } = await trial.status();
      await lose(trial, "invocations");
      await trial.run();
      expect(await entries()).toEqual(before);
      expect((await trial.status()).counts).toEqual(counts);
      expect((await verify(await trial.store(), { hashes: false })).faults).toEqual([]);
    },
  );
});
