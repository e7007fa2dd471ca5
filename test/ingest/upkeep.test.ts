import { copyFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { tidy } from "../../server/ingest/upkeep.ts";
import { ingestStatus } from "../../server/store/catalog/coverage.ts";
import { type UpkeepTask, noteUpkeep, reasonOf, upkeepFailures } from "../../server/store/catalog/upkeep.ts";
import { dropRows } from "../../server/store/drop-rows.ts";
import { openWindows } from "../../server/store/catalog/windows.ts";
import { type Lease, takeLease } from "../../server/store/lease.ts";
import type { Store } from "../../server/store/store.ts";
import { twiceStored } from "../../server/store/identities.ts";
import { verify } from "../../server/store/verify.ts";
import { UserError } from "../../server/lib/errors.ts";
import { commitRows, invocation, type TestClock, testNow, withStore } from "../store/temp-store.ts";

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

describe("once a day", () => {
  const day = "2026-11-18";

  /** A store whose ledger says what its lake holds: two calls on one day, one on the next. */
  async function inLedger(work: (store: Store, clock: TestClock, lease: () => Promise<Lease>) => Promise<void>) {
    await withStore(async (store, clock) => {
      const start = Date.parse(`${day}T09:00:00Z`);
      await openWindows(store.catalog, "s3:a", [{ start, end: start + hour }]);
      await store.catalog.updateTable("windows").set({ read: 3, stored: 3 }).execute();
      const lease = await takeLease(store, "test");
      await commitRows(store, lease, "1", "invocations", day, [invocation("a", start), invocation("b", start)]);
      await commitRows(store, lease, "2", "invocations", "2026-11-19", [invocation("c", start + 24 * hour)]);
      await lease.release();
      await work(store, clock, () => takeLease(store, "test"));
    });
  }

  it("all calls are counted, and nothing is told while they add up", () =>
    inLedger(async (store, clock) => {
      const checked = () =>
        store.catalog.selectFrom("meta").select("value").where("key", "=", "identities_checked_at").executeTakeFirst();
      await upkeep(store)();
      expect(await checked()).toBeUndefined();
      clock.now += 24 * hour;
      await upkeep(store)();
      expect(await told(store)).toEqual([]);
      expect(await checked()).toEqual({ value: String(clock.now) });
      const then = clock.now;
      clock.now += 23 * hour;
      await upkeep(store)();
      expect(await checked()).toEqual({ value: String(then) });
    }));

  it.each(["2026-11-19", "2026-10-02"])(
    "a call that stands twice is told, also on %s, until it does no more",
    (other) =>
      inLedger(async (store, clock, takeIt) => {
        const lease = await takeIt();
        await commitRows(store, lease, "3", "invocations", other, [invocation("b", Date.parse(`${other}T00:01:00Z`))]);
        await store.catalog.updateTable("windows").set({ read: 4, stored: 4 }).execute();
        await lease.release();
        clock.now += 24 * hour;
        await upkeep(store)();
        expect(await told(store)).toEqual([
          `What is stored is not what the ledger counts since ${new Date(clock.now).toISOString()}: ` +
            `${[day, other].toSorted()[0]}: 1 of its calls stand twice (1 of 111122223333/us-east-1). ` +
            "Calls are missing, or are counted twice, and numbers over their days are wrong. " +
            'See "bedrock-audit ingest verify --hashes": it names the files, and looks at all else.',
        ]);
        expect((await verify(store, { hashes: false })).faults.filter(({ what }) => what === "identity")).toHaveLength(
          1,
        );
        const again = await takeIt();
        expect(await twiceStored(store, 1)).toEqual(await twiceStored(store, 1_000));
        const keep = { table: "invocations", dt: other, condition: "request_id <> 'b'" } as const;
        await dropRows(store, again, { kind: "erase", keeps: [keep], lists: {} });
        await store.catalog.updateTable("windows").set({ read: 3, stored: 3 }).execute();
        await again.release();
        clock.now += hour;
        await upkeep(store)();
        expect(await told(store)).toEqual([]);
      }),
  );

  it("a file that holds other rows than were committed is told", () =>
    inLedger(async (store, clock) => {
      const folder = path.join(store.paths.lake, "invocations", `dt=${day}`);
      const [file = ""] = readdirSync(folder);
      const other = path.join(store.paths.lake, "invocations", "dt=2026-11-19");
      copyFileSync(path.join(other, readdirSync(other)[0] ?? ""), path.join(folder, file));
      clock.now += 24 * hour;
      await upkeep(store)();
      expect((await told(store))[0]).toContain(`${day}: 1 calls are in its files, 2 were committed`);
    }));

  it("calls that the ledger counts and the lake never had are told", () =>
    inLedger(async (store, clock) => {
      await store.catalog.updateTable("windows").set({ read: 5, stored: 5 }).execute();
      clock.now += 24 * hour;
      await upkeep(store)();
      expect((await told(store))[0]).toContain("3 calls were committed, 5 should have been");
    }));
});

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
