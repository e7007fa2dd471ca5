import { AxeBuilder } from "@axe-core/playwright";
import { describe, expect, it } from "vitest";
import { MetricQuery, MetricResult } from "../../../server/domain/metric.ts";
import type { Stage } from "../stage.ts";
import { pages } from "../pages.ts";
import { settle, sidewaysScroll, themes } from "../visit.ts";

const hostile = "x/<img src=x onerror=alert(1)>\u202Egnp";
/** Thousands of elements by dozens of rules, on a machine that does other things too. */
const axeMs = 120_000;
/** "1 records" */
const oneOfMany =
  /(?<![\d.,–-])1 (calls|changes|checks|controls|detections|findings|models|objects|records|regions|runs|targets|units)\b/;
const wcag = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

export function pagesSuite({ open, server }: Stage): void {
  describe.each(pages)("$id", ({ path }) => {
    it.each(themes)(
      "has no complaint, no barrier and no sideways scroll in the %s theme, and says that its data is invented",
      async (theme) => {
        const { page, complaints, close } = await open(await path(server.url), { theme });
        // Colours alone differ between the themes.
        const axe = new AxeBuilder({ page });
        const rules = theme === "light" ? axe.withTags(wcag) : axe.withRules("color-contrast");
        const { violations, passes } = await rules.analyze();
        expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
        expect(passes.length).toBeGreaterThan(theme === "light" ? 15 : 0);
        expect(complaints).toEqual([]);
        expect(await sidewaysScroll(page)).toBe(0);
        expect(await page.title()).toMatch(/^DEMO DATA · /);
        expect(await page.locator("header .demo").textContent()).toBe("DEMO DATA");
        expect(await page.locator("main").innerText()).not.toMatch(oneOfMany);
        await close();
      },
      axeMs,
    );

    it("does not scroll sideways at 1920, 390 and 320 px", async () => {
      const { page, close } = await open(await path(server.url), { width: 1920 });
      for (const width of [1920, 390, 320]) {
        await page.setViewportSize({ width, height: 800 });
        await settle(page);
        expect(await sidewaysScroll(page), `${width} px`).toBe(0);
      }
      await close();
    });
  });

  it("leads from a number to its records, and back", async () => {
    const { page, close } = await open("/overview?v=1&from=now-7d&to=now");
    const number = page.locator("section.tile", { hasText: "Invocations" }).locator("a.num").first();
    await number.click();
    await page.waitForURL("**/invocations?**");
    expect(new URL(page.url()).searchParams.get("n")).toMatch(/^\d+$/);
    await page.getByText("the number you clicked").waitFor();
    await page.goBack();
    await page.waitForURL("**/overview?**");
    expect(await page.locator("h1").textContent()).toBe("Overview");
    await close();
  });

  it("says of what is still asked for nothing, least of all that it is not available", async () => {
    const { page, close } = await open("/overview", { settled: false });
    await page.route("**/api/v1/findings/query", () => undefined);
    await page.goto(`${server.url}/overview?v=1&from=now-7d&to=now`);
    const band = page.locator("section.band");
    await band.waitFor();
    expect(await band.getAttribute("aria-busy")).toBe("true");
    expect(await band.innerText()).not.toMatch(/n\/a|\d/);
    await close();
  });

  it("shows no number when the address cannot be read", async () => {
    const { page, close } = await open("/overview?cost=abc..20&colour=red");
    expect(await page.locator(".callout.bad").textContent()).toContain("cost");
    expect(await page.locator("main").textContent()).toContain("colour");
    expect(await page.locator("section.panel").count()).toBe(0);
    await page.getByRole("button", { name: "Leave it out" }).click();
    await page.locator("section.panel").first().waitFor();
    expect(await page.locator(".callout.bad").count()).toBe(0);
    await close();
  });

  it("is walked by keyboard: skip link, points of the chart, records", async () => {
    const { page, close } = await open("/overview?v=1&from=now-7d&to=now");
    await page.keyboard.press("Tab");
    expect(await page.locator(":focus").textContent()).toBe("Skip to content");
    await page.locator("canvas").focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    expect(await page.locator(".plot [role=status]").textContent()).toContain("2");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/invocations?**");
    await close();
  });

  it("shows names from records as inert text, with what hides in them", async () => {
    const { page, complaints, close } = await open("/overview", { settled: false });
    await page.route("**/api/v1/metrics", async (route) => {
      const response = await route.fetch();
      const result = MetricResult.parse(await response.json());
      const rows = result.rows.map((row) => ({ ...row, key: row.key?.map(() => hostile) ?? null }));
      await route.fulfill({ response, json: { ...result, rows: rows.slice(0, 1) } });
    });
    await page.goto(`${server.url}/overview?v=1&from=now-7d&to=now&group=model`);
    await settle(page);
    const text = await page.locator("main").innerText();
    expect(text).toContain("<img src=x onerror=alert(1)>[U+202E]");
    expect(await page.locator("main img").count()).toBe(0);
    expect(complaints).toEqual([]);
    await close();
  });

  it("never draws the answer to an old question", async () => {
    const { page, close } = await open("/overview?v=1&from=now-7d&to=now");
    await page.route("**/api/v1/metrics", async (route) => {
      const { dimensions } = MetricQuery.parse(route.request().postDataJSON());
      if (dimensions.includes("region")) await new Promise((resolve) => setTimeout(resolve, 1_000));
      await route.continue().catch(() => undefined);
    });
    await page.getByRole("button", { name: "Region", exact: true }).click();
    await page.getByRole("button", { name: "Operation", exact: true }).click();
    await page.waitForTimeout(1_500);
    await settle(page);
    expect(await page.locator("figure.chart canvas").getAttribute("aria-label")).toContain("by operation");
    const legend = await page.locator(".legend").first().innerText();
    expect(legend).not.toMatch(/us-east-1|eu-central-1/);
    await close();
  });

  it("opens the navigation behind a button on a phone", async () => {
    const { page, close } = await open("/overview", { width: 390 });
    const link = page.getByRole("link", { name: "Models & cost" });
    expect(await link.isVisible()).toBe(false);
    await page.getByRole("button", { name: "Pages" }).click();
    await link.click();
    await page.waitForURL("**/models?**");
    expect(await page.locator(":focus").textContent()).toBe("Models & cost");
    await close();
  });

  it("keeps a chosen theme", async () => {
    const { page, close } = await open("/overview", { theme: "light" });
    await page.getByRole("button", { name: "Switch to the dark theme" }).click();
    await page.reload();
    expect(await page.locator("html").getAttribute("data-theme")).toBe("dark");
    await close();
  });

  it("holds the data table to exactly what is plotted, each cell a link", async () => {
    const { page, close } = await open("/overview?v=1&from=now-7d&to=now&bucket=1d");
    await page.locator("details.data summary").first().click();
    const rows = page.locator("details.data tbody tr");
    await rows.first().waitFor();
    expect(await rows.count()).toBeGreaterThanOrEqual(7);
    expect(await rows.first().locator("td a").count()).toBeGreaterThan(0);
    await close();
  });
}
