import { randomBytes } from "node:crypto";
import path from "node:path";
import { simulatedCredentials } from "../../scripts/demo/aws/keys.ts";
import { openAws } from "../../server/aws/aws.ts";
import { discoverSources } from "../../server/ingest/discovery.ts";
import { ingest } from "../../server/ingest.ts";
import { silentLog } from "../../server/lib/log.ts";
import { folderSources } from "../../server/sources/folder.ts";
import { takeLease } from "../../server/store/lease.ts";
import { openStore } from "../../server/store/open-store.ts";
import { account } from "../aws/small-world.ts";
import { homeRegion } from "./stage.ts";

/* Ingests a folder once, or what AWS at an address has, in a process that can be killed at any moment. */

const [, , root = "", endpoint] = process.argv;
const clock = Date.now;
const signal = new AbortController().signal;

async function sourcesOf() {
  if (endpoint === undefined) {
    const found = await folderSources({ path: path.join(root, "logs"), clock });
    return found.map((source) => ({ source, origin: "configured" as const }));
  }
  const credentials = async () => simulatedCredentials(account);
  const aws = openAws({ endpoint, region: homeRegion, credentials, quotaShare: 1e6, clock, log: silentLog });
  return (await discoverSources(aws, { regions: [homeRegion], signal })).sources;
}

const store = await openStore({
  dataDir: path.join(root, "data"),
  clock,
  random: (bytes) => randomBytes(bytes),
  log: silentLog,
});
const lease = await takeLease(store, "kill test");
const sources = await sourcesOf();
process.stdout.write("started\n");
await ingest({ store, lease, sources }, { once: true, since: "30d", signal, workers: 1 });
await lease.release();
await store.close();
