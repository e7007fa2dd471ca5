import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Checked } from "../../server/check.ts";
import { checkHistory } from "../../server/controls/check-history.ts";
import {
  type Catalog,
  lastOfScope,
  latestCheck,
  latestSnapshot,
  newerRun,
  saveCheck,
} from "../../server/controls/check-runs.ts";
import { compared } from "../../server/controls/compare-runs.ts";
import { earlierLooks } from "../../server/controls/earlier-looks.ts";
import type { CheckReport } from "../../server/domain/compliance.ts";
import { openSqlite } from "../../server/store/catalog/dialect.ts";
import { migrations } from "../../server/store/catalog/migrations.ts";
import { openCatalog } from "../../server/store/catalog/open-catalog.ts";
import { account, hourMs, now } from "../aws/small-world.ts";
import { calls, expiring, here, looked, type Options, type Setup, worldOf } from "./kit.ts";

const dayMs = 24 * hourMs;

function emptyCatalog(): Catalog {
  const folder = mkdtempSync(path.join(tmpdir(), "check-runs-"));
  const catalog = openCatalog(path.join(folder, "catalog.db"), {
    clock: () => 0,
    random: (bytes) => new Uint8Array(bytes),
  });
  onTestFinished(async () => {
    await catalog.destroy();
    rmSync(folder, { recursive: true });
  });
  return catalog;
}

/** The same run at another time, by another name. */
function at(checked: Checked, id: string, time: number, run: Partial<CheckReport["run"]> = {}): Checked {
  const head = { id, clock: new Date(time).toISOString(), ...run };
  const { report, snapshot } = checked;
  return {
    ...checked,
    report: { ...report, run: { ...report.run, ...head } },
    snapshot: { ...snapshot, run: { ...snapshot.run, ...head } },
  };
}

/** Compares and keeps, as each run of the program does. */
async function kept(catalog: Catalog, checked: Checked): Promise<CheckReport> {
  const { previous, report } = await compared(catalog, checked, checked.judging);
  await saveCheck(catalog, report, { snapshot: checked.snapshot, previous });
  return report;
}

const good: Setup = {};
const short: Setup = { bucket: { lifecycle: [expiring(1)] } };
const seen = (setup: Setup, options: Options = {}) => looked(worldOf(setup), options);
const retention = ({ results }: CheckReport) => results.find(({ control }) => control === "s3-log-retention");
const all = { from: 0, to: now * 2 };

