import { simulatedCredentials } from "../../scripts/demo/aws/keys.ts";
import type { Fault } from "../../scripts/demo/aws/faults.ts";
import { startSimulatedAws } from "../../scripts/demo/aws/simulated-aws.ts";
import type { SimulatedSecurityHub, World } from "../../scripts/demo/aws/world.ts";
import { openAws } from "../../server/aws/aws.ts";
import { published, type PublishOptions } from "../../server/check-publish.ts";
import type { CheckReport, ControlResult } from "../../server/domain/compliance.ts";
import { silentLog } from "../../server/lib/log.ts";
import { account, anAccount, aWorld, now, otherAccount } from "../aws/small-world.ts";
import { aResult, checkReport, withResults } from "../reports/check-document.ts";

export const publisher = "bedrock-audit-publish";

export function aHub(over: Partial<SimulatedSecurityHub> = {}): SimulatedSecurityHub {
  return { role: publisher, findings: new Map(), ...over };
}

/** Two accounts whose publishing role can be assumed, and their Security Hub. */
export function hubWorld(securityHub: SimulatedSecurityHub, over: Partial<World> = {}): World {
  const roles = { assumableRoles: ["bedrock-audit", publisher] };
  return aWorld({ accounts: [anAccount(account, roles), anAccount(otherAccount, roles)], securityHub, ...over });
}

/** A whole run that is well, and found this. */
export function reportOf(results: readonly ControlResult[], over: Partial<CheckReport["run"]> = {}): CheckReport {
  const report = withResults(checkReport(), results);
  return { ...report, run: { ...report.run, exitCode: 0, ...over } };
}

/** So many results of one control, each of its own bucket. */
export function resultsOf(count: number, over: Partial<ControlResult> = {}): readonly ControlResult[] {
  return Array.from({ length: count }, (_, at) =>
    aResult({ id: at.toString(16).padStart(32, "0"), resource: `bucket:logs-${at}`, ...over }),
  );
}

/** Publishes by the real SDK to the simulated service. */
export async function publishedTo(
  world: World,
  report: CheckReport,
  { faults = [], ...over }: Partial<PublishOptions> & { readonly faults?: readonly Fault[] } = {},
) {
  const simulated = await startSimulatedAws(world, { clock: () => now, faults: { seed: 1, faults } });
  const began = Date.now();
  const aws = openAws({
    endpoint: simulated.url,
    region: "us-east-1",
    purpose: "checking",
    quotaShare: 1_000,
    roleName: publisher,
    alsoInOwn: true,
    clock: () => now + Date.now() - began,
    log: silentLog,
    credentials: async () => simulatedCredentials(account),
  });
  try {
    const done = await published(report, { aws, roleName: publisher, home: null, given: null, ...over });
    const imports = simulated.requests().filter(({ api }) => api === "BatchImportFindings");
    return { report: done, publication: done.published, imports, requests: simulated.requests() };
  } finally {
    await simulated.close();
  }
}
