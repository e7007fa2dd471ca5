import { expect, it } from "vitest";
import { findInvocation } from "../../server/metrics/invocation.ts";
import { openPriceBook } from "../../server/pricing/price-book.ts";
import { sql } from "../../server/store/sql.ts";
import { account } from "../aws/small-world.ts";
import { homeRegion } from "../faults/stage.ts";
import { openTrial, type Trial } from "../faults/trial.ts";
import { hour, minute } from "../faults/virtual-time.ts";

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
