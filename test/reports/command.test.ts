import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { reportCommand } from "../../scripts/report.ts";
import { ReportDocument } from "../../server/domain/report.ts";
import { openTestStore } from "../store/temp-store.ts";
import { inWorkspace, lines, record, type Workspace } from "../ingest/kit.ts";

let root: string;
let out: string[];
let told: string[];

beforeEach(async () => {
  root = mkdtempSync(path.join(tmpdir(), "report-"));
  // A store that nothing was read into yet.
  await (await openTestStore(path.join(root, "data"))).close();
  [out, told] = [[], []];
  vi.spyOn(process.stdout, "write").mockImplementation((text) => out.push(String(text)) > 0);
  vi.spyOn(console, "log").mockImplementation((text: string) => void out.push(text));
  vi.spyOn(console, "error").mockImplementation((text: string) => void told.push(text));
});
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
  rmSync(root, { recursive: true, force: true });
});

/** The exit code of a run, as the shell sees it. */
async function run(...words: readonly string[]): Promise<typeof process.exitCode> {
  out.length = 0;
  told.length = 0;
  await reportCommand().parseAsync(["run", ...words], { from: "user" });
  return process.exitCode;
}

function configFile(text: string): string {
  const file = path.join(root, "settings.yaml");
  writeFileSync(file, text);
  return file;
}

async function filled(workspace: Workspace): Promise<string> {
  const place = "AWSLogs/111122223333/BedrockModelInvocationLogs/us-east-1/2026/11/20/09";
  workspace.write(`${place}/20261120T091500000Z_0123456789abcdef.json.gz`, lines(record("r-1"), record("r-2")));
  await workspace.withStore(async (store) => void (await workspace.ingest(store)));
  return path.join(workspace.root, "data");
}

const day = ["--from", "2026-11-20", "--to", "2026-11-21"];

describe("what cannot be made", () => {
  it.each([
    [["weekly"], /report "weekly" is not defined/, /defines none/],
    [["--format", "pdf"], /--format "pdf" is none/, /html, markdown, csv, json/],
    [["--format", "csv"], /stdout takes one file/, /--output/],
    [["--format", "html,json"], /stdout takes one file/, /--output/],
    [["--window", "last-year"], /window "last-year" is none/, /last-week/],
    [["--window", "last-day", ...day], /--window goes without/, /Leave one/],
    [["--from", "2026-11-20"], /--from and --to go together/, /Give both/],
    [["--from", "2026-11-21", "--to", "2026-11-20"], /not before --to/, /some time/],
    [["--from", "yesterday", "--to", "2026-11-20"], /--from "yesterday" is no time/, /2026-11-01/],
    [["--tz", "Mars/Base"], /time zone is not known/, /IANA/],
  ])("%j is an error of usage", async (words, reason, remedy) => {
    expect(await run(...words, "--data", path.join(root, "data"), "--config", configFile("store: {}"))).toBe(2);
    expect(told.join("\n")).toMatch(reason);
    expect(told.join("\n")).toMatch(remedy);
    expect(out).toEqual([]);
  });

  it.each([
    ["--window", "last-year"],
    ["--from", "2026-11-21", "--to", "2026-11-20"],
  ])("%j … is an error of usage also where there is no store", async (...words) => {
    expect(await run(...words, "--data", path.join(root, "none"), "--config", configFile("store: {}"))).toBe(2);
  });

  it("names a file of prices that cannot be read", async () => {
    const config = configFile("prices: { overrides: gone.yaml }");
    expect(await run("--data", path.join(root, "data"), "--config", config)).toBe(2);
    expect(told).toEqual(["gone.yaml could not be read\nName a readable file in prices.overrides."]);
  });

  it("names the reports that are defined", async () => {
    const config = configFile("reports: [{ id: weekly, title: A }, { id: monthly, title: B }]");
    expect(await run("wekly", "--data", path.join(root, "data"), "--config", config)).toBe(2);
    expect(told.join("\n")).toContain("Name one of: weekly, monthly.");
  });

  it.each([
    ["reports: [{ id: A, title: x }]", /reports\.0\.id/],
    ["reports: [{ id: a, title: x, schedule: daily }]", /schedule/],
    ["reports: [{ id: a, title: x }, { id: a, title: y }]", /same id/],
    ["reports: [{ id: a, title: x, formats: [pdf] }]", /formats/],
    ["reports: [{ id: a, title: x, window: last-year }]", /last-week/],
  ])("%s is an error of configuration", async (text, reason) => {
    expect(await run("a", "--data", path.join(root, "data"), "--config", configFile(text))).toBe(2);
    expect(told.join("\n")).toMatch(reason);
  });
});

