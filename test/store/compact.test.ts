import { existsSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { fc } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { commit } from "../../server/store/commit.ts";
import { compactDay, compactDue, mergeSelect } from "../../server/store/compact.ts";
import { type Lease, takeLease } from "../../server/store/lease.ts";
import { raw, sql } from "../../server/store/sql.ts";
import type { Store } from "../../server/store/store.ts";
import { sweep } from "../../server/store/sweep.ts";
import { rollupMeasureColumns, rollupTables, tables, type TableName } from "../../server/store/tables.ts";
import { commitRows, invocation, stage, testNow, withStore } from "./temp-store.ts";

const day = "2026-11-19";
const dayStart = Date.UTC(2026, 10, 19);

function liveSpans({ catalog }: Store, table: TableName) {
  return catalog
    .selectFrom("segments")
    .select(["rows", "min_ts as from", "max_ts as to"])
    .where("tbl", "=", table)
    .where("replaced_snapshot", "is", null)
    .orderBy("min_ts")
    .execute();
}

async function liveSegments(store: Store, table: TableName): Promise<number> {
  return (await liveSpans(store, table)).length;
}

async function rowsOf({ interactive }: Store, query: string): Promise<string[]> {
  const { rows } = await interactive.query(sql`${raw(query)}`);
  return rows.map((row) => JSON.stringify(row)).sort();
}

function body(requestId: string, time: number, text: string) {
  const call = { time, account_id: "1", region: "us-east-1", request_id: requestId };
  return { ...call, side: "input", origin: "inline", body: text, body_bytes: text.length };
}

async function commitBatches(store: Store, lease: Lease, batches: readonly number[]): Promise<void> {
  for (const [batch, size] of batches.entries()) {
    const rows = Array.from({ length: size }, (_, index) =>
      invocation(`r-${batch}-${index}`, dayStart + ((index * 7919 + batch * 104729) % 86_400_000), {
        region: index % 3 === 0 ? null : "us-east-1",
        tool_names: index % 2 ? ["a"] : [],
        request_metadata: [["batch", String(batch)]],
        record_hash: BigInt(index) << 40n,
      }),
    );
    await commitRows(store, lease, `i-${batch}`, "invocations", day, rows);
  }
}

async function metadataOf(file: string): Promise<Record<string, string>> {
  const connection = await (await DuckDBInstance.create(":memory:")).connect();
  const read = `select cast(key as varchar), cast(value as varchar) from parquet_kv_metadata('${file}')`;
  const rows = (await connection.runAndReadAll(read)).getRows();
  connection.closeSync();
  return Object.fromEntries(rows.map(([key, value]) => [String(key), String(value)]));
}

describe("what has moved from the ledger into the lake", () => {
  it("is made into few files like all else, once", () =>
    withStore(async (store) => {
      const lease = await takeLease(store, "test");
      for (let number = 1; number <= 3; number += 1) {
        const batchId = `move-${number}`;
        const unit = { unit_id: number, source_id: "s3:1", window_start: dayStart, kind: "object", key: `k-${number}` };
        const segments = [await stage(store, batchId, "units", day, [unit])];
        await commit(store, lease, { batchId, kind: "compact", segments });
      }
      expect(await compactDue(store, lease)).toEqual({ replaced: 3, failed: [] });
      expect(await liveSpans(store, "units")).toMatchObject([{ rows: 3 }]);
      expect(await compactDue(store, lease)).toEqual({ replaced: 0, failed: [] });
    }));
});

describe("compacting a day", () => {
  it("keeps every row and value, in fewer files, the newest call first", async () => {
    await withStore(async (store) => {
      const lease = await takeLease(store, "test");
      await commitBatches(store, lease, [30, 1, 2_500, 7]);
      const all = `select * from invocations where dt = '${day}'`;
      const before = await rowsOf(store, all);
      expect(await compactDay(store, lease, "invocations", day)).toBe(4);
      expect(await liveSegments(store, "invocations")).toBe(1);
      expect(await rowsOf(store, all)).toEqual(before);
      const { rows } = await store.interactive.query(
        sql`select region, time from invocations where dt = ${day} and region is not null`,
      );
      const times = rows.map((row) => String(row["time"]));
      expect(times).toEqual([...times].sort().toReversed());
      expect(await compactDay(store, lease, "invocations", day)).toBe(0);
    });
  });

  it("says in each file which catalog, table and batch it belongs to", async () => {
    await withStore(async (store) => {
      const lease = await takeLease(store, "test");
      await commitBatches(store, lease, [2, 3]);
      await compactDay(store, lease, "invocations", day);
      const batches = await store.catalog.selectFrom("commits").select("batch_id").orderBy("snapshot").execute();
      const files = await store.catalog.selectFrom("segments").select(["path", "added_snapshot as by"]).execute();
      expect(batches).toHaveLength(3);
      for (const { by, path: file } of files)
        expect(await metadataOf(path.join(store.paths.root, file))).toEqual({
          catalog_id: store.catalogId,
          table: "invocations",
          batch_id: batches[by - 1]?.batch_id,
          schema_version: "1",
        });
    });
  });

  it.each(rollupTables)("adds up the partial sums of %s", async (table) => {
    await withStore(async (store) => {
      const lease = await takeLease(store, "test");
      let run = 0;
      // A sum of no calls is none: only an amendment leaves such a row, and compaction drops it.
      const least = (name: string) => (name === "invocations" ? 1 : 0);
      const measures = fc.record(
        Object.fromEntries(
          rollupMeasureColumns.map((name) => [name, fc.integer({ min: least(name), max: 1_000_000 })]),
        ),
      );
      const [time = ""] = Object.keys(tables[table].columns);
      const start = fc.nat(2).map((index) => dayStart + index * 3_600_000);
      const row = fc
        .tuple(start, fc.constantFrom("m1", null), measures)
        .map(([at, model, sums]) => ({ [time]: at, account_id: "1", region: "r", model, ...sums }));
      const sums = rollupMeasureColumns.map((name) => `cast(sum(${name}) as bigint) as ${name}_sum`).join(", ");
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.array(row, { minLength: 1, maxLength: 5 }), { minLength: 2, maxLength: 4 }),
          async (batches) => {
            const dt = new Date(dayStart - run++ * 86_400_000).toISOString().slice(0, 10);
            for (const [batch, rows] of batches.entries())
              await commitRows(store, lease, `${dt}-${batch}`, table, dt, rows);
            const query = `select ${time}, account_id, region, model, ${sums} from ${table} where dt = '${dt}' group by ${time}, account_id, region, model`;
            const before = await rowsOf(store, query);
            await compactDay(store, lease, table, dt);
            expect(await rowsOf(store, query)).toEqual(before);
            const [counted] = await rowsOf(store, `select count(*) as n from ${table} where dt = '${dt}'`);
            expect(counted).toBe(JSON.stringify({ n: before.length }));
          },
        ),
        { numRuns: 8 },
      );
    });
  });

  it("keeps the first and last time of what was seen, and the count", async () => {
    await withStore(async (store) => {
      const lease = await takeLease(store, "test");
      const seen = (first_time: number, last_time: number, count: number) => ({
        kind: "model",
        account_id: "1",
        key: "m",
        first_time,
        last_time,
        count,
      });
      await commitRows(store, lease, "one", "sightings", day, [seen(dayStart + 5, dayStart + 9, 2)]);
      await commitRows(store, lease, "two", "sightings", day, [seen(dayStart + 1, dayStart + 3, 40)]);
      await compactDay(store, lease, "sightings", day);
      const { rows } = await store.interactive.query(sql`select * from sightings where dt = ${day}`);
      const times = {
        first_time: new Date(dayStart + 1).toISOString(),
        last_time: new Date(dayStart + 9).toISOString(),
      };
      expect(rows).toEqual([{ kind: "model", account_id: "1", key: "m", ...times, count: 42, dt: day }]);
    });
  });

  it("cuts a large day into segments that follow each other in time", async () => {
    await withStore(async (store) => {
      const lease = await takeLease(store, "test");
      await commitBatches(store, lease, [300, 400, 350]);
      const all = `select * from invocations where dt = '${day}'`;
      const before = await rowsOf(store, all);
      await compactDay(store, lease, "invocations", day, { limits: { rows: 250, bytes: 1_000_000 } });
      expect(await rowsOf(store, all)).toEqual(before);
      const segments = await liveSpans(store, "invocations");
      expect(segments.map(({ rows }) => rows)).toEqual([250, 250, 250, 250, 50]);
      for (const [index, { from }] of segments.entries()) expect(from).toBeGreaterThan(segments[index - 1]?.to ?? 0);
      expect(await compactDue(store, lease)).toEqual({ replaced: 0, failed: [] });
    });
  });

  it("cuts rows of one moment not at all, and cuts where bodies are large", async () => {
    await withStore(async (store) => {
      const lease = await takeLease(store, "test");
      for (const batch of ["a", "b"]) {
        const rows = ["1", "2", "3"].map((id) => invocation(`${batch}-${id}`, dayStart));
        await commitRows(store, lease, `i-${batch}`, "invocations", day, rows);
        const bodies = ["1", "2", "3"].map((id) => body(`${batch}-${id}`, dayStart + Number(id), "x".repeat(100)));
        await commitRows(store, lease, `c-${batch}`, "content", day, bodies);
      }
      for (const table of ["invocations", "content"] as const)
        await compactDay(store, lease, table, day, { limits: { rows: table === "content" ? 100 : 2, bytes: 210 } });
      expect(await liveSegments(store, "invocations")).toBe(1);
      expect((await liveSpans(store, "content")).map(({ rows }) => rows)).toEqual([2, 2, 2]);
    });
  });

  it("cuts more often in the hour that has the long bodies", async () => {
    await withStore(async (store) => {
      const lease = await takeLease(store, "test");
      const lengths = Array.from({ length: 40 }, (_, index) => (index >= 20 && index < 26 ? 900 : 10));
      for (const half of [0, 1]) {
        const bodies = lengths.flatMap((length, index) =>
          index % 2 === half ? [body(`r-${index}`, dayStart + index * 60_000, "x".repeat(length))] : [],
        );
        await commitRows(store, lease, `c-${half}`, "content", day, bodies);
      }
      await compactDay(store, lease, "content", day, { limits: { rows: 1_000, bytes: 2_000 } });
      const spans = await liveSpans(store, "content");
      const bytes = spans.map(({ from, to }) =>
        lengths.reduce((sum, length, index) => {
          const at = dayStart + index * 60_000;
          return at >= (from ?? 0) && at <= (to ?? Infinity) ? sum + length : sum;
        }, 0),
      );
      expect(spans.reduce((sum, { rows }) => sum + rows, 0)).toBe(40);
      // The body that goes over the edge stands whole behind it.
      expect(Math.max(...bytes)).toBeLessThanOrEqual(2_000 + 900);
      expect(spans.length).toBeGreaterThan(1);
    });
  });

  it("goes on past a day that fails, and says which one did", async () => {
    await withStore(async (store) => {
      const lease = await takeLease(store, "test");
      const other = "2026-11-18";
      for (const dt of [day, other])
        for (const batch of [1, 2])
          await commitRows(store, lease, `${dt}-${batch}`, "invocations", dt, [invocation(`${dt}-${batch}`, dayStart)]);
      const folder = path.join(store.paths.lake, "invocations", `dt=${day}`);
      for (const file of readdirSync(folder)) writeFileSync(path.join(folder, file), "no Parquet");
      const failed = [{ name: "invocations", dt: day, code: "SEGMENT_MISSING" }];
      expect(await compactDue(store, lease)).toEqual({ replaced: 2, failed });
    });
  });

  it.each<[what: string, TableName, find: string, instead: string]>([
    ["another call in the place of one", "invocations", `"request_id" as`, `replace("request_id", 'r-1', 'r-2') as`],
    ["one call fewer", "invocations", "select ", "select distinct on (account_id) "],
    ["a body of another call", "content", `"request_id" as`, `'r-0' as`],
    ["other sums", "rollups", `sum("invocations")`, `max("invocations")`],
    ["other sightings", "sightings", `sum("count")`, `max("count")`],
  ])("leaves a day as it is when it would come out with %s", async (_, table, find, instead) => {
    await withStore(async (store) => {
      const lease = await takeLease(store, "test");
      for (const [index, name] of ["r-1", "r-2"].entries()) {
        const at = dayStart + index;
        const rows: Readonly<Partial<Record<TableName, object>>> = {
          invocations: invocation(name, at),
          content: body(name, at, "text"),
          rollups: { hour: dayStart, account_id: "1", region: "r", invocations: 3 },
          sightings: { kind: "model", account_id: "1", key: "m", first_time: at, last_time: at, count: 2 },
        };
        await commitRows(store, lease, name, table, day, [rows[table] ?? {}]);
      }
      const all = `select * from ${table} where dt = '${day}'`;
      const before = await rowsOf(store, all);
      const select = (name: TableName, source: string) => {
        const right = mergeSelect(name, source);
        expect(right).toContain(find);
        return right.replace(find, instead);
      };
      await expect(compactDay(store, lease, table, day, { select })).rejects.toMatchObject({ code: "ROWS_CHANGED" });
      expect(await rowsOf(store, all)).toEqual(before);
      expect(await liveSegments(store, table)).toBe(2);
      expect(await compactDay(store, lease, table, day)).toBe(2);
    });
  });

  it("is due for finished days, and for today beyond 16 segments", async () => {
    await withStore(async (store) => {
      const lease = await takeLease(store, "test");
      const today = "2026-11-20";
      for (const dt of [day, today]) {
        for (const batch of [1, 2])
          await commitRows(store, lease, `${dt}-${batch}`, "invocations", dt, [invocation(`${dt}-${batch}`, testNow)]);
      }
      expect(await compactDue(store, lease)).toEqual({ replaced: 2, failed: [] });
      expect(await liveSegments(store, "invocations")).toBe(3);
      for (let batch = 3; batch < 18; batch++)
        await commitRows(store, lease, `${today}-${batch}`, "invocations", today, [invocation(`t-${batch}`, testNow)]);
      expect(await compactDue(store, lease)).toEqual({ replaced: 17, failed: [] });
      expect(await liveSegments(store, "invocations")).toBe(2);
      expect(await compactDue(store, lease)).toEqual({ replaced: 0, failed: [] });
    });
  });
});

describe("sweeping", () => {
  it("moves replaced files to the trash after 15 minutes, and deletes them two days later", async () => {
    await withStore(async (store, clock) => {
      const lease = await takeLease(store, "test");
      await commitBatches(store, lease, [3, 4]);
      await compactDay(store, lease, "invocations", day);
      const files = () => readdirSync(path.join(store.paths.lake, "invocations", `dt=${day}`)).length;
      const trash = () => readdirSync(store.paths.trash).length;
      expect(await sweep(store, lease)).toBe(0);
      expect([files(), trash()]).toEqual([3, 0]);
      clock.now += 16 * 60_000;
      expect(await sweep(store, lease)).toBe(2);
      expect([files(), trash()]).toEqual([1, 2]);
      expect(await rowsOf(store, `select count(*) as n from invocations where dt = '${day}'`)).toEqual([`{"n":7}`]);
      clock.now += 49 * 3_600_000;
      await sweep(store, lease);
      expect(trash()).toBe(0);
      expect(existsSync(store.paths.trash)).toBe(true);
      await lease.release();
      expect((await takeLease(store, "test")).startUp).toEqual({ lost: [], orphans: 0 });
    });
  });
});
