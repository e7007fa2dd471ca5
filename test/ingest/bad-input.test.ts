import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { lawHolds } from "../../server/domain/coverage.ts";
import { folderSources } from "../../server/sources/folder.ts";
import { ingestStatus, targetCoverage } from "../../server/store/catalog/coverage.ts";
import { counts, quarantineList, sourceStatuses } from "../../server/store/catalog/ledger-report.ts";
import { sql } from "../../server/store/sql.ts";
import type { Store } from "../../server/store/store.ts";
import { verify } from "../../server/store/verify.ts";
import { hourPath, inWorkspace, lines, record } from "./kit.ts";

async function unitStates(store: Store): Promise<Record<string, string>> {
  const rows = await store.catalog.selectFrom("units").select(["key", "state"]).execute();
  return Object.fromEntries(rows.map(({ key, state }) => [path.basename(key), state]));
}

describe("bad input", { timeout: 120_000 }, () => {
  it("a folder that does not exist is named, with a remedy", async () => {
    await expect(folderSources({ path: "/no/such/folder", clock: Date.now })).rejects.toMatchObject({
      name: "UserError",
      exitCode: 2,
    });
  });

  it("garbage lines stand in quarantine with their exact bytes and place; the lines around them are stored", () =>
    inWorkspace(async (workspace) => {
      const good = JSON.stringify(record("a-1"));
      const bad = Buffer.from([0x7b, 0xff, 0xfe, 0x00]);
      const bytes = Buffer.concat([
        Buffer.from(`${good}\n`),
        bad,
        Buffer.from(`\n\n${JSON.stringify(record("a-2"))}\n`),
      ]);
      workspace.write(`${hourPath}/one.json.gz`, gzipSync(bytes));
      await workspace.withStore(async (store) => {
        const run = await workspace.ingest(store);
        expect(run.counts).toEqual({ read: 3, stored: 2, duplicates: 0, quarantined: 1, ignored: 0 });
        const [entry] = await quarantineList(store.catalog, { limit: 10 });
        expect(entry).toMatchObject({ reason: "not-json", byteFrom: good.length + 1, byteTo: good.length + 5 });
        expect(readFileSync(path.join(store.paths.quarantine, `${entry?.id}.bin`))).toEqual(bad);
      });
    }));

  it("a record of another account than its folder is quarantined", () =>
    inWorkspace(async (workspace) => {
      workspace.write(`${hourPath}/one.json.gz`, lines(record("a-1"), record("a-2", { accountId: "444455556666" })));
      await workspace.withStore(async (store) => {
        expect((await workspace.ingest(store)).counts).toMatchObject({ read: 2, stored: 1, quarantined: 1 });
        expect((await quarantineList(store.catalog, { limit: 10 })).map(({ reason }) => reason)).toEqual([
          "scope-mismatch",
        ]);
      });
    }));

  it("a line of 50 MB is refused without being held, and the next line goes on", () =>
    inWorkspace(async (workspace) => {
      const huge = `{"schemaType":"${"x".repeat(50 * 2 ** 20)}"}`;
      workspace.write("flat.json", lines(huge, record("a-1")));
      await workspace.withStore(async (store) => {
        expect((await workspace.ingest(store)).counts).toMatchObject({ read: 2, stored: 1, quarantined: 1 });
        const [entry] = await quarantineList(store.catalog, { limit: 10 });
        expect(entry).toMatchObject({
          reason: "record-too-large",
          byteFrom: 0,
          byteTo: huge.length,
          detail: "The line is longer than 8 MiB.",
        });
      });
    }));

  it("counts that no call can have spoil no sum", () =>
    inWorkspace(async (workspace) => {
      const odd = [2 ** 53 - 1, 2 ** 53 - 3, 2 ** 38, 7].map((inputTokenCount, n) =>
        record(`n-${n}`, { inputTokenCount }),
      );
      workspace.write("flat.json", lines(...odd));
      await workspace.withStore(async (store) => {
        expect((await workspace.ingest(store)).counts).toMatchObject({ read: 4, stored: 4 });
        expect((await verify(store, { hashes: false })).faults).toEqual([]);
        const { rows } = await store.interactive.query(
          sql`select cast(sum(input_tokens) as varchar) as tokens from rollups where dt > '2000'`,
        );
        expect(rows[0]?.["tokens"]).toBe(String(2 ** 38 + 7));
      });
    }));

  it("empty objects, permission checks and what is no log are ignored and counted once", () =>
    inWorkspace(async (workspace) => {
      workspace.write(`${hourPath}/empty.json.gz`, new Uint8Array());
      workspace.write(`${hourPath}/notes.txt`, "hello");
      workspace.write("AWSLogs/amazon-bedrock-logs-permission-check", new Uint8Array());
      workspace.write(`${hourPath}/one.json.gz`, lines(record("a-1")));
      await workspace.withStore(async (store) => {
        await workspace.ingest(store);
        expect(await counts(store.catalog)).toEqual({ read: 4, stored: 1, duplicates: 0, quarantined: 0, ignored: 3 });
        const rules = (await sourceStatuses(store.catalog, store.clock())).map(({ ignoredBy }) => ignoredBy);
        expect(Object.assign({}, ...rules)).toEqual({ empty: 1, "permission-check": 1, "not-a-log": 1 });
      });
    }));

  it("two members, a thousand members and zero padding are read whole", () =>
    inWorkspace(async (workspace) => {
      const member = (id: string) => gzipSync(lines(record(id)));
      const ids = Array.from({ length: 1_000 }, (_, index) => `m-${index}`);
      workspace.write(`${hourPath}/two.json.gz`, Buffer.concat([member("a-1"), member("a-2")]));
      workspace.write(`${hourPath}/thousand.json.gz`, Buffer.concat(ids.map(member)));
      workspace.write(`${hourPath}/padded.json.gz`, Buffer.concat([member("p-1"), Buffer.alloc(4096)]));
      await workspace.withStore(async (store) => {
        expect((await workspace.ingest(store)).counts).toMatchObject({ read: 1_003, stored: 1_003 });
      });
    }));

  it("a cut object waits, then gives what is readable of it; others go on", () =>
    inWorkspace(async (workspace) => {
      const whole = gzipSync(
        lines(
          ...Array.from({ length: 200 }, (_, index) =>
            record(`c-${index}`, { output: { noise: randomBytes(200).toString("hex") } }),
          ),
        ),
      );
      workspace.write(`${hourPath}/cut.json.gz`, whole.subarray(0, whole.length - 2_000));
      workspace.write(
        `${hourPath}/garbage.json.gz`,
        Buffer.concat([gzipSync(lines(record("g-1"))), Buffer.from("garbage")]),
      );
      workspace.write(`${hourPath}/good.json.gz`, lines(record("a-1")));
      workspace.now = Date.now();
      await workspace.withStore(async (store) => {
        const first = await workspace.ingest(store);
        expect(first.counts).toMatchObject({ read: 1, stored: 1 });
        expect(await unitStates(store)).toEqual({
          "cut.json.gz": "corrupt",
          "garbage.json.gz": "corrupt",
          "good.json.gz": "done",
        });
        const [coverage] = await targetCoverage(store.catalog, store.clock());
        expect(coverage?.hole?.reason).toBe("a damaged object waits for another try");
        for (let attempt = 0; attempt < 4; attempt += 1) {
          workspace.now = (workspace.now ?? 0) + 25 * 3_600_000;
          await workspace.ingest(store);
        }
        expect(await unitStates(store)).toEqual({
          "cut.json.gz": "partial",
          "garbage.json.gz": "partial",
          "good.json.gz": "done",
        });
        const sum = await counts(store.catalog);
        expect(lawHolds(sum)).toBe(true);
        expect(sum.quarantined).toBe(2);
        expect(sum.stored).toBeGreaterThan(150);
        const { rows } = await store.interactive.query(
          sql`select count(*) as partial from invocations where dt > '2000' and list_contains(anomalies, 'partial-object')`,
        );
        expect(rows[0]?.["partial"]).toBe(sum.stored - 1);
        const kinds = (await ingestStatus(store)).findings.map(({ kind }) => kind);
        expect(kinds).toEqual(["partial-object", "partial-object"]);
      });
    }));

  it("a bomb is refused in the stream", () =>
    inWorkspace(async (workspace) => {
      workspace.write(`${hourPath}/bomb.json.gz`, gzipSync(Buffer.alloc(64 * 2 ** 20)));
      workspace.write(`${hourPath}/good.json.gz`, lines(record("a-1")));
      await workspace.withStore(async (store) => {
        expect((await workspace.ingest(store)).counts).toMatchObject({ read: 1, stored: 1 });
        expect(await unitStates(store)).toEqual({ "bomb.json.gz": "oversize", "good.json.gz": "done" });
      });
    }));
});
