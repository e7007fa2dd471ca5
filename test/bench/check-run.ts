import { randomBytes } from "node:crypto";
import { simulatedCredentials } from "../../scripts/demo/aws/keys.ts";
import { openAws } from "../../server/aws/aws.ts";
import { check } from "../../server/check.ts";
import { controls } from "../../server/controls/list.ts";
import { silentLog } from "../../server/lib/log.ts";
import { accountIds } from "./check-world.ts";

/* One check of the whole organisation, in a process of its own: prints seconds and the most memory that it held. */

const [url = "", history = ""] = process.argv.slice(2);
const aws = openAws({
  endpoint: url,
  region: "us-east-1",
  purpose: "checking",
  organization: true,
  clock: Date.now,
  log: silentLog,
  credentials: async () => simulatedCredentials(accountIds[0] ?? ""),
});
const from = performance.now();
const report = await check(
  { aws, clock: Date.now, random: (bytes) => randomBytes(bytes), log: silentLog },
  {
    organization: true,
    failOn: "high",
    allowUnknown: [],
    tool: "bench",
    controls: controls.map(({ id }) => id).filter((id) => history === "with" || id !== "logging-unbroken"),
  },
);
const { system, user } = process.cpuUsage();
const seconds = (performance.now() - from) / 1_000;
const { targets, verdicts } = report.summary;
// In kilobytes, whatever the manual of the system says.
const rssMegabytes = Math.round(process.resourceUsage().maxRSS / 1_000);
// Loading of the program included.
const cpuSeconds = (system + user) / 1e6;
console.log(JSON.stringify({ seconds, cpuSeconds, rssMegabytes, targets, verdicts }));
process.exit(0);
