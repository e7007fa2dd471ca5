import { sql } from "kysely";
import { describe, expect, it } from "vitest";
import type { Checked } from "../../server/check.ts";
import { saveCheck } from "../../server/controls/check-runs.ts";
import { controls } from "../../server/controls/list.ts";
import { targetSnapshotFrom } from "../../server/controls/target-snapshot-file.ts";
import { judgeTarget } from "../../server/controls/target-snapshot.ts";
import { api } from "../../server/domain/api.ts";
import { Problem } from "../../server/domain/endpoint.ts";
import { sha256Hex } from "../../server/lib/hash.ts";
import type { Store } from "../../server/store/store.ts";
import { newestTrail } from "../../server/trail/trail.ts";
import { account, now } from "../aws/small-world.ts";
import { expiring, here, looked, worldOf } from "../controls/kit.ts";
import { filesOfZip } from "../lib/zip-reader.ts";
import { prompt, type TestServer, withServer } from "./server.ts";

const short = () => looked(worldOf({ bucket: { lifecycle: [expiring(1)] } }));

async function keep(store: Store, { report, snapshot }: Checked, id: string, at: number, part = false): Promise<void> {
  const run = { ...report.run, id, clock: new Date(at).toISOString() };
  await saveCheck(store.catalog, { ...report, run }, { snapshot: { ...snapshot, run }, part });
}

describe("the check that is shown", () => {
  it("is the newest of all that is configured; a newer one of less is named", () =>
    withServer(async ({ ask, store }) => {
      const answer = async () => api.controls.output.parse(JSON.parse((await ask(api.controls.path)).text));
      expect(await answer()).toMatchObject({ report: null, newer: null });
      const checked = await short();
      await keep(store, checked, "whole", now);
      await keep(store, checked, "part", now + 1, true);
      const { newer, report } = await answer();
      expect(report?.run.id).toBe("whole");
      expect(newer).toMatchObject({ id: "part", scope: { regions: [here], without: [] } });
    }));
});

describe("one control", () => {
  it("is told with what the check says of every target, those without a result too", () =>
    withServer(async ({ ask, store }) => {
      const answer = async (id: string) => ask(api.control.path.replace(":id", id));
      const before = api.control.output.parse(JSON.parse((await answer("s3-log-retention")).text));
      expect([before.run, before.targets, before.results]).toEqual([null, [], []]);
      const checked = await short();
      await keep(store, checked, "a", now);
      const after = api.control.output.parse(JSON.parse((await answer("s3-log-retention")).text));
      expect(after.control.title).toBe(controls.find(({ id }) => id === "s3-log-retention")?.title);
      expect(after.targets).toEqual(checked.report.targets);
      expect(after.results.map(({ control, verdict }) => [control, verdict])).toEqual([["s3-log-retention", "FAIL"]]);
      for (const id of ["no-such-control", "..%2f..%2fetc%2fpasswd", "__proto__"]) {
        const { status, text } = await answer(id);
        expect([id, status, Problem.parse(JSON.parse(text)).type]).toEqual([id, 404, "not_found"]);
      }
    }));
});

