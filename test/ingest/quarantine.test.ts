import { rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { unitLimits } from "../../server/ingest/gunzip.ts";
import { dismiss, heldBytes, repair, retry, retryAll } from "../../server/ingest/repair.ts";
import { sha256Hex } from "../../server/lib/hash.ts";
import { ingestStatus } from "../../server/store/catalog/coverage.ts";
import { quarantineList } from "../../server/store/catalog/ledger-report.ts";
import { retryUnit } from "../../server/store/catalog/retry.ts";
import { takeLease } from "../../server/store/lease.ts";
import { sql } from "../../server/store/sql.ts";
import type { Store } from "../../server/store/store.ts";
import { verify } from "../../server/store/verify.ts";
import { newestTrail } from "../../server/trail/trail.ts";
import { hourPath, inWorkspace, lines, record, type Workspace } from "./kit.ts";

const settling = { by: "cli:test", reason: "ticket 7" };
const good = ["a", "b", "c", "d", "e"].map((id) => record(id));
const broken = JSON.stringify(record("f")).slice(0, -2);

async function held(store: Store): Promise<string> {
  const [entry] = await quarantineList(store.catalog, { limit: 1, state: "open" });
  return entry?.id ?? "";
}

async function withOneBroken(
  use: (store: Store, workspace: Workspace) => Promise<void>,
  text = lines(...good, broken),
): Promise<void> {
  await inWorkspace(async (workspace) => {
    workspace.write(`${hourPath}/x.json.gz`, text);
    await workspace.withStore(async (store) => {
      await workspace.ingest(store);
      await use(store, workspace);
    });
  });
}

/** As if an older program had not known what these bytes are. */
async function holdInstead(store: Store, text: string): Promise<void> {
  const { file } = await store.catalog.selectFrom("quarantine").select("file").executeTakeFirstOrThrow();
  writeFileSync(path.join(store.paths.root, file ?? ""), text);
  await store.catalog
    .updateTable("quarantine")
    .set({ sha256: sha256Hex(text) })
    .execute();
}

async function countsOf(store: Store): Promise<readonly number[]> {
  const { read, stored, duplicates, quarantined, ignored } = (await ingestStatus(store)).counts;
  expect((await verify(store, { hashes: false })).faults).toEqual([]);
  return [read, stored, duplicates, quarantined, ignored];
}

describe("B14: five good records and a broken one", { timeout: 120_000 }, () => {
  it("are five stored and one in quarantine with its range; a repair adds one, marked, and says so in the trail", () =>
    withOneBroken(async (store) => {
      expect(await countsOf(store)).toEqual([6, 5, 0, 1, 0]);
      const [entry] = await quarantineList(store.catalog, { limit: 10 });
      const from = lines(...good).length;
      expect(entry).toMatchObject({ reason: "not-json", byteFrom: from, byteTo: from + broken.length });
      const id = await held(store);
      expect((await heldBytes(store, id, settling))?.toString()).toBe(broken);
      const lease = await takeLease(store, "test");

      const again = await retry(store, lease, id, settling);
      expect(again.unreadable).toContain("not-json");
      await expect(repair(store, lease, id, { ...settling, bytes: Buffer.from(broken) })).rejects.toThrow(
        "cannot be read",
      );
      expect(await countsOf(store)).toEqual([6, 5, 0, 1, 0]);

      const bytes = Buffer.from(lines(record("f")));
      expect((await repair(store, lease, id, { ...settling, bytes })).counts).toMatchObject({ stored: 1 });
      expect(await countsOf(store)).toEqual([6, 6, 0, 0, 0]);
      const { rows } = await store.interactive.query(
        sql`select anomalies from invocations where dt >= '0000' and request_id = 'f'`,
      );
      expect(rows[0]?.["anomalies"]).toContain("repaired");
      await expect(retry(store, lease, id, settling)).rejects.toThrow("is repaired");
      const acts = (await newestTrail(store.catalog, 10)).map(({ action, reason }) => `${action}: ${reason}`);
      expect(acts).toEqual(["quarantine.repair: ticket 7", "quarantine.repair: ticket 7", "quarantine.show: ticket 7"]);
      await lease.release();
    }));

  it("is told, and not read again, where the bytes that were kept are damaged or gone", () =>
    withOneBroken(async (store) => {
      const lease = await takeLease(store, "test");
      const id = await held(store);
      const file = path.join(store.paths.quarantine, `${id}.bin`);
      // One whole record, as a damaged disk would hardly leave it: nothing but its hash tells it.
      writeFileSync(file, JSON.stringify(record("g")));
      expect(await retryAll(store, lease, settling)).toMatchObject([
        { id, unreadable: "its bytes are not those that were kept" },
      ]);
      expect((await verify(store, { hashes: true })).faults).toEqual([
        { what: "quarantine", detail: `quarantine/${id}.bin of entry ${id}: other bytes` },
      ]);
      await expect(heldBytes(store, id, settling)).rejects.toThrow("not those that were kept");
      rmSync(file);
      expect(await retryAll(store, lease, settling)).toMatchObject([
        { id, unreadable: "its bytes are missing, or cannot be read" },
      ]);
      expect((await verify(store, { hashes: false })).faults).toMatchObject([{ what: "quarantine" }]);
      await expect(heldBytes(store, id, settling)).rejects.toThrow("missing");
    }));

  it("a repair with a record that is there already is a duplicate", () =>
    withOneBroken(async (store) => {
      const lease = await takeLease(store, "test");
      const bytes = Buffer.from(lines(record("a")));
      expect((await repair(store, lease, await held(store), { ...settling, bytes })).counts.duplicates).toBe(1);
      expect(await countsOf(store)).toEqual([6, 5, 1, 0, 0]);
    }));

  it("what today's program can read is stored by a retry of all", () =>
    withOneBroken(async (store) => {
      await holdInstead(store, JSON.stringify(record("f")));
      const lease = await takeLease(store, "test");
      expect(await retryAll(store, lease, settling)).toMatchObject([{ unreadable: null, counts: { stored: 1 } }]);
      expect(await retryAll(store, lease, settling)).toEqual([]);
      expect(await countsOf(store)).toEqual([6, 6, 0, 0, 0]);
    }));

  it("a retry of a message in an envelope counts that message alone", () => {
    const logEvents = [...good, "f"].map((message, id) => ({ id: String(id), message: JSON.stringify(message) }));
    return withOneBroken(
      async (store) => {
        expect((await heldBytes(store, await held(store), settling))?.toString()).toBe('"f"');
        await holdInstead(store, JSON.stringify(record("f")));
        const lease = await takeLease(store, "test");
        await retryAll(store, lease, settling);
        expect(await countsOf(store)).toEqual([6, 6, 0, 0, 0]);
      },
      lines({ messageType: "DATA_MESSAGE", logEvents }),
    );
  });

  it("a dismissal settles it, and leaves it counted", () =>
    withOneBroken(async (store) => {
      const id = await held(store);
      await dismiss(store, id, settling);
      expect(await countsOf(store)).toEqual([6, 5, 0, 1, 0]);
      expect(await held(store)).toBe("");
      await expect(dismiss(store, id, settling)).rejects.toThrow("is dismissed");
      await expect(dismiss(store, "none", settling)).rejects.toThrow("there is no quarantine entry");
    }));

  it("a later version that is whole supersedes it", () =>
    withOneBroken(async (store, workspace) => {
      workspace.write(`${hourPath}/x.json.gz`, lines(...good, record("f")));
      await workspace.ingest(store);
      expect(await countsOf(store)).toEqual([12, 6, 5, 0, 1]);
      const [entry] = await quarantineList(store.catalog, { limit: 10 });
      expect(entry?.state).toBe("superseded");
      const { sources } = await ingestStatus(store);
      expect(sources.flatMap(({ ignoredBy }) => Object.entries(ignoredBy))).toEqual([["superseded", 1]]);
    }));
});

describe("a unit", { timeout: 120_000 }, () => {
  it("that is accounted for is not read twice, though a person asks", () =>
    withOneBroken(async (store) => {
      const { id } = await store.catalog.selectFrom("units").select("id").executeTakeFirstOrThrow();
      await expect(retryUnit(store.catalog, id, null)).rejects.toThrow(`unit ${id} is done: it is accounted for`);
      await expect(retryUnit(store.catalog, 99, null)).rejects.toThrow("no unit 99 waits or was given up");
    }));

  it("that was given up is read by the next run when a person asks", () =>
    inWorkspace(async (workspace) => {
      workspace.write(`${hourPath}/big.json.gz`, lines(...Array.from({ length: 40 }, (_, at) => record(`r${at}`))));
      await workspace.withStore(async (store) => {
        await workspace.ingest(store, { limits: { ...unitLimits, records: 10 } });
        const { sources } = await ingestStatus(store);
        expect(sources.flatMap(({ units }) => Object.entries(units))).toEqual([["oversize", 1]]);
        await workspace.ingest(store);
        expect(await countsOf(store)).toEqual([0, 0, 0, 0, 0]);
        const { id } = await store.catalog.selectFrom("units").select("id").executeTakeFirstOrThrow();
        await retryUnit(store.catalog, id, null);
        await workspace.ingest(store);
        expect(await countsOf(store)).toEqual([40, 40, 0, 0, 0]);
      });
    }));
});
