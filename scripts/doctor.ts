import { randomBytes } from "node:crypto";
import { Command, InvalidArgumentError } from "commander";
import type { Config } from "../server/config.ts";
import { doctor, type DoctorLine, type DoctorReport, type DoctorState } from "../server/doctor.ts";
import { hostLines } from "../server/doctor-host.ts";
import { visibleText } from "../server/domain/visible-text.ts";
import { safeJson } from "../server/lib/safe-json.ts";
import { awsOf, publishing } from "../server/setup.ts";
import { openDemoAws } from "./check-demo.ts";
import { written } from "./check-output.ts";
import { guarded, stderrLog } from "./command.ts";
import { configOf, type WhereFlags, withWhereOptions } from "./where-flags.ts";

const roles = ["audit", "reader", "publisher"] as const;
/** Who publishes nothing has no such role. */
const usual: readonly Role[] = ["audit", "reader"];
type Role = (typeof roles)[number];

interface Flags extends WhereFlags {
  readonly role?: readonly Role[];
  readonly json?: boolean;
}

/** What the roles may, lack and may too much goes to stdout; the exit code is set last. */
export function doctorCommand(): Command {
  const command = new Command("doctor")
    .description("Which permissions each role has, lacks, or has too many of. Changes nothing, reads no log.")
    .option(
      "--role <name>",
      "audit (for check), reader (for serve and ingest), publisher (for check --publish); again for more (default the first two)",
      gathered,
    );
  return withWhereOptions(command)
    .option("--json", "print the report as JSON")
    .option("--data <dir>", "data directory whose file modes are looked at (default ./data)")
    .option("--config <file>", "configuration file (default bedrock-audit.yaml, if there)")
    .option("--demo", "look at the simulated organisation of the demo, no AWS account is touched")
    .action((flags: Flags) => guarded(() => run(flags)));
}

async function run(flags: Flags): Promise<number> {
  const config = configOf(flags);
  const { aws, close, publisher } = await openSide(config, flags.demo === true);
  try {
    const { organization, regions, roleName } = config.aws;
    const asked = flags.role ?? usual;
    const importing = { aws: publisher, roleName: config.publish.securityHub.roleName };
    const report = await doctor(aws, {
      roles: asked.filter((role) => role !== "publisher"),
      publisher: asked.includes("publisher") ? importing : null,
      regions,
      roleName,
      organization,
      host: hostLines({ dataDir: config.store.dir, host: config.server.host }),
      nobody: `bedrock-audit-doctor-${randomBytes(8).toString("hex")}`,
    });
    await written(flags.json === true ? `${safeJson(report)}\n` : doctorText(report));
    return report.exitCode;
  } finally {
    await close();
  }
}

async function openSide(config: Config, isDemo: boolean) {
  const { accounts, organization } = config.aws;
  if (!isDemo) {
    const how = { purpose: "checking", sessionName: "bedrock-audit-doctor" } as const;
    const aws = awsOf(config, stderrLog, undefined, how);
    const publisher = awsOf(config, stderrLog, undefined, { ...publishing(config), ...how });
    return { aws, publisher, close: async () => {} };
  }
  const chosen = { organization, ...(accounts.length === 0 ? {} : { accounts }) };
  return openDemoAws({ clock: Date.now, log: stderrLog, ...chosen });
}

const order: readonly DoctorState[] = ["EXCESS", "MISSING", "UNKNOWN", "OK"];

/** By role and account; what is wrong stands first. A policy stands whole, to be pasted. */
export function doctorText({ caller, lines, mends, notLookedAt }: DoctorReport): string {
  const nameOf = ({ account, role }: DoctorLine) => (account === null ? role : `${role} ${account}`);
  const blocks = [...new Set(lines.map(nameOf))].map((name) =>
    [`${name}:`, ...wordsOf(lines.filter((line) => nameOf(line) === name))].join("\n"),
  );
  const policies = mends.map(({ account, policy, role, why }) =>
    [
      `${why} ${role} ${account}: ${why === "EXCESS" ? "deny it" : "the whole policy"}`,
      JSON.stringify(policy, null, 2),
    ].join("\n"),
  );
  const counts = order.map((state) => `${state} ${lines.filter((line) => line.state === state).length}`);
  const others = notLookedAt.map(({ what, why }) => `not looked at: ${what}; ${why}`).join("\n");
  return `${[`caller: ${visibleText(caller)}`, ...blocks, ...policies, others, counts.join(" · ")].join("\n\n")}\n`;
}

function wordsOf(lines: readonly DoctorLine[]): readonly string[] {
  return order.flatMap((state) =>
    lines
      .filter((line) => line.state === state)
      .map(({ action, said }) => `  ${state.padEnd(7)}  ${visibleText(action)}  ${visibleText(said)}`),
  );
}

function gathered(value: string, before: readonly Role[] | undefined): readonly Role[] {
  const role = roles.find((name) => name === value);
  if (role === undefined) throw new InvalidArgumentError(`Write one of ${roles.join(", ")}.`);
  return [...(before ?? []), role];
}
