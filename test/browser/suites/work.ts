import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { api } from "../../../server/domain/api.ts";
import type { Controls } from "../../../server/domain/compliance-answers.ts";
import { ExportManifest } from "../../../server/domain/export.ts";
import type { Invocation } from "../../../server/domain/invocation.ts";
import { RevealedContent } from "../../../server/domain/invocation-answers.ts";
import { ask } from "../ask.ts";
import type { Stage } from "../stage.ts";
import { findingWithExcerpts, recordPath } from "../pages.ts";
import { settle } from "../visit.ts";

const reason = "looking into a finding";

async function reveal(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Reveal content…" }).click();
  await page.getByLabel("Reason").fill(reason);
  await page.getByRole("button", { name: "Reveal", exact: true }).click();
}

export function workSuite({ open, server }: Stage): void {
  /** A record whose text is shown, on a page whose clock is ours. */
  async function revealed() {
    const visit = await open(await recordPath(server.url), { settled: false });
    await visit.page.clock.install();
    await visit.page.reload();
    await settle(visit.page);
    await reveal(visit.page);
    await visit.page.waitForSelector(".content");
    return visit;
  }

  it("shows the text of a record only after the trail has the reader, and keeps it nowhere", async () => {
    const path = await recordPath(server.url);
    const { page, complaints, close } = await open(path);
    expect(await page.locator(".content").count()).toBe(0);
    await reveal(page);
    const text = await page.locator(".content").first().innerText();
    expect(text.length).toBeGreaterThan(5);
    expect(await page.locator(":focus").getAttribute("aria-label")).toBe("Revealed content");
    const [newest] = (await ask(server.url, api.trail, {})).items;
    expect(newest).toMatchObject({ action: "reveal", reason, outcome: "allowed" });
    expect(newest?.objects[0]?.id).toBe(decodeURIComponent(path.split("?")[0]?.split("/")[2] ?? ""));
    const kept = await page.evaluate<string>("JSON.stringify([localStorage, sessionStorage, history.state])");
    expect(kept).not.toContain(text.slice(0, 20));
    await page.getByRole("link", { name: "Overview" }).click();
    await page.waitForURL("**/overview?**");
    await page.goBack();
    await settle(page);
    expect(await page.locator(".content").count()).toBe(0);
    expect(complaints).toEqual([]);
    await close();
  });

  it("masks the text again when its time is over", async () => {
    const { page, close } = await revealed();
    await page.clock.fastForward("04:30");
    expect(await page.locator(".content").count()).toBeGreaterThan(0);
    await page.clock.fastForward("00:40");
    await page.getByText("its time is over").last().waitFor();
    expect(await page.locator(".content").count()).toBe(0);
    await close();
  });

  it("masks the text again after a minute in a hidden tab", async () => {
    const { page, close } = await revealed();
    await page.evaluate(`Object.defineProperty(document, "visibilityState", { value: "hidden" });
      document.dispatchEvent(new Event("visibilitychange"));`);
    await page.clock.fastForward("00:50");
    expect(await page.locator(".content").count()).toBeGreaterThan(0);
    await page.clock.fastForward("00:15");
    await page.getByText("the page was hidden for a minute").last().waitFor();
    expect(await page.locator(".content").count()).toBe(0);
    await close();
  });

  it("shows no text when the trail cannot be written", async () => {
    const { page, close } = await open(await recordPath(server.url));
    await page.route("**/reveal", (route) =>
      route.fulfill({
        status: 503,
        contentType: "application/problem+json",
        json: {
          type: "trail_unavailable",
          title: "The access trail cannot be written",
          status: 503,
          detail: "Nothing was read.",
          requestId: "00000000",
          errors: [],
        },
      }),
    );
    await reveal(page);
    await page.getByText("The access trail cannot be written").waitFor();
    expect(await page.locator(".content").count()).toBe(0);
    await close();
  });

  it("shows a hostile text as it is, in parts", async () => {
    const { page, complaints, close } = await open(await recordPath(server.url));
    const hostile = "<img src=x onerror=alert(1)>\u202Egnp [link](javascript:alert(1))\n";
    await page.route("**/reveal", async (route) => {
      const content = RevealedContent.parse(await (await route.fetch()).json());
      const segments = content.segments.slice(0, 1).map((one) => ({ ...one, text: hostile + "x".repeat(100_000) }));
      await route.fulfill({ json: { ...content, segments } });
    });
    await reveal(page);
    const place = page.locator(".content").first();
    expect(await place.textContent()).toContain(
      "<img src=x onerror=alert(1)>[U+202E]gnp [link](javascript:alert(1))\n",
    );
    expect((await place.textContent())?.length).toBeLessThan(66_000);
    await page.getByRole("button", { name: "Show more" }).click();
    expect((await place.textContent())?.length).toBeGreaterThan(100_000);
    expect(await page.locator("main img, main a[href^=javascript]").count()).toBe(0);
    expect(complaints).toEqual([]);
    await close();
  });

  it("reads a record by keyboard alone", async () => {
    const { page, close } = await open("/invocations?v=1&from=now-7d&to=now&signal=~any");
    const link = page.locator("table tbody").last().getByRole("link").first();
    await link.focus();
    await page.keyboard.press("Enter");
    await page.waitForURL("**/invocations/**");
    await settle(page);
    expect(await page.locator(":focus").textContent()).toContain("Record of");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.keyboard.type(reason);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.waitForSelector(".content");
    await close();
  });

  it("gives all records of the list as a file, and its manifest", async () => {
    const { page, complaints, close } = await open("/invocations?from=now-7d&to=now&status=success");
    const words = await page.getByRole("heading", { name: /^[\d,]+ records$/ }).innerText();
    const total = Number(words.replaceAll(/\D/g, ""));
    await page.getByRole("button", { name: "Export…" }).click();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "NDJSON, for programs" }).click(),
    ]);
    expect(download.suggestedFilename()).toMatch(
      /^DEMO-DATA-bedrock-audit-invocations-\d{8}T\d{4}-\d{8}T\d{4}[.]ndjson$/,
    );
    const text = readFileSync(await download.path(), "utf8");
    const statuses = text
      .trimEnd()
      .split("\n")
      .map((line) => (JSON.parse(line) as Invocation).status);
    expect(statuses).toHaveLength(total);
    expect(new Set(statuses)).toEqual(new Set(["success"]));
    const [manifest] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("link", { name: "Manifest" }).click(),
    ]);
    const told = ExportManifest.parse(JSON.parse(readFileSync(await manifest.path(), "utf8")));
    expect(told).toMatchObject({ state: "whole", rows: total, demo: true });
    expect(told.sha256).toBe(createHash("sha256").update(text).digest("hex"));
    expect(complaints).toEqual([]);
    await close();
  });

  it("does not judge a finding that somebody else has judged meanwhile", async () => {
    const id = await findingWithExcerpts(server.url);
    const { page, close } = await open(`/findings/${id}`);
    const { finding } = await ask(server.url, api.finding, { id });
    const others = `seen in the log of ${Date.now()}`;
    await ask(server.url, api.triage, { id, act: "comment", note: others, version: finding.version });
    await page.getByLabel("Comment").fill("mine");
    await page.getByRole("button", { name: "Comment" }).click();
    await page.getByText("Somebody else was quicker").waitFor();
    await page.getByText(others).waitFor();
    expect(await page.getByLabel("Comment").inputValue()).toBe("mine");
    await page.getByRole("button", { name: "Comment" }).click();
    await page.getByRole("list", { name: "History" }).getByText("mine").last().waitFor();
    expect((await ask(server.url, api.finding, { id })).finding.version).toBe(finding.version + 2);
    await close();
  });

  it("takes a finding through its life: start, assign, resolve, reopen", async () => {
    const id = await findingWithExcerpts(server.url);
    const { page, close } = await open(`/findings/${id}`);
    const state = page.locator(".filters .state");
    await page.getByRole("button", { name: "Start work" }).click();
    await state.getByText("In progress").waitFor();
    await page.getByRole("button", { name: "Assign" }).click();
    await page.getByLabel("Who takes it").fill("analyst-2");
    await page.getByRole("dialog").getByRole("button", { name: "Assign" }).click();
    await page.getByText("Assigned to analyst-2.").last().waitFor();
    await page.getByRole("button", { name: "Resolve…" }).click();
    await page.getByLabel("Expected").check();
    const resolve = page.getByRole("dialog").getByRole("button", { name: "Resolve" });
    expect(await resolve.isDisabled()).toBe(true);
    await page.getByRole("dialog").getByLabel("Note").fill("a drill");
    await resolve.click();
    await state.getByText("Resolved").waitFor();
    await page.getByRole("button", { name: "Reopen" }).click();
    await state.getByText("New").waitFor();
    await close();
  });

  it("leaves open what was opened while an earlier act was still being answered", async () => {
    const id = await findingWithExcerpts(server.url);
    const { page, close } = await open(`/findings/${id}`);
    let answer = () => {};
    const answered = new Promise<void>((resolve) => (answer = resolve));
    await page.route("**/api/v1/status*", async (route) => {
      await answered;
      await route.continue();
    });
    await page.getByRole("button", { name: "Assign" }).click();
    await page.getByLabel("Who takes it").fill("analyst-3");
    await page.getByRole("dialog").getByRole("button", { name: "Assign" }).click();
    await page.getByText("Assigned to analyst-3.").last().waitFor();
    await page.getByRole("button", { name: "Resolve…" }).click();
    const dialog = page.getByRole("dialog", { name: "Resolve" });
    await dialog.waitFor();
    const reloaded = page.waitForResponse("**/api/v1/status*");
    answer();
    await reloaded;
    await settle(page);
    await dialog.getByLabel("Expected").check();
    await close();
  });

  it("does not take an installation that was never checked for a good one", async () => {
    const { page, close } = await open("/overview", { settled: false });
    await page.route("**/api/v1/controls", (route) =>
      route.fulfill({
        json: { controls: [], report: null, newer: null, detectionWaivers: null } satisfies Controls,
      }),
    );
    await page.goto(`${server.url}/compliance`);
    await settle(page);
    expect(await page.locator("main").innerText()).toContain("Not checked yet");
    expect(await page.locator("main").innerText()).toContain("bedrock-audit check");
    expect(await page.locator(".verdict").count()).toBe(0);
    await close();
  });

  it("leads from a verdict to its reason, and to the same in another browser", async () => {
    const { page, close } = await open("/compliance");
    await page
      .locator(".verdicts td a", { has: page.locator('[data-v="fail"]') })
      .first()
      .click();
    await page.waitForURL("**open=**");
    await page.waitForSelector("section.detail");
    const reason = await page.locator("section.detail").innerText();
    expect(await page.locator(":focus").getAttribute("id")).toBe("control-detail");
    const again = await open(new URL(page.url()).pathname + new URL(page.url()).search);
    expect(await again.page.locator("section.detail").innerText()).toBe(reason);
    await again.close();
    await close();
  });
}
