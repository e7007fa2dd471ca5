import { randomBytes } from "node:crypto";
import path from "node:path";
import { ingest } from "../../server/ingest.ts";
import { silentLog } from "../../server/lib/log.ts";
import { folderSources } from "../../server/sources/folder.ts";
import { takeLease } from "../../server/store/lease.ts";
import { openStore } from "../../server/store/open-store.ts";

/* Ingests a folder once, in a process that can be killed at any moment. */

const [, , root = ""] = process.argv;
const deps = { clock: Date.now, random: (bytes: number) => randomBytes(bytes), log: silentLog };
const store = await openStore({ dataDir: path.join(root, "data"), ...deps });
const lease = await takeLease(store, "kill test");
const found = await folderSources({ path: path.join(root, "logs"), clock: Date.now });
const sources = found.map((source) => ({ source, origin: "configured" as const }));
process.stdout.write("started\n");
await ingest({ store, lease, sources }, { once: true, since: "30d", signal: new AbortController().signal, workers: 1 });
await lease.release();
await store.close();
