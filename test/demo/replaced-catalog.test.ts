import { existsSync, renameSync, rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { serveDemo } from "../../scripts/demo/demo.ts";
import { api } from "../../server/domain/api.ts";
import { dataPaths } from "../../server/store/data-dir.ts";
import { tempFolder } from "../store/temp-store.ts";

it("a demo whose catalog is set aside answers again, on the same port", { timeout: 240_000 }, async () => {
  const dataDir = tempFolder();
  const { catalog } = dataPaths(dataDir);
  const stop = new AbortController();
  const urls: string[] = [];
  let failure: unknown = null;
  const options = { seed: 7, days: 1, recordsPerDay: 20, port: 0, dataDir };
  const serving = serveDemo(options, stop.signal, (url) => urls.push(url)).catch((error: unknown) => (failure = error));
  const answers = async (times: number) => {
    while (failure === null) {
      const answer = urls.length < times ? null : await fetch(`${urls.at(-1)}${api.status.path}`).catch(() => null);
      if (answer?.status === 200) return;
      await sleep(100);
    }
    throw failure;
  };
  try {
    await answers(1);
    for (const suffix of ["", "-wal", "-shm"])
      if (existsSync(`${catalog}${suffix}`)) renameSync(`${catalog}${suffix}`, `${catalog}.aside${suffix}`);
    await answers(2);
    expect(urls[1]).toBe(urls[0]);
  } finally {
    stop.abort();
    await serving;
    rmSync(dataDir, { recursive: true, force: true });
  }
});
