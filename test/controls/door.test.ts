import { describe, expect, it, onTestFinished } from "vitest";
import { startSimulatedAws } from "../../scripts/demo/aws/simulated-aws.ts";
import { simulatedCredentials } from "../../scripts/demo/aws/keys.ts";
import { checkOptions } from "../../scripts/check-flags.ts";
import { configOf, type WhereFlags } from "../../scripts/where-flags.ts";
import { silentLog } from "../../server/lib/log.ts";
import { awsOf, checking } from "../../server/setup.ts";
import { account, anAccount, aWorld, now, otherAccount } from "../aws/small-world.ts";

const externalId = "4f9d";
const strict = { assumableRoles: ["look"], externalId, sessionName: "bedrock-audit-check" };
const world = aWorld({ accounts: [anAccount(account), anAccount(otherAccount, strict)] });

/** Whether the other account lets in a check with these flags, and what was asked of it. */
async function letsIn(...args: readonly string[]) {
  const simulated = await startSimulatedAws(world, { clock: () => now });
  onTestFinished(simulated.close);
  const flags = checkOptions()
    .parse(["--account", otherAccount, ...args], { from: "user" })
    .opts<WhereFlags>();
  const config = configOf(flags);
  const there = { ...config, aws: { ...config.aws, endpoint: simulated.url, region: "us-east-1" } };
  const aws = awsOf(there, silentLog, simulatedCredentials(account), { ...checking, clock: () => now });
  const { sts } = await aws.account(otherAccount);
  const isIn = await sts("us-east-1")
    .config.credentials()
    .then(
      () => true,
      () => false,
    );
  return { isIn, asked: simulated.requests().flatMap(({ api, resource }) => (api === "AssumeRole" ? [resource] : [])) };
}

describe("a check", () => {
  it("comes as its own session, by the role and with the external id of its flags", async () => {
    const right = await letsIn("--role-name", "look", "--external-id", externalId);
    expect(right).toEqual({ isIn: true, asked: [`arn:aws:iam::${otherAccount}:role/look`] });
  });

  it.each([
    ["another external id", "look", ["--role-name", "look", "--external-id", "other"]],
    ["no external id", "look", ["--role-name", "look"]],
    ["the usual role", "bedrock-audit", ["--external-id", externalId]],
  ])("with %s is not let in", async (_, role, args) => {
    expect(await letsIn(...args)).toEqual({ isIn: false, asked: [`arn:aws:iam::${otherAccount}:role/${role}`] });
  });
});
