import { readdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import { carryRepairs } from "../../server/ingest/carry-repairs.ts";
import { eraseContent } from "../../server/ingest/erase-content.ts";
import { repair, retryAll } from "../../server/ingest/repair.ts";
import { quarantineList } from "../../server/store/catalog/ledger-report.ts";
import { heldEntry } from "../../server/store/catalog/quarantine.ts";
import { erasedHashes } from "../../server/store/erase.ts";
import { pieceHash } from "../../server/store/erased-names.ts";
import { takeLease } from "../../server/store/lease.ts";
import { startRebuild } from "../../server/store/rebuild.ts";
import { raw, sql } from "../../server/store/sql.ts";
import type { Store } from "../../server/store/store.ts";
import { verify } from "../../server/store/verify.ts";
import { hourPath, inWorkspace, lines, record, type RecordFields, Workspace } from "./kit.ts";

/* What an erasure has removed comes back by no way of reading it again. */

const petra = "arn:aws:iam::111122223333:user/petra";
const secret = "petra's secret";
const settling = { by: "cli:test", reason: "ticket 7" };

function said(words: string, more: Record<string, unknown> = {}): RecordFields {
  const message = { role: "user", content: [{ text: words }] };
  return {
    input: {
      inputContentType: "application/json",
      inputBodyJson: { messages: [message], ...more },
      inputTokenCount: 12,
    },
  };
}

/** Nested beyond what a row takes: its bytes are kept beside it. */
function deep(): unknown {
  let value: unknown = secret;
  for (let depth = 0; depth < 220; depth += 1) value = [value];
  return value;
}

const otto = { identity: { arn: "arn:aws:iam::111122223333:user/otto" } } as RecordFields;
const spoken = said(secret);
const { requestId: _, ...unnamed } = record("p-unnamed", { ...spoken, timestamp: "last week" });
const stored = [record("p-1", spoken), record("p-2", spoken), record("p-deep", said(secret, { deep: deep() }))];
/** Broken: with the number of their call, and without. */
const broken = [record("p-broken", { ...spoken, timestamp: "yesterday" }), unnamed];
const others = [
  record("o-1", { ...otto, ...said("otto speaks") }),
  record("o-2", { ...otto, ...said("otto speaks"), timestamp: "yesterday" }),
];

async function tableText({ batch }: Store, table: string, columns: string): Promise<string> {
  const { rows } = await batch.query(sql`select ${raw(columns)} from ${raw(table)} where dt >= '0000'`);
  return JSON.stringify(rows);
}

/** All text that the store keeps of anybody: in the lake, and in the quarantine. */
async function keptText(store: Store): Promise<string> {
  const held = readdirSync(store.paths.quarantine).map((name) => readFileSync(path.join(store.paths.quarantine, name)));
  return [
    await tableText(store, "content", "body"),
    await tableText(store, "copies", "record"),
    await tableText(store, "signals", "excerpt"),
    ...held.map((bytes) => bytes.toString("utf8")),
  ].join("\n");
}

async function leased<T>(store: Store, use: (lease: Awaited<ReturnType<typeof takeLease>>) => Promise<T>): Promise<T> {
  const lease = await takeLease(store, "test");
  try {
    return await use(lease);
  } finally {
    await lease.release();
  }
}

/** A store that is open, and the workspace in which it is; a way may put another one in its place. */
interface Scene {
  readonly workspace: Workspace;
  store: Store;
}

let copies = 0;
const anotherFile = () => `${hourPath}/copy-${++copies}.json.gz`;

/** Each ends with the store as it is after the reading. */
const ways: Readonly<Record<string, (scene: Scene) => Promise<void>>> = {
  "quarantine retry": ({ store }) =>
    leased(store, async (lease) => {
      await retryAll(store, lease, settling);
    }),
  "objects listed again": async ({ store, workspace }) => {
    await store.catalog.deleteFrom("units").execute();
    await store.catalog.deleteFrom("windows").execute();
    await store.catalog.deleteFrom("quarantine").execute();
    await store.catalog.updateTable("segments").set({ replaced_snapshot: 1 }).execute();
    await workspace.ingest(store);
  },
  "a copy from another place": async ({ store, workspace }) => {
    workspace.write(anotherFile(), lines(...stored, ...broken));
    await workspace.ingest(store);
  },
  "a copy that differs": async ({ store, workspace }) => {
    const differing = [
      record("p-1", { ...spoken, inputTokenCount: 40 + copies }),
      { ...stored[1], errorCode: `E${copies}` },
    ];
    // What was broken can be read in this one; one that could be read is cut.
    const mended = record("p-broken", spoken);
    const cut = JSON.stringify(record("p-2", spoken)).slice(0, -2);
    workspace.write(anotherFile(), lines(...differing, mended, cut));
    await workspace.ingest(store);
  },
  repair: async ({ store }) => {
    const entries = await quarantineList(store.catalog, { limit: 100, state: "open" });
    const erased = new Set(await erasedHashes(store));
    await leased(store, async (lease) => {
      for (const [at, { id, reason }] of entries.entries()) {
        const { file, sha256 } = await heldEntry(store.catalog, id);
        // What is kept is of others.
        if (reason === "too-deep" || file !== null) continue;
        const call = erased.has(pieceHash(sha256 ?? "")) ? `r-${at}` : "p-2";
        await repair(store, lease, id, { bytes: Buffer.from(lines(record(call, spoken))), ...settling });
      }
    });
  },
  rebuild: async (scene) => {
    const { store: from, workspace } = scene;
    const into = path.join(workspace.root, `rebuilt-${++copies}`);
    await startRebuild(from, into);
    const rebuilt = new Workspace({ dataDir: into });
    rebuilt.now = workspace.now;
    const store = await rebuilt.open();
    rebuilt.remove();
    await workspace.ingest(store);
    await leased(store, (lease) => carryRepairs(from, store, lease));
    await from.close();
    scene.store = store;
  },
  "a catalog that was lost": async (scene) => {
    const { store: lost, workspace } = scene;
    const { backups, catalog, root } = lost.paths;
    await lost.close();
    for (const suffix of ["", "-wal", "-shm"]) rmSync(`${catalog}${suffix}`, { force: true });
    rmSync(backups, { recursive: true, force: true });
    const again = new Workspace({ dataDir: root });
    again.now = workspace.now;
    scene.store = await again.open();
    again.remove();
    await workspace.ingest(scene.store);
  },
};

async function afterErasure(names: readonly string[]): Promise<void> {
  await inWorkspace(async (workspace) => {
    workspace.now = Date.parse("2026-11-20T12:30:00Z");
    workspace.write(`${hourPath}/all.json.gz`, lines(...stored, ...broken, ...others));
    const scene: Scene = { workspace, store: await workspace.open() };
    try {
      await workspace.ingest(scene.store);
      expect((await keptText(scene.store)).split(secret)).not.toHaveLength(1);
      await leased(scene.store, (lease) =>
        eraseContent(scene.store, lease, { scope: { principal: petra }, by: "cli", reason: "request 7" }),
      );
      for (const name of ["the erasure", ...names]) {
        await ways[name]?.(scene);
        const text = await keptText(scene.store);
        expect(text.split(secret), `after ${name} of ${names.join(", ")}`).toHaveLength(1);
        expect(text).toContain("otto speaks");
        const { faults } = await verify(scene.store, { hashes: false });
        // To list objects again, a test takes rows out past the ledger: the chain of commits shows it.
        expect(faults.filter(({ what }) => what !== "commits")).toEqual([]);
      }
    } finally {
      await scene.store.close();
    }
  });
}

it("what was erased comes back by no way of reading it again, in any order", { timeout: 240_000 }, async () => {
  const all = Object.keys(ways);
  const orders = fc.shuffledSubarray(all, { minLength: all.length });
  await fc.assert(fc.asyncProperty(orders, afterErasure), { numRuns: 2, seed: 7, endOnFailure: true });
});

it("after a crash of the erasure, the bytes that went are known as erased", { timeout: 60_000 }, () =>
  inWorkspace(async (workspace) => {
    workspace.write(`${hourPath}/all.json.gz`, lines(...broken));
    await workspace.withStore(async (store) => {
      await workspace.ingest(store);
      const dying: Store = {
        ...store,
        disk: {
          ...store.disk,
          remove(file) {
            store.disk.remove(file);
            throw new Error("power cut");
          },
        },
      };
      await leased(store, async (lease) => {
        const erasing = eraseContent(dying, lease, { scope: { principal: petra }, by: "cli", reason: "request 7" });
        await expect(erasing).rejects.toThrow("power cut");
      });
      await leased(store, async () => undefined);
      await ways["objects listed again"]?.({ workspace, store });
      expect(await keptTextOfNewest(store)).not.toContain(secret);
    });
  }),
);

/** Of the entries that there are now; what a crash has left beside them goes with the erasure that is run again. */
async function keptTextOfNewest({ catalog, paths }: Store): Promise<string> {
  const entries = await catalog.selectFrom("quarantine").select("file").execute();
  expect(entries).not.toEqual([]);
  return entries
    .flatMap(({ file }) => (file === null ? [] : [readFileSync(path.join(paths.root, file), "utf8")]))
    .join();
}
