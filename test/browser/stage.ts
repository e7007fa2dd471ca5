import type { Browser } from "playwright-core";
import { afterAll, beforeAll } from "vitest";
import { patienceMs, startServer, type RunningServer } from "./demo-server.ts";
import { visit, type Visit, type VisitOptions } from "./visit.ts";

/** What the suites share: to read the demo takes longer than to look at it. */
export interface Stage {
  readonly server: Pick<RunningServer, "url">;
  /** Visits an address of the server. */
  readonly open: (path: string, options?: VisitOptions) => Promise<Visit>;
}

/** The demo and the browser before it, until the file ends. */
export function openStage(browser: Browser | null): Stage {
  let running: RunningServer | null = null;
  beforeAll(async () => {
    running = await startServer();
  }, patienceMs + 60_000);
  afterAll(async () => {
    await browser?.close();
    await running?.close();
  });
  const server = {
    get url() {
      if (running === null) throw new Error("no server");
      return running.url;
    },
  };
  return {
    server,
    async open(path, options = {}) {
      if (browser === null) throw new Error("no browser");
      return visit(browser, `${server.url}${path}`, options);
    },
  };
}
