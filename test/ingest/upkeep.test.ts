import { readdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { tidy } from "../../server/ingest/upkeep.ts";
import { ingestStatus } from "../../server/store/catalog/coverage.ts";
import { type UpkeepTask, noteUpkeep, reasonOf, upkeepFailures } from "../../server/store/catalog/upkeep.ts";
import { takeLease } from "../../server/store/lease.ts";
import type { Store } from "../../server/store/store.ts";
import { UserError } from "../../server/lib/errors.ts";
import { commitRows, invocation, testNow, withStore } from "../store/temp-store.ts";

const minute = 60_000;
const hour = 60 * minute;

async function told(store: Store): Promise<readonly (string | null)[]> {
  const { findings } = await ingestStatus(store);
  return findings.filter(({ kind }) => kind === "upkeep-failed").map(({ key }) => key);
}

function upkeep(store: Store) {
  return async () => {
    const lease = await takeLease(store, "test");
    await tidy({ store, lease }, { signal: new AbortController().signal });
    await lease.release();
  };
}

it("a backup that fails is told with the time of its first failure until one succeeds", () =>
  withStore(async (store, clock) => {
    const tidied = upkeep(store);
    rmSync(store.paths.backups, { recursive: true, force: true });
    writeFileSync(store.paths.backups, "no folder");
    await tidied();
    const first = new Date(clock.now).toISOString();
    clock.now += hour;
    await tidied();
    expect(await told(store)).toEqual([
      `The catalog could not be backed up since ${first}: ENOTDIR. Were it damaged now, all that came since the last backup ` +
        "would have to be read again. It is tried again by itself; should it go on, the log names each failure.",
    ]);
    rmSync(store.paths.backups);
    clock.now += hour;
    await tidied();
    expect(await told(store)).toEqual([]);
  }));

it("a day that can't be compacted is told, and stops nothing else", () =>
  withStore(async (store) => {
    const lease = await takeLease(store, "test");
    const day = "2026-11-18";
    for (const batch of ["1", "2"]) {
      const row = invocation(`call-${batch}`, Date.parse(`${day}T09:00:00Z`));
      await commitRows(store, lease, batch, "invocations", day, [row]);
    }
    await lease.release();
    const folder = path.join(store.paths.lake, "invocations", `dt=${day}`);
    for (const file of readdirSync(folder)) writeFileSync(path.join(folder, file), "no Parquet");
    await upkeep(store)().catch(() => undefined);
    const [only, ...others] = await upkeepFailures(store.catalog);
    expect(only?.told).toMatch(/^The small files of a day could not be made into few since 2026-11-20T\S+: /);
    expect(others).toEqual([]);
  }));

it.each<[UpkeepTask, unknown, string]>([
  [
    "retain",
    Object.assign(new Error("secret text"), { code: "ENOSPC" }),
    "What is older than its time could not be deleted since 2026-11-20T12:00:00.000Z: ENOSPC. Calls or prompts are kept for longer " +
      "than the settings of retention say. Make room on its disk.",
  ],
  [
    "waivers",
    new UserError("waivers.yaml: expires is soon, not a date", "Write it as YYYY-MM-DD."),
    "Waivers could not be applied to findings since 2026-11-20T12:00:00.000Z: waivers.yaml: expires is soon, not a date. Findings may " +
      "stand as waived, or as open, that are not. Write it as YYYY-MM-DD.",
  ],
])("%s is told in our words, with what to do", (task, error, sentence) =>
  withStore(async (store, clock) => {
    clock.now = Date.parse("2026-11-20T12:00:00Z");
    await noteUpkeep(store, task, reasonOf(error));
    expect((await upkeepFailures(store.catalog)).map(({ told }) => told)).toEqual([sentence]);
  }),
);

it("what fails every few seconds is written once a minute, another reason at once", () =>
  withStore(async (store, clock) => {
    const lastTry = async () => (await upkeepFailures(store.catalog)).map(({ at }) => at - testNow);
    clock.now = testNow;
    const fail = (why: string) => noteUpkeep(store, "detect", { why, remedy: null });
    await fail("EIO");
    clock.now += minute / 2;
    await fail("EIO");
    expect(await lastTry()).toEqual([0]);
    await fail("ENGINE_BUSY");
    expect(await lastTry()).toEqual([minute / 2]);
    clock.now += minute;
    await fail("ENGINE_BUSY");
    expect(await lastTry()).toEqual([1.5 * minute]);
    await noteUpkeep(store, "check", null);
    expect(await lastTry()).toEqual([1.5 * minute]);
    await noteUpkeep(store, "detect", null);
    expect(await lastTry()).toEqual([]);
  }));
