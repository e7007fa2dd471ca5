import path from "node:path";
import { describe, expect, it } from "vitest";
import { api } from "../../server/domain/api.ts";
import { addCounts, lawHolds, noCounts, unitStates } from "../../server/domain/coverage.ts";
import type { LedgerUnit, SourceDay } from "../../server/domain/ledger.ts";
import { unitTrouble } from "../../server/store/catalog/unit-trouble.ts";
import { moveSettledUnits } from "../../server/store/move-units.ts";
import { takeLease } from "../../server/store/lease.ts";
import { stateOrder } from "../../server/store/source-day.ts";
import type { Store } from "../../server/store/store.ts";
import { hourPath, lines, record } from "../ingest/kit.ts";
import { type TestServer, withServer } from "./server.ts";

const day = "2026-11-20";
const hour = `${day}T09:00:00.000Z`;
const next = hourPath.replace(/09$/, "10");

const files = {
  [`${hourPath}/a.json.gz`]: lines(record("a-1"), record("a-2"), "no record"),
  [`${hourPath}/b.json.gz`]: lines(record("a-1"), record("b-1")),
  [`${hourPath}/empty.json`]: "",
  [`${next}/c\u202E<img>.json.gz`]: lines(record("c-1")),
  "flat.json": lines(record("f-1", { timestamp: `${day}T23:00:00Z` })),
  "other-day.json": lines(record("f-2", { timestamp: "2026-11-19T23:00:00Z" })),
};

async function told({ ask }: TestServer, query: Readonly<Record<string, string>>): Promise<SourceDay> {
  const answer = await ask(`${api.sourceDay.path}?${new URLSearchParams(query).toString()}`);
  expect([answer.status, answer.text]).toEqual([200, expect.anything()]);
  return api.sourceDay.output.parse(JSON.parse(answer.text));
}

async function daysOf({ ask }: TestServer, source: string) {
  return api.sourceDays.output.parse(JSON.parse((await ask(`${api.sourceDays.path}?source=${source}`)).text));
}

async function sourceIds({ catalog }: Store): Promise<{ readonly hours: string; readonly flat: string }> {
  const rows = await catalog.selectFrom("sources").select(["id", "account_id"]).execute();
  const idOf = (isFlat: boolean) => rows.find((row) => (row.account_id === null) === isFlat)?.id ?? "";
  return { hours: idOf(false), flat: idOf(true) };
}

const names = (items: readonly LedgerUnit[]) => items.map(({ name }) => path.basename(name));

/** All pages of a list, two units a page. */
async function everyUnit(server: TestServer, source: string): Promise<readonly LedgerUnit[]> {
  const units: LedgerUnit[] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const page: SourceDay = await told(server, { source, day, limit: "2", ...(cursor === "" ? {} : { cursor }) });
    expect(page.items.length).toBeLessThanOrEqual(2);
    units.push(...page.items);
    cursor = page.next;
  }
  return units;
}