describe("what can be made", () => {
  it("is listed, each time that it was made, until records come too late for it", () =>
    inWorkspace(async (workspace) => {
      const data = await filled(workspace);
      for (const _ of [1, 2]) await run(...day, "--data", data, "--format", "json");
      out.length = 0;
      await reportCommand().parseAsync(["list", "--json", "--data", data], { from: "user" });
      const { runs } = JSON.parse(out.join("")) as { runs: Record<string, unknown>[] };
      expect(runs.map(({ revision, state }) => [revision, state])).toEqual([
        [2, "rendered"],
        [1, "rendered"],
      ]);
      expect(runs[0]).toMatchObject({
        reportId: "adhoc",
        from: "2026-11-20T00:00:00.000Z",
        to: "2026-11-21T00:00:00.000Z",
        amendedAt: null,
      });
      out.length = 0;
      await reportCommand().parseAsync(["list", "--data", data], { from: "user" });
      expect(out[0]).toMatch(/^r_[a-z2-7]{26}\.2 Bedrock audit: 2026-11-20T00:00:00.000Z to 2026-11-21/);
    }));

  it("says so when none was made", async () => {
    await reportCommand().parseAsync(["list", "--data", path.join(root, "data")], { from: "user" });
    expect(out).toEqual(["no report was made from this store yet"]);
  });

  it("exits 3 over an empty store, and says that nothing was evaluated", async () => {
    expect(await run("--data", path.join(root, "data"), "--format", "json")).toBe(3);
    const document = ReportDocument.parse(JSON.parse(out.join("")));
    expect(document.verdict).toEqual({ evaluated: false, text: "NOT EVALUATED: no source was read." });
    expect(told[0]).toBe("NOT EVALUATED: no source was read.");
  });

  it("exits 4 while a place is not read to the end, and 0 when all is known", () =>
    inWorkspace(async (workspace) => {
      const data = await filled(workspace);
      expect(await run("--data", data, "--format", "json", ...day)).toBe(4);
      const late = ReportDocument.parse(JSON.parse(out.join("")));
      expect(late.usage.totals.values.invocations).toBe(2);
      expect(late.marks).toEqual(["PROVISIONAL"]);
      expect(told.join("\n")).toContain("PROVISIONAL: no detection has run");
      await workspace.withStore(async ({ catalog }) => {
        const at = Date.parse("2026-11-21T00:10:00Z");
        await catalog
          .insertInto("detect_runs")
          .values({ id: "d", at, from_at: 0, to_at: at, ran: 1, body: "{}" })
          .execute();
        await catalog.insertInto("meta").values({ key: "demo", value: "1" }).execute();
      });
      const hour = ["--from", "2026-11-20T09:00:00Z", "--to", "2026-11-20T10:00:00Z"];
      expect(await run("--data", data, "--format", "json", ...hour)).toBe(0);
      expect(ReportDocument.parse(JSON.parse(out.join(""))).marks).toEqual(["DEMO DATA"]);
    }));

  it("writes the files of a definition, for the owner alone", () =>
    inWorkspace(async (workspace) => {
      const data = await filled(workspace);
      const config = configFile(
        "reports: [{ id: weekly, title: Friday, window: last-30d, timeZone: Europe/Berlin, formats: [html, csv, json] }]",
      );
      const folder = path.join(root, "a", "b");
      expect(await run("weekly", "--data", data, "--config", config, "--output", folder, ...day)).toBe(4);
      const names = readdirSync(folder);
      expect(names).toEqual(expect.arrayContaining(["report.html", "report.json", "usage.csv", "usage-by-model.csv"]));
      expect(names).not.toContain("report.md");
      expect(out.map((file) => path.basename(file)).toSorted()).toEqual(names.toSorted());
      expect(statSync(path.join(folder, "report.html")).mode & 0o777).toBe(0o600);
      const document = ReportDocument.parse(JSON.parse(readFileSync(path.join(folder, "report.json"), "utf8")));
      expect(document.report).toMatchObject({ id: "weekly", title: "Friday" });
      expect(document.window).toEqual({
        from: "2026-11-19T23:00:00.000Z",
        to: "2026-11-20T23:00:00.000Z",
        timeZone: "Europe/Berlin",
      });
    }));

  it("names the folder that cannot be written", async () => {
    const file = configFile("store: {}");
    expect(await run("--data", path.join(root, "data"), "--output", path.join(file, "x"))).toBe(2);
    expect(told.join("\n")).toContain("could not be written");
    expect(existsSync(path.join(file, "x"))).toBe(false);
  });
});
