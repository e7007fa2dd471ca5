import { describe, expect, it } from "vitest";
import { ingestStatus } from "../../server/store/catalog/coverage.ts";
import { sql } from "../../server/store/sql.ts";
import type { Store } from "../../server/store/store.ts";
import { verify } from "../../server/store/verify.ts";
import { hourPath, inWorkspace, lines, record } from "./kit.ts";

async function copies(store: Store): Promise<unknown[]> {
  const { rows } = await store.interactive.query(
    sql`select reason, request_id from copies where dt > '2000' order by 2`,
  );
  return rows.map((row) => [row["reason"], row["request_id"]]);
}

describe("second copies of a call", { timeout: 120_000 }, () => {
  it("an equal record counts once, in one file, in two files and in a later run, whatever its key order", () =>
    inWorkspace(async (workspace) => {
      const call = record("a-1");
      const turned = Object.fromEntries(Object.entries(call).toReversed());
      workspace.write(`${hourPath}/one.json.gz`, lines(call, call));
      workspace.write("flat.json", lines(turned));
      await workspace.withStore(async (store) => {
        expect((await workspace.ingest(store)).counts).toMatchObject({ read: 3, stored: 1, duplicates: 2 });
        workspace.write("later.json", lines(call, record("a-2")));
        expect((await workspace.ingest(store)).counts).toMatchObject({ read: 2, stored: 1, duplicates: 1 });
        expect(await copies(store)).toEqual([]);
        expect((await ingestStatus(store)).invocations).toBe(2);
      });
    }));

  it("a copy without its body differs in delivery only", () =>
    inWorkspace(async (workspace) => {
      const bare = record("a-1", {
        input: { inputContentType: "application/json", inputTokenCount: 12 },
      });
      workspace.write(`${hourPath}/one.json.gz`, lines(record("a-1")));
      await workspace.withStore(async (store) => {
        await workspace.ingest(store);
        workspace.write("flat.json", lines(bare));
        expect((await workspace.ingest(store)).counts).toMatchObject({ read: 1, stored: 0, duplicates: 1 });
        expect(await copies(store)).toEqual([]);
        expect((await ingestStatus(store)).findings).toEqual([]);
      });
    }));

  it("two values of one field conflict: the first stays, both are kept, and it is a finding", () =>
    inWorkspace(async (workspace) => {
      const other = record("a-1", { inputTokenCount: 13 });
      workspace.write(
        `${hourPath}/one.json.gz`,
        lines(record("a-1"), record("a-2"), record("a-2", { modelId: "other" })),
      );
      await workspace.withStore(async (store) => {
        expect((await workspace.ingest(store)).counts).toMatchObject({ read: 3, stored: 2, duplicates: 1 });
        workspace.write("flat.json", lines(other));
        expect((await workspace.ingest(store)).counts).toMatchObject({ read: 1, stored: 0, duplicates: 1 });
        expect(await copies(store)).toEqual([
          ["conflicting", "a-1"],
          ["conflicting", "a-2"],
        ]);
        const { rows } = await store.interactive.query(
          sql`select input_tokens from invocations where dt > '2000' and request_id = 'a-1'`,
        );
        expect(rows).toEqual([{ input_tokens: 12 }]);
        const findings = (await ingestStatus(store)).findings.map(({ key, kind }) => [kind, key]);
        expect(findings.toSorted((a, b) => String(a[1]).localeCompare(String(b[1])))).toEqual([
          ["conflicting-copies", "111122223333/us-east-1/a-1"],
          ["conflicting-copies", "111122223333/us-east-1/a-2"],
        ]);
      });
    }));

  it("are compared a few at a time, however large they are", () =>
    inWorkspace(async (workspace) => {
      const text = (word: string) => `${word} `.repeat(4_000);
      const calls = (word: string) =>
        Array.from({ length: 30 }, (_, call) => {
          const input = { inputBodyJson: { messages: [{ role: "user", content: [{ text: text(word) }] }] } };
          return record(`l-${call}`, {
            input: { inputContentType: "application/json", inputTokenCount: 12, ...input },
          });
        });
      await workspace.withStore(async (store) => {
        workspace.write("flat.json", lines(...calls("first")));
        await workspace.ingest(store);
        let largest = 0;
        const query: Store["batch"]["query"] = async (statement, options) => {
          const answer = await store.batch.query(statement, options);
          if (/copies|bodies/.test(statement.text))
            largest = Math.max(largest, answer.rows.map((row) => Object.values(row).join("")).join("").length);
          return answer;
        };
        const metered = { ...store, batch: Object.assign(Object.create(store.batch) as Store["batch"], { query }) };
        workspace.write("again.json", lines(...calls("other")));
        await workspace.ingest(metered, { inFlightBytes: 400_000 });
        expect(largest).toBeGreaterThan(text("other").length);
        expect(largest).toBeLessThan(100_000);
        const reasons = (await copies(store)) as readonly (readonly [string, string])[];
        expect(reasons.map(([reason]) => reason)).toEqual(calls("").map(() => "conflicting"));
      });
    }));

  it("a file of copies of more days than the engine answers questions at once is read", () =>
    inWorkspace(
      async (workspace) => {
        const days = Array.from({ length: 14 }, (_, day) =>
          record(`d-${day}`, { timestamp: new Date(Date.UTC(2026, 9, 1 + 3 * day)).toISOString() }),
        );
        workspace.write("flat.json", lines(...days));
        await workspace.withStore(async (store) => {
          expect((await workspace.ingest(store)).counts).toMatchObject({ stored: 14 });
        });
        await workspace.withStore(async (store) => {
          workspace.write("again.json", lines(...days));
          expect((await workspace.ingest(store)).counts).toMatchObject({ read: 14, stored: 0, duplicates: 14 });
        });
      },
      { apart: true },
    ));

  it.each(["9999-12-31T23:59:59Z", "0000-01-01T00:00:00Z"])("a second copy of a call at %s is found", (timestamp) =>
    inWorkspace(async (workspace) => {
      workspace.write("flat.json", lines(record("a-1", { timestamp })));
      await workspace.withStore(async (store) => {
        await workspace.ingest(store);
        workspace.write("later.json", lines(record("a-1", { timestamp, inputTokenCount: 13 })));
        expect((await workspace.ingest(store)).counts).toMatchObject({ read: 1, stored: 0, duplicates: 1 });
        expect(await verify(store, { hashes: false })).toMatchObject({ rows: 1, faults: [] });
      });
    }),
  );

  it("one request id in two accounts is two calls", () =>
    inWorkspace(async (workspace) => {
      workspace.write("flat.json", lines(record("a-1"), record("a-1", { accountId: "444455556666" })));
      await workspace.withStore(async (store) => {
        expect((await workspace.ingest(store)).counts).toMatchObject({ read: 2, stored: 2 });
      });
    }));
});
