import { randomBytes } from "node:crypto";
import { ingest } from "../../server/ingest.ts";
import { silentLog } from "../../server/lib/log.ts";
import { folderSources } from "../../server/sources/folder.ts";
import { takeLease } from "../../server/store/lease.ts";
import { openStore } from "../../server/store/open-store.ts";

/* One ingest of a folder into an empty store, in a process whose memory is watched from outside. */

const [, , logs = "", dataDir = "", workers = "", signals = "signals"] = process.argv;
const store = await openStore({
  dataDir,
  clock: Date.now,
  random: (bytes) => randomBytes(bytes),
  log: silentLog,
});
const lease = await takeLease(store, "bench");
const sources = (await folderSources({ path: logs, clock: Date.now })).map((source) => ({
  source,
  origin: "configured" as const,
}));
const { counts, failure } = await ingest(
  { store, lease, sources },
  {
    once: true,
    since: "30d",
    signal: new AbortController().signal,
    signals: signals === "signals",
    ...(workers === "" ? {} : { workers: Number(workers) }),
  },
);
await lease.release();
await store.close();
if (failure !== null || counts.stored !== counts.read) throw new Error(`stored ${counts.stored} of ${counts.read}`);
