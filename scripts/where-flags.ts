import type { Command } from "commander";
import { type Config, loadConfig } from "../server/config.ts";
import { UserError } from "../server/lib/errors.ts";

/** Which accounts and regions a command looks at, and by what. */
export interface WhereFlags {
  readonly account?: readonly string[];
  readonly org?: boolean;
  readonly region?: readonly string[];
  readonly profile?: string;
  readonly roleName?: string;
  readonly externalId?: string;
  readonly data?: string;
  readonly config?: string;
  readonly demo?: boolean;
}

export function withWhereOptions(command: Command): Command {
  return command
    .option("--account <id>", "account to look at; again for more (default: that of the credentials)", gathered)
    .option("--org", "every account of the organisation; with --account, those of them")
    .option("--region <name>", "region to look at; again for more (default: all that are on)", gathered)
    .option("--profile <name>", "profile of the shared AWS configuration")
    .option("--role-name <name>", "role to assume in other accounts (default bedrock-audit)")
    .option("--external-id <id>", "external id that the role asks for");
}

function gathered(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}

/** The settings under the flags. The demo knows nothing of the user's own. Throws `UserError` for what is no region. */
export function configOf({
  account,
  config,
  data,
  demo,
  externalId,
  org,
  profile,
  region,
  roleName,
}: WhereFlags): Config {
  for (const name of region ?? [])
    if (!/^[a-z]{2,6}(-[a-z]+){1,3}-\d{1,2}$/.test(name))
      throw new UserError(`${JSON.stringify(name)} is no region`, "Write it as us-east-1.");
  const where = { data, accounts: account, organization: org, regions: region };
  return demo === true ? loadConfig(where, {}, null) : loadConfig({ ...where, config, profile, roleName, externalId });
}
