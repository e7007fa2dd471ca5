import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { lawHolds } from "../../server/domain/coverage.ts";
import { ingestStatus } from "../../server/store/catalog/coverage.ts";
import { counts, daysLedger, quarantineList, sourceStatuses } from "../../server/store/catalog/ledger-report.ts";
import { raw, sql } from "../../server/store/sql.ts";
import { rollupTables } from "../../server/store/tables.ts";
import { inWorkspace } from "./kit.ts";

const samples = path.join(import.meta.dirname, "../golden/records/input");

describe("a folder of sample records", () => {
  it("stores, quarantines or ignores every line, and a second run adds nothing", () =>
    inWorkspace(async (workspace) => {
      for (const name of readdirSync(samples)) workspace.write(name, readFileSync(path.join(samples, name), "utf8"));
      workspace.write("notes.txt", "not a log");
      await workspace.withStore(async (store) => {
        const run = await workspace.ingest(store);
        // 54 records, two bodies that are no records, one control message, one file that is no log.
        expect(run.counts).toEqual({ read: 57, stored: 54, duplicates: 0, quarantined: 2, ignored: 1 });
        const sum = await counts(store.catalog);
        expect(sum).toEqual({ read: 58, stored: 54, duplicates: 0, quarantined: 2, ignored: 2 });
        const [source] = await sourceStatuses(store.catalog, store.clock());
        expect(source?.ignoredBy).toEqual({ "control-message": 1, "not-a-log": 1 });
        // Two records name bodies that the folder does not hold: they are waited for.
        expect(source?.units).toEqual({ done: 18, ignored: 1, listed: 2 });
        expect((await quarantineList(store.catalog, { limit: 10 })).map(({ key, reason }) => [key, reason])).toEqual([
          ["data-objects.jsonl", "wrong-schema-type"],
          ["data-objects.jsonl", "not-object"],
        ]);
        const days = await daysLedger(store.catalog);
        expect(days.reduce((read, day) => read + day.counts.read, 0)).toBe(58);
        expect(days.every((day) => lawHolds(day.counts))).toBe(true);

        const again = await workspace.ingest(store);
        expect(again.counts.read).toBe(0);
        expect((await ingestStatus(store)).invocations).toBe(54);
      });
    }));

  it("keeps rows, rollups, contents and sightings in step", () =>
    inWorkspace(async (workspace) => {
      for (const name of readdirSync(samples)) workspace.write(name, readFileSync(path.join(samples, name), "utf8"));
      await workspace.withStore(async (store) => {
        await workspace.ingest(store);
        const one = async (statement: ReturnType<typeof sql>) => (await store.interactive.query(statement)).rows[0];
        const rows = await one(sql`select count(*) as calls, sum(input_tokens) as tokens,
          count(*) filter (where input_body_state = 'inline') as bodies from invocations where dt > '2000'`);
        expect(rows?.["calls"]).toBe(54);
        for (const table of rollupTables.map(raw)) {
          const sums = await one(
            sql`select cast(sum(invocations) as bigint) as calls, cast(sum(input_tokens) as bigint) as tokens from ${table} where dt > '2000'`,
          );
          expect(sums).toEqual({ calls: 54, tokens: Number(rows?.["tokens"]) });
        }
        const bodies = await one(sql`select count(*) as bodies from content where dt > '2000' and side = 'input'`);
        expect(bodies?.["bodies"]).toBe(rows?.["bodies"]);
        const seen = await one(
          sql`select cast(sum(count) as bigint) as seen from sightings where dt > '2000' and kind = 'principal'`,
        );
        expect(seen?.["seen"]).toBe(54);
      });
    }));
});