describe("runs that are kept", () => {
  it("the newest run that came to its end is the one that is shown", async () => {
    const catalog = emptyCatalog();
    expect(await latestCheck(catalog)).toBeNull();
    const first = await seen(good);
    const second = at(await seen(short), "b", now + 20);
    await saveCheck(catalog, second.report);
    await saveCheck(catalog, at(first, "a", now + 10).report);
    expect(await latestCheck(catalog)).toEqual(second.report);
    await saveCheck(catalog, at(first, "c", now + 30, { complete: false }).report);
    expect(await latestCheck(catalog)).toEqual(second.report);
  });

  it("the newest run of all that is configured is shown before newer ones that were asked for less, and those are named", async () => {
    const catalog = emptyCatalog();
    const narrow = await seen(short, { controls: ["s3-log-retention"] });
    await kept(catalog, at(narrow, "a", now));
    expect((await latestCheck(catalog))?.run.id).toBe("a");
    const whole = at(await seen(good), "b", now + 1);
    await kept(catalog, whole);
    expect(await newerRun(catalog, whole.report)).toBeNull();
    await kept(catalog, at(narrow, "c", now + 2));
    const here_ = at(await seen(short), "d", now + 3);
    await saveCheck(catalog, here_.report, { snapshot: here_.snapshot, part: true });
    await kept(catalog, at(await seen(short), "e", now + 4, { complete: false }));
    const shown = await latestCheck(catalog);
    expect(shown?.run.id).toBe("b");
    expect(await newerRun(catalog, whole.report)).toEqual({
      id: "d",
      clock: new Date(now + 3).toISOString(),
      scope: { accounts: [account], regions: [here], without: [] },
    });
    expect((await checkHistory(catalog, all)).runs.map(({ part, run }) => `${run.id} ${part}`)).toEqual([
      "e false",
      "d true",
      "c true",
      "b false",
      "a true",
    ]);
  });

  it("are told of, newest first, with the verdicts that changed and their cause", async () => {
    const catalog = emptyCatalog();
    const [first, second] = [await seen(good), await seen(short)];
    expect(retention(await kept(catalog, at(first, "a", now)))?.drift).toBeNull();
    expect(retention(await kept(catalog, at(second, "b", now + hourMs)))?.drift).toEqual({
      change: "regressed",
      by: "aws",
      facts: [{ path: "s3Store.lifecycle.Rules", old: [], new: [expiring(1)] }],
    });
    const again = await kept(catalog, at(second, "c", now + 2 * hourMs));
    expect(again.previous?.id).toBe("b");
    expect(again.results.every(({ drift }) => drift?.change === "unchanged")).toBe(true);
    const history = await checkHistory(catalog, all);
    expect(history.runs.map(({ run }) => run.id)).toEqual(["c", "b", "a"]);
    expect(history.changes.map(({ change, control, from, runId, to }) => [runId, control, change, from, to])).toEqual([
      ["b", "s3-log-retention", "regressed", "PASS", "FAIL"],
    ]);
    expect(history.truncated).toEqual({ runs: false, changes: false });
    const none = await checkHistory(catalog, { from: now + 1, to: now + 2, control: "delivery-alive" });
    expect([none.runs, none.changes]).toEqual([[], []]);
    expect((await checkHistory(catalog, { ...all, region: "eu-west-1" })).changes).toEqual([]);
  });

  it("takes nothing for gone that a run did not come to", async () => {
    const catalog = emptyCatalog();
    const first = await seen(good);
    await kept(catalog, at(first, "a", now));
    const ended = at(first, "b", now + hourMs, { complete: false });
    const nothing: Checked = {
      ...ended,
      report: { ...ended.report, targets: [], results: [] },
      snapshot: { ...ended.snapshot, targets: [] },
    };
    expect(await kept(catalog, nothing)).toMatchObject({ targetsGone: [], previous: null });
  });

  it("tells no cause where the run before did not look over all of the window", async () => {
    const catalog = emptyCatalog();
    const failed = {
      ...calls(0, 0, "ModelInvocationLogsS3DeliveryFailure"),
      *points(from: number, to: number) {
        const time = now - 40 * dayMs;
        if (time >= from && time < to) yield { time, value: 5_000 };
      },
    };
    const metrics = [calls(10, 60 * 24), calls(10, 60 * 24, "ModelInvocationLogsS3DeliverySuccess"), failed];
    const setup: Setup = { region: { metrics } };
    const delivery = ({ results }: CheckReport) => results.find(({ control }) => control === "delivery-alive");
    await kept(catalog, at(await seen(setup), "a", now));
    const longer = await kept(catalog, at(await seen(setup, { settings: { windowDays: 90 } }), "b", now));
    expect(delivery(longer)).toMatchObject({ code: "failing", drift: { change: "regressed", by: null } });
    const shorter = await kept(catalog, at(await seen(setup, { settings: { windowDays: 20 } }), "c", now));
    expect(delivery(shorter)?.drift).toMatchObject({ change: "resolved", by: "policy" });
  });

  it("tells a policy that asks for more from a store that keeps less", async () => {
    const catalog = emptyCatalog();
    const bucket = { lifecycle: [expiring(60)] };
    await kept(catalog, at(await seen({ bucket }), "a", now));
    const stricter = await seen({ bucket }, { settings: { minimumDays: 90 } });
    expect(retention(await kept(catalog, at(stricter, "b", now + 1)))?.drift).toMatchObject({
      change: "regressed",
      by: "policy",
    });
    const both = await seen({ bucket: { lifecycle: [expiring(10)] } }, { settings: { minimumDays: 20 } });
    expect(retention(await kept(catalog, at(both, "c", now + 2)))?.drift).toMatchObject({ change: "facts-changed" });
    const eased = await seen({ bucket }, { settings: { minimumDays: 10 } });
    expect(retention(await kept(catalog, at(eased, "d", now + 3)))?.drift).toMatchObject({
      change: "resolved",
      by: "policy",
    });
  });

  it("compares with the last complete run of the same scope alone", async () => {
    const catalog = emptyCatalog();
    await kept(catalog, at(await seen(good), "a", now));
    await kept(catalog, at(await seen(short), "cut", now + 1, { complete: false }));
    await kept(catalog, at(await seen(short, { controls: ["s3-log-retention"] }), "one", now + 2));
    const report = await kept(catalog, at(await seen(good), "b", now + 3));
    expect(report.previous?.id).toBe("a");
    expect((await checkHistory(catalog, all)).changes).toEqual([]);
  });

  it("lets go of all but the newest hundred reports of a scope, and of what is older than 400 days", async () => {
    const catalog = emptyCatalog();
    const run = await seen(good);
    await kept(catalog, at(await seen(short), "old", now - 401 * dayMs));
    await kept(catalog, at(run, "whole", now - 200 * dayMs));
    for (let count = 0; count < 101; count++)
      await kept(catalog, at(run, `r${count}`, now + count, { complete: false }));
    expect(await catalog.selectFrom("check_runs").select("id").execute()).toHaveLength(102);
    const rows = await catalog.selectFrom("check_reports").select("run_id").execute();
    const reports = rows.map((row) => row.run_id);
    expect(reports).toHaveLength(101);
    expect(reports).toContain("whole");
    expect(reports).not.toContain("r0");
    expect((await lastOfScope(catalog, run.snapshot.scope, () => true))?.targets).toHaveLength(1);
    const own = run.snapshot.targets.find((target) => target.kind === "read");
    expect(await latestSnapshot(catalog, { account, region: here })).toEqual(own);
  });

  it("remembers a setting when it changes, and once a day", async () => {
    const catalog = emptyCatalog();
    const [first, second] = [await seen(good), await seen(short)];
    for (const hour of [0, 1, 2, 25]) await kept(catalog, at(first, `a${hour}`, now + hour * hourMs));
    await kept(catalog, at(second, "b", now + 26 * hourMs));
    const target = { account, region: here };
    const rulesOf = async (from: number) => {
      const looks = await earlierLooks(catalog, target, { from, to: now + 100 * hourMs });
      return looks.map(({ facts, time }) => {
        const { s3Store } = facts;
        const rules = s3Store !== null && s3Store !== undefined && "lifecycle" in s3Store ? s3Store.lifecycle : null;
        return [(time - now) / hourMs, rules];
      });
    };
    expect(await rulesOf(now)).toEqual([
      [0, []],
      [25, []],
      [26, [expiring(1)]],
    ]);
    expect(await rulesOf(now + 26 * hourMs)).toEqual([
      [25, []],
      [26, [expiring(1)]],
    ]);
    expect(await earlierLooks(catalog, { account, region: "eu-west-1" }, all)).toEqual([]);
  });

  it("forgets what it could not read", async () => {
    const catalog = emptyCatalog();
    const denied = { denies: ["bedrock:GetModelInvocationLoggingConfiguration"] };
    await kept(catalog, at(await seen({ region: denied }), "a", now));
    expect(await earlierLooks(catalog, { account, region: here }, all)).toEqual([]);
  });
});

it("a run that an older program kept is still there", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "check-runs-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, "catalog.db");
  const { report } = await seen(good);
  const old = openSqlite(file);
  const before = migrations.findIndex(({ statements }) => statements.some((text) => text.includes("check_reports")));
  for (const { statements, version } of migrations.slice(0, before)) {
    for (const statement of statements) old.exec(statement);
    old.exec(`insert or replace into meta (key, value) values ('schema_version', '${version}')`);
  }
  old
    .prepare("insert into check_runs (id, at, complete, body) values (?, ?, 1, ?)")
    .run(["a", now, JSON.stringify(report)]);
  old.close();
  const catalog = openCatalog(file, { clock: () => 0, random: (bytes) => new Uint8Array(bytes) });
  onTestFinished(() => catalog.destroy());
  expect(await latestCheck(catalog)).toEqual(report);
  const { policy, run, summary } = report;
  expect((await checkHistory(catalog, all)).runs).toEqual([{ policy, run, summary, scope: "", part: false }]);
});