describe("the ledger of a source on a day", { timeout: 120_000 }, () => {
  it("says of each window and unit what became of its lines", () =>
    withServer(
      async (server) => {
        const { flat, hours } = await sourceIds(server.store);
        const answer = await told(server, { source: hours, day });
        expect(answer.counts).toEqual({ read: 7, stored: 4, duplicates: 1, quarantined: 1, ignored: 1 });
        expect(answer.windows.map(({ from, holds, units }) => [from, units, holds])).toEqual([
          [hour, 3, true],
          [`${day}T10:00:00.000Z`, 1, true],
        ]);
        expect(answer.total).toBe(4);
        const sum = answer.items.reduce((counts, unit) => addCounts(counts, unit.counts), noCounts);
        expect(sum).toEqual(answer.counts);
        const b = answer.items.find(({ name }) => name.endsWith("b.json.gz"));
        expect(b).toMatchObject({ window: hour, state: "done", holds: true, trouble: null });
        expect(answer.items.find(({ name }) => name.endsWith("empty.json"))).toMatchObject({
          rule: "empty",
          ignoredBy: { empty: 1 },
        });

        const one = await told(server, { source: hours, day, window: `${day}T10:00:00Z` });
        expect(names(one.items)).toEqual(["c\u202E<img>.json.gz"]);
        expect([one.total, one.counts]).toEqual([1, answer.counts]);

        const unbound = await told(server, { source: flat, day });
        expect([names(unbound.items), unbound.windows.map(({ from }) => from), unbound.total]).toEqual([
          ["flat.json"],
          [null],
          1,
        ]);
        const { days } = await daysOf(server, flat);
        expect(days.map((entry) => [entry.day, entry.counts.read])).toEqual([
          ["2026-11-19", 1],
          [day, 1],
        ]);
      },
      { files },
    ));

  it("names what waits or is lost first, each with reason and remedy; pages show every unit once", () =>
    withServer(
      async (server) => {
        const { store } = server;
        const { hours } = await sourceIds(store);
        const stateOf = (name: string, state: string, more: object = {}) =>
          store.catalog
            .updateTable("units")
            .set({ state, read: 0, stored: 0, duplicates: 0, quarantined: 0, ...more })
            .where("key", "like", `%${name}`)
            .execute();
        await stateOf("b.json.gz", "denied", { error_code: "AccessDenied", error: "Reading it was refused." });
        await stateOf("c\u202E<img>.json.gz", "vanished");
        const units = await everyUnit(server, hours);
        expect(names(units)).toEqual(["b.json.gz", "c\u202E<img>.json.gz", "a.json.gz", "empty.json"]);
        expect(units[0]?.trouble).toEqual({
          code: "AccessDenied",
          reason: "Reading it was refused.",
          remedy: "Let this program read the file. It is tried again by itself.",
        });
        expect(units[1]?.trouble?.remedy).toContain(`ingest retry --unit ${units[1]?.id}`);
        const { days } = await daysOf(server, hours);
        expect(days.find((entry) => entry.day === day)).toMatchObject({ waiting: 1, lost: 1 });
        // The windows still count what these units do not say any more.
        const { windows } = await told(server, { source: hours, day });
        expect(windows.map(({ holds, lost, waiting }) => [holds, waiting, lost])).toEqual([
          [false, 1, 0],
          [false, 0, 1],
        ]);
      },
      { files },
    ));

  it("goes on with units that lie in the lake", () =>
    withServer(
      async (server) => {
        const { store } = server;
        const { hours } = await sourceIds(store);
        const before = await told(server, { source: hours, day });
        await store.catalog.updateTable("windows").set({ state: "settled" }).where("start_at", ">", 0).execute();
        const lease = await takeLease(store, "test");
        expect(await moveSettledUnits(store, lease)).toBeGreaterThan(1);
        await lease.release();
        const after = await told(server, { source: hours, day });
        expect({ ...after, items: [] }).toEqual({
          ...before,
          windows: before.windows.map((window) => ({ ...window, state: "settled" })),
          items: [],
        });
        const units = await everyUnit(server, hours);
        expect(new Set(names(units))).toEqual(new Set(names(before.items)));
        expect(units).toHaveLength(before.items.length);
        expect(names((await told(server, { source: hours, day, window: `${day}T10:00:00Z` })).items)).toHaveLength(1);
      },
      { files },
    ));

  it("a unit and a window that break the law are named, and nothing is said to hold", () =>
    withServer(
      async ({ ask, store }) => {
        const law = async () => api.coverage.output.parse(JSON.parse((await ask(api.coverage.path)).text)).law;
        expect(await law()).toMatchObject({ holds: true, broken: [] });
        const { hours } = await sourceIds(store);
        const { id } = await store.catalog
          .selectFrom("units")
          .select("id")
          .where("key", "like", "%a.json.gz")
          .executeTakeFirstOrThrow();
        await store.catalog.updateTable("units").set({ read: 4 }).where("id", "=", id).execute();
        const start = Date.parse(hour);
        await store.catalog.updateTable("windows").set({ stored: 1 }).where("start_at", "=", start).execute();
        const broken = await law();
        expect(broken.holds).toBe(false);
        expect(
          broken.broken.map(({ counts, name, sourceId, what }) => [what, sourceId, name, lawHolds(counts)]),
        ).toEqual([
          ["unit", hours, String(id), false],
          ["window", hours, hour, false],
        ]);
      },
      { files },
    ));

  it("takes no hour of another day, and no cursor that is none of ours", () =>
    withServer(async ({ ask, store }) => {
      const [source] = await store.catalog.selectFrom("sources").select("id").execute();
      for (const bad of [
        "window=2026-11-21T00:00:00Z",
        "window=2026-11-20T09:30:00Z",
        "cursor=abc",
        "limit=201",
        "x=1",
      ])
        expect([bad, (await ask(`${api.sourceDay.path}?source=${source?.id}&day=${day}&${bad}`)).status]).toEqual([
          bad,
          400,
        ]);
    }));
});

describe("a unit's state", () => {
  it("has its place in the list", () => {
    expect(new Set(stateOrder)).toEqual(new Set(unitStates));
  });

  const accounted: readonly string[] = ["done", "ignored"];

  it.each(unitStates)("%s tells a reason and a remedy, unless it is accounted for", (state) => {
    for (const kind of ["object", "page", "file", "body"])
      for (const source of ["s3", "cloudwatch", "folder"] as const) {
        const trouble = unitTrouble({ id: 7, kind, state, error_code: null, error: null }, source);
        if (accounted.includes(state)) expect(trouble).toBeNull();
        else
          expect(trouble).toMatchObject({ reason: expect.stringMatching(/\.$/), remedy: expect.stringMatching(/\.$/) });
      }
  });
});
