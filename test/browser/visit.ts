import type { Browser, Page } from "playwright-core";

export const themes = ["light", "dark"] as const;
type Theme = (typeof themes)[number];

export interface Visit {
  readonly page: Page;
  /** What the console, the page's errors and the content security policy complained of. */
  readonly complaints: readonly string[];
  readonly close: () => Promise<void>;
}

export interface VisitOptions {
  readonly theme?: Theme;
  readonly width?: number;
  readonly height?: number;
  /** False: comes back at once. */
  readonly settled?: boolean;
}

// Written for the page, which knows other globals than this file.
const reportViolations = `addEventListener("securitypolicyviolation", (event) =>
  console.error("policy: " + event.violatedDirective + " " + event.blockedURI + " " + event.sample))`;

/** Opens an address in a browser without history, and waits until every panel has its answer. */
export async function visit(browser: Browser, url: string, options: VisitOptions = {}): Promise<Visit> {
  const { theme = "light", width = 1280, height = 800, settled = true } = options;
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: theme,
    locale: "en-GB",
    timezoneId: "UTC",
    reducedMotion: "reduce",
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  await page.addInitScript({ content: reportViolations });
  await page.goto(url);
  if (settled) await settle(page);
  return { page, complaints, close: () => context.close() };
}

/** Until no panel is busy any more. */
export async function settle(page: Page): Promise<void> {
  await page.waitForSelector("main h1");
  await page.waitForSelector(`body:not(:has([aria-busy="true"]))`);
  await page.evaluate("document.fonts.ready.then(() => undefined)");
}

/** How far the page can be scrolled sideways, in pixels: it never should. */
export function sidewaysScroll(page: Page): Promise<number> {
  return page.evaluate<number>("document.documentElement.scrollWidth - document.documentElement.clientWidth");
}
