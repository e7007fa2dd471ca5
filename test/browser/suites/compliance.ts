import { readFileSync } from "node:fs";
import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { api } from "../../../server/domain/api.ts";
import type { Controls } from "../../../server/domain/compliance-answers.ts";
import { Status } from "../../../server/domain/status.ts";
import type { Stage } from "../stage.ts";
import { filesOfZip } from "../../lib/zip-reader.ts";
import { coverage, history, named, organisation } from "../organisation.ts";
import { settle, sidewaysScroll, themes, type VisitOptions } from "../visit.ts";

/** Thousands of elements by dozens of rules, on a machine that does other things too. */
const axeMs = 120_000;
const wcag = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
const hostile = "x/<img src=x onerror=alert(1)>\u202Egnp";

export function complianceSuite({ open, server }: Stage): void {
  /** The page over another check than that of the demo. */
  async function openOver(controls: Controls, path: string, options: VisitOptions = {}) {
    const visited = await open("/findings", { ...options, settled: false });
    await visited.page.route("**/api/v1/controls", (route) => route.fulfill({ json: controls }));
    await visited.page.goto(`${server.url}${path}`);
    await settle(visited.page);
    return visited;
  }

  /** Of the grid and its detail; the whole page is looked at elsewhere. */
  const violations = async (page: Page) => {
    const found = await new AxeBuilder({ page }).include("section:has(.verdicts)").withTags(wcag).analyze();
    expect(found.passes.length).toBeGreaterThan(10);
    return found.violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]);
  };

  it("has a page for each control: every target with verdict, resource and reason, the worst first", async () => {
    const { page, complaints, close } = await openOver(named(hostile), "/compliance");
    await page.locator(".verdicts thead").getByRole("link", { name: "S3 log retention" }).click();
    await page.waitForURL("**/compliance/s3-log-retention**");
    const table = page.getByRole("region", { name: "Verdict of this control for each target, the worst first" });
    expect(await table.locator("tbody tr").first().innerText()).toMatch(/111122223333\/us-east-1[^]*Fail[^]*High/);
    expect(await page.locator("main").innerText()).toContain("CIS v8 8.10 (");
    await table.getByRole("link", { name: "111122223333/us-east-1" }).first().press("Enter");
    const detail = page.locator("section.detail");
    await detail.getByRole("button", { name: "Copy" }).waitFor();
    expect(await detail.innerText()).toContain("<img src=x onerror=alert(1)>[U+202E]gnp");
    expect(await page.locator("main img").count()).toBe(0);
    await page.keyboard.press("Escape");
    await detail.waitFor({ state: "detached" });
    expect(await page.locator(":focus").innerText()).toBe("111122223333/us-east-1");
    await page.getByRole("link", { name: "Compliance", exact: true }).last().click();
    await page.waitForURL(/\/compliance\?/);
    expect(complaints).toEqual([]);
    await close();
  });

  it("has no page for what is no control", async () => {
    const { page, close } = await openOver(organisation(), "/compliance/no-such-control");
    expect(await page.locator("main").innerText()).toContain("There is no control no-such-control");
    await close();
  });

  it("names a newer run of less, and shows that of all", async () => {
    const scope = { accounts: ["111122223333"], regions: [hostile], without: ["logging-unbroken"] };
    const newer = { id: "b", clock: "2026-09-15T13:00:00.000Z", scope };
    const { page, close } = await openOver({ ...organisation(), newer }, "/compliance");
    expect(await page.locator("main").innerText()).toMatch(
      /a run of 15 Sept? 13:00 looked at less: account 111122223333; region x\/<img src=x onerror=alert\(1\)>\[U\+202E\]gnp; not the control logging-unbroken/,
    );
    await close();
  });

  it("gives the run that is shown as a file", async () => {
    const { page, close } = await open("/compliance");
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("link", { name: "Snapshot" }).click(),
    ]);
    expect(download.suggestedFilename()).toMatch(/^DEMO-DATA-bedrock-audit-check-\d{4}-\d\d-\d\d-[0-9A-Z]{26}\.json$/);
    const file = api.snapshot.output.parse(JSON.parse(readFileSync(await download.path(), "utf8")));
    expect(file.snapshot?.length).toBeGreaterThan(10);
    await close();
  });

  it("gives an evidence pack of that run, with the reason that was asked for first", async () => {
    const { page, complaints, close } = await open("/compliance");
    await page.getByRole("button", { name: "Evidence pack…" }).click();
    await page.getByLabel("Reason").fill("asked by the auditor");
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Make the pack" }).click(),
    ]);
    expect(download.suggestedFilename()).toMatch(/^DEMO-DATA-bedrock-audit-pack-\d{4}-\d\d-\d\d-[0-9A-Z]{26}\.zip$/);
    const files = filesOfZip(readFileSync(await download.path()));
    expect(files.get("query.json")).toContain("asked by the auditor");
    expect(files.get("README.txt")).toContain("DEMO DATA");
    expect([...files.keys()].filter((name) => name.startsWith("snapshot/")).length).toBeGreaterThan(10);
    await page.getByText("The pack is made").waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  it("says why there is no pack", async () => {
    const { page, close } = await open("/compliance");
    await page.route("**/api/v1/packs", (route) => route.abort());
    await page.getByRole("button", { name: "Evidence pack…" }).click();
    await page.getByRole("button", { name: "Make the pack" }).click();
    await page.getByText("No pack was made: the server could not be reached").waitFor();
    await close();
  });

  it("filters by the address: rows, columns and a chip for each; what is left out is counted", async () => {
    const { page, close } = await openOver(
      organisation(),
      "/compliance?verdict=FAIL&control=logs-complete&control=delivery-alive&region=!eu-north-1",
    );
    expect(await page.locator(".verdicts thead th").count()).toBe(3);
    const rows = page.locator(".verdicts tbody tr");
    expect(await rows.count()).toBeGreaterThan(2);
    expect(await rows.count()).toBe(await rows.filter({ has: page.locator('[data-v="fail"]') }).count());
    expect(await page.locator("main").innerText()).toContain(`${await rows.count()} of 170 targets, 2 controls`);
    await page.getByRole("button", { name: "Remove filter Verdict is Fail" }).click();
    expect(await rows.count()).toBe(160);
    await page.goBack();
    await page.getByRole("button", { name: "Remove filter Verdict is Fail" }).waitFor();
    await close();
  });

  it("chooses a filter by hand, into the address", async () => {
    const { page, close } = await openOver(organisation(), "/compliance");
    await page.getByRole("button", { name: "Account: all" }).click();
    await page.getByRole("checkbox", { name: /^111122223333/ }).check();
    await page.getByRole("button", { name: "Only these" }).click();
    await page.waitForURL("**account=111122223333**");
    expect(await page.locator(".verdicts tbody tr").count()).toBe(17);
    await close();
  });

  it("lists every target that has no row, with its reason", async () => {
    const { page, close } = await openOver(organisation(), "/compliance");
    await page.getByText("10 targets excluded").click();
    const list = page.getByRole("region", { name: "Targets without a row, and why" });
    expect(await list.locator("tbody tr").count()).toBe(10);
    expect(await list.innerText()).toContain("the region is not enabled in this account");
    await close();
  });

  it("is walked by keyboard: one tab stop, arrows between cells, Enter opens, Escape leads back", async () => {
    const { page, close } = await openOver(organisation(), "/compliance");
    expect(await page.locator('.verdicts a[tabindex="0"]').count()).toBe(1);
    await page.locator('.verdicts a[tabindex="0"]').focus();
    for (const key of ["ArrowDown", "ArrowDown", "ArrowRight", "End", "ArrowLeft", "PageDown"])
      await page.keyboard.press(key);
    expect(await page.locator(":focus").getAttribute("data-cell")).toBe("12 8");
    expect(await page.locator('.verdicts a[tabindex="0"]').count()).toBe(1);
    await page.keyboard.press("Enter");
    await page.waitForSelector("section.detail");
    expect(await page.locator(":focus").getAttribute("id")).toBe("control-detail");
    await page.keyboard.press("Escape");
    await page.waitForSelector("section.detail", { state: "detached" });
    expect(await page.locator(":focus").getAttribute("data-cell")).toBe("12 8");
    await page.keyboard.press("Control+End");
    expect(await page.locator(":focus").getAttribute("data-cell")).toBe("169 9");
    expect(await page.locator(":focus").isVisible()).toBe(true);
    await close();
  });

  it("tells of a cell all that is known: reason, days, waiver, gaps, drift, frameworks, evidence", async () => {
    const at = "111122223333/us-east-1";
    const { page, close } = await openOver(named("logs"), `/compliance?open=s3-log-retention/${at}`);
    const detail = page.locator("section.detail");
    const kept = await detail.innerText();
    for (const words of [
      "keeps records 7 days, needed 30",
      "7 days; readable without a restore: 7 days",
      "fails now, by a change in AWS",
      "CIS v8 8.10 (Retain audit logs)",
      "Warning: Rule logs hides them sooner.",
    ])
      expect(kept).toContain(words);
    expect(kept).not.toContain("compliant");
    await detail.getByText("s3Store.lifecycle", { exact: true }).click();
    const evidence = await detail.innerText();
    for (const words of ["REQUEST1", "arn:aws:iam::111122223333:user/auditor", "a".repeat(64), '"rules"'])
      expect(evidence).toContain(words);
    await page.goto(`${server.url}/compliance?open=logging-unbroken/${at}`);
    await settle(page);
    const waived = await detail.innerText();
    for (const words of ["Waived", "SEC-881", "alice@example.com", "2026-12-31", "Without it: Fail", "up to 240 calls"])
      expect(waived).toContain(words);
    await close();
  });

  it("copies a command; where the browser does not allow it, the command is selected", async () => {
    const path = "/compliance?open=s3-log-retention/111122223333/us-east-1";
    const { page, close } = await openOver(named("logs"), path);
    const detail = page.locator("section.detail");
    const command = "aws s3api put-bucket-lifecycle-configuration --bucket logs";
    await page.evaluate(`Object.defineProperty(navigator, "clipboard", { configurable: true, value: undefined })`);
    await detail.getByRole("button", { name: "Copy" }).click();
    await detail.getByText("Selected: copy it with the keyboard").waitFor();
    expect(await page.evaluate<string>("getSelection().toString()")).toBe(command);
    await page.evaluate(`Object.defineProperty(navigator, "clipboard", { configurable: true, value: {
      writeText: async (text) => { globalThis.copied = text; } } })`);
    await detail.getByRole("button", { name: "Copy" }).click();
    await detail.getByText("Copied").waitFor();
    expect(await page.evaluate<string>("globalThis.copied")).toBe(command);
    await close();
  });

  it.each(["s3-log-retention", "logging-unbroken", "log-store-hardened"])(
    "shows hostile names as inert text in the detail of %s",
    async (control) => {
      const path = `/compliance?open=${control}/111122223333/us-east-1`;
      const { page, complaints, close } = await openOver(named(hostile), path);
      const detail = page.locator("section.detail");
      for (const summary of await detail.locator("summary").all()) await summary.click();
      expect(await page.locator("main").innerText()).toContain("<img src=x onerror=alert(1)>[U+202E]gnp");
      expect(await page.locator("main").innerText()).not.toContain("\u202E");
      expect(await page.locator("main img").count()).toBe(0);
      expect(complaints).toEqual([]);
      await close();
    },
  );

  it.each(themes)(
    "has no barrier with a detail open in the %s theme",
    async (theme) => {
      const { page, close } = await openOver(
        named("logs"),
        "/compliance?open=s3-log-retention/111122223333/us-east-1",
        {
          theme,
        },
      );
      for (const summary of await page.locator(".evidence summary").all()) await summary.click();
      expect(await violations(page)).toEqual([]);
      await close();
    },
    axeMs,
  );

  it(
    "has no barrier in a grid with each verdict",
    async () => {
      const { page, complaints, close } = await openOver(organisation(), "/compliance?account=111122223333");
      expect(await page.locator(".verdicts td a").count()).toBe(170);
      expect(await violations(page)).toEqual([]);
      expect(complaints).toEqual([]);
      await close();
    },
    axeMs,
  );

  it.each([1280, 390, 320])("does not scroll sideways at %i px with a detail of long names open", async (width) => {
    const long = "arn-".repeat(60);
    for (const control of ["s3-log-retention", "logging-unbroken"]) {
      const path = `/compliance?open=${control}/111122223333/us-east-1`;
      const { page, close } = await openOver(named(long), path, { width });
      for (const summary of await page.locator(".evidence summary").all()) await summary.click();
      expect(await sidewaysScroll(page)).toBe(0);
      await close();
    }
  });

  it("says so when a link opens a cell that is not there", async () => {
    const { page, close } = await openOver(organisation(), "/compliance?open=logs-complete/999999999999/mars-1");
    expect(await page.locator("main").innerText()).toContain("logs-complete/999999999999/mars-1 is left out");
    expect(await page.locator("section.detail").count()).toBe(0);
    await close();
  });

  it("moves in 1,700 verdicts without drawing them anew", async () => {
    const { page, close } = await openOver(organisation(), "/compliance");
    await page.locator('.verdicts a[tabindex="0"]').focus();
    await page.evaluate(`globalThis.changed = new Set();
      new MutationObserver((records) => records.forEach(({ target }) => globalThis.changed.add(target)))
        .observe(document.querySelector(".verdicts"), { subtree: true, childList: true, attributes: true })`);
    await page.keyboard.press("ArrowDown");
    await page.waitForFunction("document.activeElement.dataset.cell === '1 0'");
    expect(await page.evaluate<number>("globalThis.changed.size")).toBeLessThanOrEqual(4);
    await close();
  });

  it("shows the runs that can be compared, as a chart and the same as a table; and what changed between them", async () => {
    const { page, close } = await open("/findings", { settled: false });
    const now = Date.parse("2026-09-15T12:00:00.000Z");
    await page.route("**/api/v1/compliance/history", (route) => route.fulfill({ json: history(now) }));
    await page.goto(`${server.url}/compliance`);
    await settle(page);
    const runs = page.locator("section", { hasText: "Runs of the check" });
    expect(await runs.innerText()).toContain("5 runs. Fail 15 then, 10 now; Unknown 2 then, 2 now. 1 not to the end.");
    expect(await runs.innerText()).toContain("1 run over other accounts, regions or controls not shown");
    await runs.locator("canvas").focus();
    await page.keyboard.press("End");
    expect(await runs.locator(".plot [role=status]").innerText()).toMatch(/15 Sep.* 12:00 UTC[^]*Fail\s*10/);
    await runs.getByText("Show data table").click();
    await runs.locator("tbody tr").first().waitFor();
    expect(await runs.locator("tbody tr").count()).toBe(5);
    const changes = page.getByRole("region", { name: "Verdicts that changed, newest first" });
    expect(await changes.innerText()).toContain("fails no more, by a change in AWS");
    expect(await changes.innerText()).toContain("cannot be read any more");
    await page.goto(`${server.url}/compliance?control=logs-complete`);
    await settle(page);
    expect(await changes.locator("tbody tr").count()).toBe(1);
    await close();
  });

  it("says in the trust strip how much of the calls is stored, what is missing, and that nobody knows", async () => {
    const { page, close } = await open("/findings", { settled: false });
    let coverage: Status["coverage"] = { share: 0.9998, unknownShare: 0.2, gaps: 3 };
    await page.route("**/api/v1/status", async (route) => {
      const status = Status.parse(await (await route.fetch()).json());
      await route.fulfill({ json: { ...status, targets: [], quarantineOpen: 0, coverage } });
    });
    const strip = page.locator("header.strip");
    await page.goto(`${server.url}/overview`);
    await settle(page);
    expect(await strip.innerText()).toMatch(/coverage 99\.98\s% 3 gaps, 20\.0\s% not known/);
    expect(await strip.getByRole("link", { name: /^coverage/ }).getAttribute("title")).toMatch(/20\.0\s% of the hours/);
    coverage = { share: null, unknownShare: 1, gaps: 0 };
    await page.goto(`${server.url}/overview`);
    await settle(page);
    expect(await strip.innerText()).toContain("coverage unknown");
    await close();
  });

  it("says in the trust strip that the first reading is under way, and no share before it ends", async () => {
    const { page, close } = await open("/findings", { settled: false });
    await page.route("**/api/v1/status", async (route) => {
      const status = Status.parse(await (await route.fetch()).json());
      const hole = { from: "2026-11-01T00:00:00.000Z", reason: "objects wait to be read" };
      const targets = status.targets.map((target, index) => {
        const readThrough = index % 2 === 0 ? null : hole.from;
        return { ...target, readThrough, settledThrough: null, hole, loggingError: null };
      });
      const read = targets.map((target) => ({ ...target, logging: "on" as const }));
      const ingest = { state: "reading", units: 400, unitsDone: 100, records: 12_345, bytes: 7e6, etaSeconds: 180 };
      const none = { share: 0, unknownShare: 0.4, gaps: 0 };
      await route.fulfill({ json: { ...status, targets: read, quarantineOpen: 0, coverage: none, ingest } });
    });
    await page.goto(`${server.url}/overview`);
    await settle(page);
    const strip = page.locator("header.strip");
    const words = await strip.innerText();
    expect(words).toMatch(/First reading under way: complete in 0 of \d+ targets/);
    expect(words).toContain("coverage not known yet");
    expect(words).toMatch(/reading 25\.0\s%.*about 3 min left/);
    expect(words).not.toMatch(/late|0\.0\s%/);
    for (const part of [0, 1])
      expect(await strip.locator(".trust > li").nth(part).getAttribute("data-state")).toBe("warn");
    await close();
  });

  it.each(["/compliance", "/overview"])(
    "says on %s that the store is being filled again, or does not grow, and why",
    async (path) => {
      const { page, close } = await open("/findings", { settled: false });
      await page.route("**/api/v1/status", async (route) => {
        const status = Status.parse(await (await route.fetch()).json());
        const ingest = { state: "reading", units: 400, unitsDone: 100, records: 12_345, bytes: 7e6, etaSeconds: 180 };
        await route.fulfill({ json: { ...status, store: "refilling", notWriting: `written by ${hostile}`, ingest } });
      });
      await page.goto(`${server.url}${path}`);
      await settle(page);
      const notices = (await page.locator("main .notice").allInnerTexts()).join(" ");
      expect(notices).toContain("The store is being filled again.");
      expect(notices).toContain("Reading only.");
      expect(notices).toContain("written by x/<img src=x onerror=alert(1)>[U+202E]gnp");
      expect(await page.locator("header.strip").innerText()).toMatch(/reading 25.0\s%.*about 3 min left/);
      expect(await page.locator("progress").count()).toBe(path === "/compliance" ? 1 : 0);
      await close();
    },
  );

  it.each([1280, 390])("shows the hours of each target as shapes, words and numbers at %i px", async (width) => {
    const { page, complaints, close } = await open("/findings", { width, settled: false });
    const now = Date.parse("2026-09-15T12:00:00.000Z");
    await page.route(/compliance\/coverage/, (route) => route.fulfill({ json: coverage(now) }));
    await page.goto(`${server.url}/compliance`);
    await settle(page);
    const panel = page.locator("section", { hasText: "Coverage per hour" });
    const strips = panel.getByRole("img");
    expect(await strips.count()).toBe(3);
    expect(await strips.first().getAttribute("aria-label")).toBe("168 h covered");
    expect(await strips.nth(1).getAttribute("aria-label")).toContain("3 h hole, 67 h covered, 8 h logging off");
    expect(await strips.nth(1).locator(".c-hole").count()).toBe(2);
    expect(await strips.nth(1).locator(".c-off").count()).toBe(1);
    expect(await panel.innerText()).toMatch(/1\.6\s% of the hours are unknown/);
    await panel.getByText("Show data table").press("Enter");
    expect(await panel.getByRole("region", { name: "Coverage by target, in hours" }).locator("tbody tr").count()).toBe(
      3,
    );
    await panel.getByText("6 spans not covered").press("Enter");
    const told = panel.getByRole("region", { name: "Spans that are not covered, the worst first" });
    expect(await told.locator("tbody tr").first().innerText()).toMatch(/eu-north-2[^]*8 h[^]*logging off/);
    expect(await told.locator("tbody tr").last().innerText()).toMatch(/records complete through 15 Sept? 04:00/);
    expect(await sidewaysScroll(page)).toBe(0);
    await page.goto(`${server.url}/compliance?region=!eu-north-1`);
    await settle(page);
    expect(await strips.count()).toBe(2);
    expect(complaints).toEqual([]);
    await close();
  });

  it("lists the units of a source and day that wait first, with reason and remedy; the address holds the choice", async () => {
    const { page, complaints, close } = await open("/findings", { width: 390, settled: false });
    await page.route(/ledger\/units/, async (route) => {
      const response = await route.fetch();
      const day = api.sourceDay.output.parse(await response.json());
      const trouble = { code: "AccessDenied", reason: "Reading it was refused.", remedy: "Grant s3:GetObject." };
      const [first, ...others] = day.items.map((unit) => ({ ...unit, name: hostile }));
      await route.fulfill({ response, json: { ...day, items: [{ ...first, state: "denied", trouble }, ...others] } });
    });
    await page.goto(`${server.url}/compliance`);
    await settle(page);
    const panel = page.locator("section", { hasText: "Ledger by unit" }).last();
    expect(await panel.locator("tbody tr").last().innerText()).toContain("Holds");
    const units = panel.getByRole("region", { name: "Units of the source on the day" });
    expect(await units.locator("tbody tr").first().innerText()).toMatch(/Refused[^]*AccessDenied[^]*s3:GetObject/);
    expect(await units.innerText()).toContain("<img src=x onerror=alert(1)>[U+202E]gnp");
    expect(await page.locator("main img").count()).toBe(0);
    const before = await units.locator("tbody tr").count();
    await panel.getByText("Show by hour (UTC)").click();
    await panel.locator("details a").first().click();
    await page.waitForURL(/ledger=[^&]+&day=\d{4}-\d\d-\d\d&hour=/);
    await settle(page);
    expect(await units.locator("tbody tr").count()).toBeLessThan(before);
    await panel.getByRole("link", { name: "Show the whole day" }).click();
    await settle(page);
    expect(await units.locator("tbody tr").count()).toBe(before);
    expect([await sidewaysScroll(page), complaints]).toEqual([0, []]);
    await close();
  });
}
