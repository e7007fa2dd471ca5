import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { launchChromium } from "./chromium.ts";
import { startServer } from "./demo-server.ts";
import { pages } from "./pages.ts";
import { settle, themes, visit } from "./visit.ts";

const folder = "artifacts/screens";
const sizes = [
  { width: 1280, height: 800 },
  { width: 390, height: 844 },
] as const;

interface State {
  readonly name: string;
  /** Added to the page's address. */
  readonly query?: string;
  /** Before the page is opened: what its requests get. */
  readonly prepare?: (page: Page) => Promise<unknown>;
}

const states: readonly State[] = [
  { name: "ready" },
  { name: "empty", query: "&model=no-such-model" },
  {
    name: "loading",
    prepare: (page) => page.route("**/api/v1/metrics", () => undefined),
  },
  {
    name: "error",
    prepare: (page) =>
      page.route("**/api/v1/metrics", (route) =>
        route.fulfill({
          status: 504,
          contentType: "application/problem+json",
          json: {
            type: "deadline",
            title: "The query took longer than 10 s",
            status: 504,
            detail: "Nothing is shown rather than a part. A shorter range or fewer groups will answer.",
            requestId: "00000000",
            errors: [],
          },
        }),
      ),
  },
  {
    name: "partial",
    prepare: (page) =>
      page.route("**/api/v1/metrics", async (route) => {
        const response = await route.fetch();
        const partial = [{ target: "444455556666/eu-west-3", reason: "denied" }];
        await route.fulfill({ response, json: { ...((await response.json()) as object), partial } });
      }),
  },
];

/** Pages whose panels all ask for metrics: what the states do to these is seen. */
const withStates: ReadonlySet<string> = new Set(["overview", "invocations"]);

/** Pictures of every page in both themes and sizes, and of the states of two pages: somebody looks at them. */
async function takeScreens(browser: Browser, url: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const { id, path } of pages) {
    const address = await path(url);
    for (const state of states.filter(({ name }) => name === "ready" || withStates.has(id))) {
      for (const theme of themes) {
        for (const size of sizes) await takeScreen(browser, `${url}${address}`, { page: id, state, theme, ...size });
      }
    }
  }
}

interface Screen {
  readonly page: string;
  readonly state: State;
  readonly theme: (typeof themes)[number];
  readonly width: number;
  readonly height: number;
}

async function takeScreen(browser: Browser, url: string, screen: Screen): Promise<void> {
  const { state, theme, width, height } = screen;
  const { page, close } = await visit(browser, "about:blank", { theme, width, height, settled: false });
  await state.prepare?.(page);
  await page.goto(`${url}${state.query ?? ""}`);
  if (state.name === "loading") await page.waitForSelector(".sk");
  else await settle(page);
  const path = join(folder, `${screen.page}-${state.name}-${theme}-${width}.png`);
  await page.screenshot({ path, fullPage: true, animations: "disabled" });
  console.error(path);
  await close();
}

const browser = await launchChromium();
if (browser !== null) {
  const server = await startServer();
  try {
    await takeScreens(browser, server.url);
  } finally {
    await browser.close();
    await server.close();
  }
}
