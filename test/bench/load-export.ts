import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { api } from "../../server/domain/api.ts";
import { familyRss, rssOf } from "./ingest.ts";
import type { LoadServer } from "./load-client.ts";
import { lakeRange } from "./query-lake.ts";

/** A piece a turn: about a megabyte a second. */
const slowMs = 60;

/** Takes all rows as a file: little at a time for so many seconds, then as fast as it comes. The file is held against its manifest. */
export async function exportAll({ pid, url }: LoadServer, slowSeconds: number) {
  const headers = {
    "content-type": "application/json",
    "x-bedrock-audit": "1",
    origin: url,
    "accept-encoding": "identity",
  };
  const post = (body: object) =>
    fetch(url + api.exportStart.path, { method: "POST", headers, body: JSON.stringify(body) });
  // One day first: the engine of long work starts with it, and fills what it keeps.
  const day = { from: lakeRange.from, to: new Date(Date.parse(lakeRange.from) + 86_400_000).toISOString() };
  for await (const _ of await fileOf(await post({ range: day, format: "ndjson" }))) continue;

  const before = { server: rssOf(pid), all: familyRss(pid) };
  const most = { ...before };
  const timer = setInterval(() => {
    most.server = Math.max(most.server, rssOf(pid));
    most.all = Math.max(most.all, familyRss(pid));
  }, 200);
  const begun = performance.now();
  const hash = createHash("sha256");
  let slowBytes = 0;
  const started = await post({ range: lakeRange, format: "ndjson" });
  const { id } = api.exportStart.output.parse(await started.clone().json());
  for await (const chunk of await fileOf(started)) {
    hash.update(chunk);
    if (performance.now() - begun > slowSeconds * 1_000) continue;
    slowBytes += chunk.length;
    await sleep(slowMs);
  }
  clearInterval(timer);
  const told = await fetch(url + api.exportManifest.path.replace(":id", id), { headers });
  const { bytes, rows, sha256, state } = api.exportManifest.output.parse(await told.json());
  return {
    rows,
    state: sha256 === hash.digest("hex") ? state : "another file",
    megabytes: Math.round(bytes / 1e6),
    slowMegabytes: Math.round(slowBytes / 1e6),
    seconds: Math.round((performance.now() - begun) / 1_000),
    serverRssGrownMegabytes: Math.round((most.server - before.server) / 1e6),
    allRssGrownMegabytes: Math.round((most.all - before.all) / 1e6),
  };

  async function fileOf(ticket: Response): Promise<AsyncIterable<Uint8Array>> {
    const { id: file } = api.exportStart.output.parse(await ticket.json());
    const response = await fetch(url + api.exportFile.path.replace(":id", file), { headers });
    if (response.body === null) throw new Error(`the file was refused: ${response.status}`);
    return response.body;
  }
}
