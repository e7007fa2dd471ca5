import { expect, it } from "vitest";
import { findInvocation } from "../../server/metrics/invocation.ts";
import { openPriceBook } from "../../server/pricing/price-book.ts";
import { pack } from "../../server/store/catalog/event-hashes.ts";
import { type Catalog, type ListedUnit, noteUnits } from "../../server/store/catalog/ledger.ts";
import { forgetUnits, noteListed, unitHash } from "../../server/store/catalog/settled-units.ts";
import { openWindows } from "../../server/store/catalog/windows.ts";
import { sql } from "../../server/store/sql.ts";
import { account } from "../aws/small-world.ts";
import { homeRegion } from "../faults/stage.ts";
import { openTrial, type Trial } from "../faults/trial.ts";
import { hour, minute } from "../faults/virtual-time.ts";
import { withStore } from "../store/temp-store.ts";

async function inCatalog(trial: Trial): Promise<number> {
  return (await (await trial.store()).catalog.selectFrom("units").select("id").execute()).length;
}

async function inLake(trial: Trial): Promise<number> {
  return (await trial.rows(sql`select unit_id from units where dt >= '0000'`)).length;
}

async function findings(trial: Trial): Promise<readonly string[]> {
  return (await trial.status()).findings.map(({ kind }) => kind);
}

it("units of settled windows move to the lake, and the ledger says the same", { timeout: 120_000 }, async () => {
  const trial = await openTrial({ deliveries: { [homeRegion]: "both" }, since: "5d" });
  const { stage, time } = trial;
  const at = time.now - 5 * hour;
  const calls = [0, 1, 2].map((n) => stage.call(at + n * minute));
  const key = stage.put(calls, at);
  stage.log(calls);
  stage.object(`${key.slice(0, key.lastIndexOf("/"))}/notes.txt`, Buffer.from("hello"));
  await trial.run();
  const before = await trial.status();
  const units = await inCatalog(trial);
  expect([units, await inLake(trial)]).toEqual([3, 0]);

  time.pass(26 * hour);
  await trial.run();
  // The newest stays: a number that was given is not given again.
  expect([await inCatalog(trial), await inLake(trial)]).toEqual([1, units - 1]);
  const after = await trial.status();
  expect(after.counts).toEqual(before.counts);
  expect(after.sources.map(({ ignoredBy, units }) => [units, ignoredBy])).toEqual(
    before.sources.map(({ ignoredBy, units }) => [units, ignoredBy]),
  );
  await trial.expectExact();
  const { catalog, clock, interactive: engine } = await trial.store();
  const id = `${account}/${homeRegion}/${String(calls[0]?.["requestId"])}`;
  const found = await findInvocation(
    { catalog, clock, engine, prices: openPriceBook() },
    id,
    undefined,
    new AbortController().signal,
  );
  expect(found?.provenance.key).not.toBe("");

  // What is listed again is known; a new version of it, and what is new beside it, is not.
  time.pass(hour);
  expect((await trial.run()).counts.read).toBe(0);
  expect([await inCatalog(trial), await findings(trial)]).toEqual([1, []]);
  stage.put(calls, at, { name: key.slice(key.lastIndexOf("/") + 1) });
  stage.put([...calls, stage.call(at + 3 * minute)], at, { name: "later.json.gz" });
  time.pass(25 * hour);
  expect((await trial.run()).counts).toMatchObject({ read: 4, stored: 1, duplicates: 3 });
  await trial.expectExact();
});

it("an object that is rewritten after its unit has moved is read and told", { timeout: 120_000 }, async () => {
  const trial = await openTrial({ deliveries: { [homeRegion]: "s3" }, since: "5d" });
  const { stage, time } = trial;
  const at = time.now - 5 * hour;
  const call = stage.call(at);
  const key = stage.put([call], at, { name: "one.json.gz" });
  stage.put([stage.call(at + 2 * minute)], at, { name: "two.json.gz" });
  await trial.run();
  time.pass(26 * hour);
  await trial.run();
  expect([await inCatalog(trial), await inLake(trial)]).toEqual([1, 1]);
  stage.put([call, stage.call(at + minute)], at, { name: "one.json.gz" });
  time.pass(25 * hour);
  expect((await trial.run()).counts).toMatchObject({ read: 2, stored: 1, duplicates: 1 });
  const { findings } = await trial.status();
  expect(findings.filter(({ kind }) => kind === "log-object-rewritten").map((finding) => finding.key)).toEqual([key]);
  await trial.expectExact();
});

const start = Date.parse("2026-11-18T09:00:00Z");

function object(version: string): ListedUnit {
  const entry = { kind: "object", key: "hour/a.json.gz", size: 9, lastModified: null, ignored: null } as const;
  return { ...entry, version, window: start };
}

/** Lists a version, moves it to the lake, and says what a listing of another one then finds. */
async function listedAfter(
  moved: ListedUnit,
  next: ListedUnit,
  age: (catalog: Catalog) => Promise<void>,
): Promise<number> {
  let fresh = -1;
  await withStore(async ({ catalog }) => {
    await openWindows(catalog, "s3:a", [{ start, end: start + hour }]);
    await noteUnits(catalog, "s3:a", [moved], start);
    await forgetUnits(catalog, await catalog.selectFrom("units").selectAll().execute());
    await age(catalog);
    fresh = await noteListed(catalog, "s3:a", [next], start + 1);
  });
  return fresh;
}

it("a new version is told from one in the lake by 64 bits", async () => {
  // Two versions of which the first 32 bits are one.
  const seen = new Map<string, string>();
  let twins: readonly [string, string] | null = null;
  for (let n = 0; twins === null; n += 1) {
    const short = unitHash(object(String(n))).slice(0, 8);
    const other = seen.get(short);
    if (other !== undefined) twins = [other, String(n)];
    seen.set(short, String(n));
  }
  const [one, two] = twins.map(object) as [ListedUnit, ListedUnit];
  expect([await listedAfter(one, two, async () => {}), await listedAfter(one, one, async () => {})]).toEqual([1, 0]);
});

it("what an older program moved to the lake is known", async () => {
  const older = async (catalog: Catalog) => {
    const known = pack([unitHash(object("1")).slice(0, 8)]);
    await catalog.updateTable("windows").set({ known, known_units: null }).execute();
  };
  expect([
    await listedAfter(object("1"), object("1"), older),
    await listedAfter(object("1"), object("2"), older),
  ]).toEqual([0, 1]);
});
