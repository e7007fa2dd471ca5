import type { Aws } from "../aws/aws.ts";
import { applicationProfiles, modelsBehind } from "../aws/models-behind.ts";
import type { Target } from "../domain/target.ts";

/** Asks AWS which models stand behind opaque ARNs. */
export interface ModelLookup {
  /** All application inference profiles of a target, by ARN. */
  all(target: Target): Promise<ReadonlyMap<string, readonly string[]>>;
  one(arn: string): Promise<readonly string[]>;
}

class ForeignAccount extends Error {
  override readonly name = "ForeignAccount";
}

/** A record can name any ARN: those of accounts that we do not read are not asked for. */
export function modelLookup(aws: Aws): ModelLookup {
  return {
    all: async ({ accountId, region }) => applicationProfiles(await aws.account(accountId), region),
    async one(arn) {
      const [, , , region = "", accountId = ""] = arn.split(":");
      const isOurs = /^[a-z]{2}(-[a-z]+)+-\d$/.test(region) && (await aws.accounts()).includes(accountId);
      if (!isOurs) throw new ForeignAccount("the model belongs to an account that is not read");
      return modelsBehind(await aws.account(accountId), region, arn);
    },
  };
}
