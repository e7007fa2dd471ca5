import type { Aws } from "./aws/aws.ts";
import { classify, describe } from "./aws/classify.ts";
import { regionCatalogue } from "./aws/region-catalogue.ts";
import type { TargetResult } from "./domain/compliance.ts";

/** What is known of an account before its regions are looked at. */
export interface AccountScope {
  readonly account: string;
  /** Regions to look at, with whether they are known to be on. */
  readonly regions: readonly ScopedRegion[];
  /** Listed, not looked at. */
  readonly left: readonly TargetResult[];
  /** null: its role can be assumed, or none is needed. */
  readonly shut: { readonly code: string; readonly reason: string } | null;
}

export interface ScopedRegion {
  readonly region: string;
  readonly enabled: boolean | null;
  readonly inCatalogue: boolean;
}

export interface ScopeOptions {
  /** Empty: all. */
  readonly regions: readonly string[];
  readonly roleName: string;
}

const nowhere = {
  regionInCatalogue: true,
  regionEnabled: true,
  invocations: null,
  stsWorks: true,
  otherHostAnswered: true,
};

/** Every region of the account's partition, in scope or not: none is left out. */
export async function scopeOf(
  aws: Aws,
  account: string,
  { regions: wanted, roleName }: ScopeOptions,
): Promise<AccountScope> {
  const { accountId: own, partition } = await aws.caller();
  const catalogue = regionCatalogue.get(partition) ?? [];
  const shut = account === own ? null : await shutReason(aws, account, roleName);
  const states = shut === null ? await regionStates(aws, account) : null;
  const names = [...new Set([...catalogue, ...(states?.keys() ?? []), ...wanted])].toSorted();
  const regions: ScopedRegion[] = [];
  const left: TargetResult[] = [];
  for (const region of names) {
    const inCatalogue = catalogue.includes(region);
    const enabled = states === null ? null : (states.get(region) ?? false);
    const code = exclusion({ region, inCatalogue, enabled }, wanted);
    if (catalogue.length === 0)
      left.push({
        account,
        region,
        state: "not-applicable",
        code: "partition-without-bedrock",
        verdict: "NOT_APPLICABLE",
      });
    else if (code !== null) left.push({ account, region, state: "excluded", code, verdict: "NOT_APPLICABLE" });
    else regions.push({ region, inCatalogue, enabled });
  }
  return { account, regions, left, shut };
}

function exclusion({ enabled, inCatalogue, region }: ScopedRegion, wanted: readonly string[]): string | null {
  if (wanted.length > 0 && !wanted.includes(region)) return "filtered";
  if (!inCatalogue && enabled !== true && !wanted.includes(region)) return "not-in-catalogue";
  return enabled === false ? (inCatalogue ? "region-disabled" : "not-in-catalogue") : null;
}

/** null: which regions are on could not be read, so all are tried. */
async function regionStates(aws: Aws, account: string): Promise<ReadonlyMap<string, boolean> | null> {
  try {
    return new Map((await aws.regions(account)).map(({ region, state }) => [region, state !== "DISABLED"]));
  } catch {
    return null;
  }
}

/** The role is asked for before anything else: each region would fail alike. */
async function shutReason(aws: Aws, account: string, roleName: string): Promise<AccountScope["shut"]> {
  try {
    const { sts } = await aws.account(account);
    await sts("us-east-1").config.credentials();
    return null;
  } catch (error) {
    const why = classify(error, nowhere);
    const refused = why.class === "permission" || why.class === "scp" || why.class === "service";
    return {
      code: refused ? "role-not-assumable" : why.class,
      reason: `Role ${roleName} of account ${account} could not be assumed: ${describe(error).code} (${why.class}). Let it trust the caller, and grant sts:AssumeRole.`,
    };
  }
}
