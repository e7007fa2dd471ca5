import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import { fc } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { commit } from "../../server/store/commit.ts";

import { stagingFolder } from "../../server/store/lake.ts";
import { takeLease } from "../../server/store/lease.ts";
import { batchOf } from "../../server/store/segments/row-batch.ts";
import { openSegmentWriter } from "../../server/store/segments/segment-writer.ts";
import { raw, sql } from "../../server/store/sql.ts";
import type { Row } from "../../server/store/store.ts";
import { type ColumnType, tableNames, type TableName, tables } from "../../server/store/tables.ts";
import { commitRows, invocation, stage, testNow, withStore } from "./temp-store.ts";

const day = "2026-11-20";
const text = fc.oneof(
  fc.string(),
  fc.string({ unit: "binary" }),
  fc.string({ minLength: 10, maxLength: 15 }),
  fc.constantFrom("", "a\u0000b", "\ud800", "é".repeat(6)),
);
const wellFormed = (value: string) => Buffer.from(value).toString();
const nullable = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { freq: 4 });

const cells: Record<ColumnType, fc.Arbitrary<unknown>> = {
  VARCHAR: nullable(text),
  BIGINT: nullable(fc.oneof(fc.maxSafeInteger(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }))),
  DOUBLE: nullable(fc.double()),
  TIMESTAMP: nullable(
    fc.date({ min: new Date(0), max: new Date("2200-01-01"), noInvalidDate: true }).map((date) => date.getTime()),
  ),
  "VARCHAR[]": nullable(fc.array(text, { maxLength: 5 })),
  "MAP(VARCHAR, VARCHAR)": nullable(
    fc.uniqueArray(fc.tuple(text.map(wellFormed), text), { selector: ([key]) => key, maxLength: 4 }),
  ),
  "STRUCT(guardrail_id VARCHAR, stage VARCHAR, policy VARCHAR, label VARCHAR, action VARCHAR)[]": nullable(
    fc.array(
      fc.record({
        guardrail_id: nullable(text),
        stage: nullable(text),
        policy: nullable(text),
        label: nullable(text),
        action: nullable(text),
      }),
      { maxLength: 3 },
    ),
  ),
};

function rowArbitrary(name: TableName): fc.Arbitrary<Record<string, unknown>> {
  return fc.record(
    Object.fromEntries(Object.entries(tables[name].columns).map(([column, type]) => [column, cells[type]])),
  );
}

/** A cell as the engine should give it back. */
function asRead(type: ColumnType, cell: unknown): unknown {
  if (cell === null) return null;
  if (type === "TIMESTAMP") return new Date(cell as number).toISOString();
  if (type === "BIGINT") return Number.isSafeInteger(Number(cell)) ? Number(cell) + 0 : BigInt(cell as bigint);
  return JSON.parse(JSON.stringify(cell), (_, value: unknown) =>
    typeof value === "string" ? wellFormed(value) : value,
  ) as unknown;
}

function expected(name: TableName, row: Record<string, unknown>): Row {
  const columns = Object.entries(tables[name].columns as Record<string, ColumnType>);
  return Object.fromEntries(
    columns.map(([column, type]) => [column, type === "DOUBLE" ? row[column] : asRead(type, row[column])]),
  );
}

const comparable = (rows: readonly Row[]) =>
  rows
    .map((row) =>
      JSON.stringify(row, (_, value: unknown) =>
        typeof value === "bigint"
          ? `${value}n`
          : Object.is(value, -0)
            ? "-0"
            : typeof value === "number" && !Number.isFinite(value)
              ? String(value)
              : value,
      ),
    )
    .sort();

describe("a segment", () => {
  for (const name of tableNames) {
    it(`of ${name} gives back every value that was written`, async () => {
      await withStore(async (store) => {
        const lease = await takeLease(store, "test");
        let run = 0;
        const property = fc.asyncProperty(
          fc.array(rowArbitrary(name), { minLength: 1, maxLength: 20 }),
          async (rows) => {
            const dt = new Date(run++ * 86_400_000).toISOString().slice(0, 10);
            await commitRows(store, lease, dt, name, dt, rows as never);
            const read = await store.interactive.query(sql`select * exclude (dt) from ${raw(name)} where dt = ${dt}`);
            expect(comparable(read.rows)).toEqual(comparable(rows.map((row) => expected(name, row))));
          },
        );
        await fc.assert(property, { numRuns: 30 });
      });
    });
  }

  it("holds more rows than one call hands over, the newest first, those of one moment by region", async () => {
    await withStore(async (store) => {
      const lease = await takeLease(store, "test");
      const rows = Array.from({ length: 5_000 }, (_, index) =>
        invocation(`r-${index}`, testNow + ((index * 7919) % 2_500), {
          region: index < 2_500 ? "us-east-1" : "eu-west-1",
        }),
      );
      await commitRows(store, lease, "one", "invocations", day, rows);
      const read = await store.interactive.query(
        sql`select region, time, request_id from invocations where dt = ${day}`,
      );
      const order = read.rows.map((row) => ({ time: String(row["time"]), region: String(row["region"]) }));
      const regions = order.toSorted((a, b) => a.region.localeCompare(b.region));
      expect(new Set(read.rows.map((row) => row["request_id"])).size).toBe(5_000);
      expect(order).toEqual(regions.toSorted((a, b) => b.time.localeCompare(a.time)));
    });
  });

  it("holds its own rows alone, of however many that are asked for at once; one that can't be written stops no other", async () => {
    await withStore(async (store) => {
      const lease = await takeLease(store, "test");
      const writer = await openSegmentWriter();
      const batchId = "many";
      const folder = stagingFolder(store.paths, store.disk, batchId);
      const days = Array.from({ length: 12 }, (_, index) => new Date(testNow - index * 86_400_000));
      const asked = days.map(async (time, index) => {
        const stagedFile = path.join(folder, index === 5 ? "no-such-folder/x.parquet" : `${index}.parquet`);
        const calls = Array.from({ length: index + 1 }, (_, n) => invocation(`${index}-${n}`, time.getTime()));
        const metadata = { catalogId: store.catalogId, batchId };
        const file = await writer.write("invocations", batchOf(calls as never), stagedFile, metadata);
        return { table: "invocations" as const, dt: time.toISOString().slice(0, 10), stagedFile, ...file };
      });
      const ended = await Promise.allSettled(asked);
      writer.close();
      const segments = ended.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
      expect(segments.map(({ rows }) => rows)).toEqual([1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12]);
      await commit(store, lease, { batchId, kind: "ingest", segments });
      const read = await store.interactive.query(
        sql`select dt, count(*) as calls, min(split_part(request_id, '-', 1)) as first, max(split_part(request_id, '-', 1)) as last
            from invocations where dt >= '0000' group by dt order by dt desc`,
      );
      expect(read.rows.map(({ calls, first, last }) => [Number(calls), first, last])).toEqual(
        segments.map(({ rows }) => [rows, String(rows - 1), String(rows - 1)]),
      );
    });
  });

  it("says what it holds, and that it is whole", async () => {
    await withStore(async (store) => {
      const segment = await stage(store, "one", "invocations", day, [
        invocation("a", testNow + 5),
        invocation("b", testNow),
      ]);
      const bytes = readFileSync(segment.stagedFile);
      expect(segment).toMatchObject({ rows: 2, bytes: bytes.length, minTime: testNow, maxTime: testNow + 5 });
      expect(segment.sha256).toBe(createHash("sha256").update(bytes).digest("hex"));
      expect(bytes.toString("latin1")).toContain(store.catalogId);
    });
  });
});