describe("the evidence pack of a run", () => {
  const made = (server: TestServer, run: string, reason = "asked by the auditor") =>
    server.post(api.pack.path, { run, reason });

  it("is an archive whose every file has the hash that it says, and names what the run saw", () =>
    withServer(async (server) => {
      const checked = await short();
      await keep(server.store, checked, "a", now);
      const { bytes, headers, status } = await made(server, "a");
      expect([status, headers["content-type"], headers["content-disposition"]]).toEqual([
        200,
        "application/zip",
        "attachment",
      ]);
      const files = filesOfZip(bytes);
      const sums = (files.get("SHA256SUMS") ?? "")
        .trimEnd()
        .split("\n")
        .map((line) => line.split("  "));
      expect(new Set(sums.map(([, name]) => name))).toEqual(
        new Set([...files.keys()].filter((name) => name !== "SHA256SUMS")),
      );
      for (const [sum, name = ""] of sums) expect([name, sha256Hex(files.get(name) ?? "")]).toEqual([name, sum]);
      expect([...files.keys()]).toEqual(
        expect.arrayContaining([`snapshot/${account}/${here}.json`, "results.json", "summary.html", "ledger.csv"]),
      );
      const { results } = JSON.parse(files.get("results.json") ?? "") as Checked["report"];
      expect(results).toEqual(checked.report.results);
      expect(JSON.parse(files.get("query.json") ?? "")).toMatchObject({ run: "a", reason: "asked by the auditor" });
      expect([...files.values()].join("")).not.toContain(prompt);
    }));

  it("is in the access trail with its hash before it is handed out; without the entry there is no pack", () =>
    withServer(async (server) => {
      const { catalog } = server.store;
      await keep(server.store, await short(), "a", now);
      const { bytes } = await made(server, "a");
      const manifest = filesOfZip(bytes).get("manifest.json") ?? "";
      const [entry] = await newestTrail(catalog, 1);
      expect(entry).toMatchObject({ action: "pack", reason: "asked by the auditor", outcome: "allowed" });
      expect(entry?.objects).toEqual([
        { type: "check-run", id: "a" },
        { type: "pack", id: sha256Hex(manifest) },
      ]);
      await sql`create trigger no_entry before insert on trail begin select raise(abort, 'full'); end`.execute(catalog);
      const refused = await made(server, "a");
      expect([refused.status, refused.bytes.includes("results.json")]).toEqual([500, false]);
    }));

  it("is the same bytes for the same data, and says who made it", () =>
    withServer(async (server) => {
      await keep(server.store, await short(), "a", now);
      const [first, second] = [await made(server, "a"), await made(server, "a")];
      expect(first.bytes.equals(second.bytes)).toBe(true);
      expect((await made(server, "a", "another reason")).bytes.equals(first.bytes)).toBe(false);
    }));

  it("says so where what the run saw is no longer kept, and is none where there is no run", () =>
    withServer(async (server) => {
      await keep(server.store, await short(), "a", now);
      await server.store.catalog.deleteFrom("check_snapshots").execute();
      const files = filesOfZip((await made(server, "a")).bytes);
      expect([...files.keys()].filter((name) => name.startsWith("snapshot/"))).toEqual([]);
      expect(files.get("README.txt")).toContain("no longer kept");
      expect((await made(server, "../../etc")).status).toBe(404);
    }));
});

describe("the snapshot of a run", () => {
  it("holds what the run saw: judged again it says the same", () =>
    withServer(async ({ ask, store }) => {
      const checked = await short();
      await keep(store, checked, "a", now);
      const { text } = await ask(api.snapshot.path.replace(":id", "a"));
      const { report, snapshot } = api.snapshot.output.parse(JSON.parse(text));
      expect(report.run.id).toBe("a");
      const targets = snapshot?.map((saved) => targetSnapshotFrom(saved).target) ?? [];
      expect(targets).toHaveLength(1);
      const judged = targets.flatMap((target) =>
        target === null ? [] : judgeTarget(target, { ...checked.judging, controls }).results,
      );
      const verdicts = (results: typeof judged) => results.map(({ code, id, verdict }) => `${id} ${verdict} ${code}`);
      expect(verdicts(judged).toSorted()).toEqual(verdicts(report.results).toSorted());
      for (const id of ["b", "..%2f..%2fcatalog.db", "a%00"]) {
        const { status, text: refused } = await ask(api.snapshot.path.replace(":id", id));
        expect([id, status, Problem.parse(JSON.parse(refused)).type]).toEqual([id, 404, "not_found"]);
      }
    }));

  it("says so where what the run saw is no longer kept", () =>
    withServer(async ({ ask, store }) => {
      await keep(store, await short(), "a", now);
      await store.catalog.deleteFrom("check_snapshots").execute();
      const { text } = await ask(api.snapshot.path.replace(":id", "a"));
      expect(api.snapshot.output.parse(JSON.parse(text)).snapshot).toBeNull();
    }));
});
