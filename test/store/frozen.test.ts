import { cpSync, readdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { schemaVersion } from "../../server/store/catalog/migrations.ts";
import { sql } from "../../server/store/sql.ts";
import type { Store } from "../../server/store/store.ts";
import { verify } from "../../server/store/verify.ts";
import { lines, record } from "../ingest/kit.ts";
import { anObjectOf, frozenAt, frozenStores, numbersOf, objectsIn, openFrozen, readInto } from "./frozen.ts";
import { tempFolder } from "./temp-store.ts";

const names = readdirSync(frozenStores);
const dayMs = 86_400_000;

it("stores of former versions are there", () => {
  expect(names).toContain("0.1.0-schema-8");
});

describe.each(names)("C6: the store that %s has left", { timeout: 120_000 }, (name) => {
  const folder = path.join(frozenStores, name);
  const frozen: unknown = JSON.parse(readFileSync(path.join(folder, "numbers.json"), "utf8"));
  const source = objectsIn(path.join(folder, "source"));

  /** Opens a copy several times, one after the other. */
  async function inCopy(...uses: readonly (readonly [now: number, use: (store: Store) => Promise<void>])[]) {
    const root = tempFolder();
    const dataDir = path.join(root, "data");
    cpSync(path.join(folder, "store"), dataDir, { recursive: true });
    try {
      for (const [now, use] of uses) {
        const store = await openFrozen(dataDir, now);
        await use(store).finally(() => store.close());
      }
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  }

  async function expectSound(store: Store): Promise<void> {
    expect((await verify(store, { hashes: true })).faults).toEqual([]);
  }

  async function expectFrozen(store: Store): Promise<void> {
    const version = store.catalog.selectFrom("meta").select("value").where("key", "=", "schema_version");
    expect(await version.executeTakeFirst()).toEqual({ value: String(schemaVersion) });
    await expectSound(store);
    expect(await numbersOf(store)).toEqual(frozen);
  }

  it("is migrated once, is sound, and says what it said", () =>
    inCopy([frozenAt, expectFrozen], [frozenAt, expectFrozen]));

  it("is read on into, and holds no record twice", () =>
    inCopy(
      [
        frozenAt,
        async (store) => {
          expect((await readInto(store, source)).counts.read).toBe(0);
          expect(await numbersOf(store)).toEqual(frozen);
        },
      ],
      [
        frozenAt + dayMs,
        async (store) => {
          const { request_id: id, time } = await aCall(store);
          const stored = source.find(({ key }) => key.endsWith("1.json.gz"));
          const known = record(id, { timestamp: time });
          const key = String(stored?.key).replace("1.json.gz", "9.json.gz");
          // One that is there, with another question, and one that is new.
          const later = anObjectOf(key, gzipSync(lines(known, record("fresh", { timestamp: time }))));
          const { invocations } = (await numbersOf(store)) as { readonly invocations: number };
          const run = await readInto(store, [...source, later]);
          expect(run.counts).toEqual({ read: 2, stored: 1, duplicates: 1, quarantined: 0, ignored: 0 });
          expect(await numbersOf(store)).toMatchObject({ invocations: invocations + 1 });
          await expectSound(store);
        },
      ],
    ));
});

async function aCall({ batch }: Store): Promise<{ readonly request_id: string; readonly time: string }> {
  const { rows } = await batch.query(
    sql`select request_id, time from invocations where dt >= '0000' and starts_with(request_id, 'telling-') order by 1 limit 1`,
  );
  return { request_id: String(rows[0]?.["request_id"]), time: String(rows[0]?.["time"]) };
}
