import type { Aws } from "./aws/aws.ts";
import { classify, describe } from "./aws/classify.ts";
import { regionCatalogue } from "./aws/region-catalogue.ts";
import type { AccountRegion } from "./aws/regions.ts";
import type { TargetResult } from "./domain/compliance.ts";
import { unlessAborted } from "./lib/concurrency.ts";

/** What is known of an account before its regions are looked at. */
export interface AccountScope {
  readonly account: string;
  /** Regions to look at. */
  readonly regions: readonly ScopedRegion[];
  /** Listed, not looked at. */
  readonly left: readonly TargetResult[];
  /** null: its role can be assumed, or none is needed. */
  readonly shut: { readonly code: string; readonly reason: string } | null;
}

export interface ScopedRegion {
  readonly region: string;
  /** False while it is being switched on or off: it is tried then; null: not known. */
  readonly enabled: boolean | null;
  readonly inCatalogue: boolean;
}

export interface ScopeOptions {
  /** Empty: all. */
  readonly regions: readonly string[];
  readonly roleName: string;
  /** Ends the asking: nothing is known then. */
  readonly stop: AbortSignal;
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
  { regions: wanted, roleName, stop }: ScopeOptions,
): Promise<AccountScope> {
  const { accountId: own, partition } = await aws.caller();
  const catalogue = regionCatalogue.get(partition) ?? [];
  const shut = account === own ? null : await shutReason(aws, account, roleName, stop);
  const states = shut === null ? await regionStates(aws, account, stop) : null;
  const names = [...new Set([...catalogue, ...(states?.keys() ?? []), ...wanted])].toSorted();
  const regions: ScopedRegion[] = [];
  const left: TargetResult[] = [];
  for (const region of names) {
    const inCatalogue = catalogue.includes(region);
    const state = states === null ? null : (states.get(region) ?? "DISABLED");
    const code = exclusion({ region, inCatalogue, state }, wanted);
    if (catalogue.length === 0)
      left.push({
        account,
        region,
        state: "not-applicable",
        code: "partition-without-bedrock",
        verdict: "NOT_APPLICABLE",
      });
    else if (code !== null) left.push({ account, region, state: "excluded", code, verdict: "NOT_APPLICABLE" });
    else regions.push({ region, inCatalogue, enabled: state === null ? null : state.startsWith("ENABLED") });
  }
  return { account, regions, left, shut };
}

type RegionState = AccountRegion["state"];

interface KnownRegion {
  readonly region: string;
  readonly inCatalogue: boolean;
  /** null: not known. */
  readonly state: RegionState | null;
}

function exclusion({ inCatalogue, region, state }: KnownRegion, wanted: readonly string[]): string | null {
  if (wanted.length > 0 && !wanted.includes(region)) return "filtered";
  if (state === "DISABLED") return inCatalogue ? "region-disabled" : "not-in-catalogue";
  return null;
}

/** null: which regions are on could not be read, so all are tried. */
async function regionStates(
  aws: Aws,
  account: string,
  stop: AbortSignal,
): Promise<ReadonlyMap<string, RegionState> | null> {
  try {
    return new Map((await unlessAborted(aws.regions(account), stop)).map(({ region, state }) => [region, state]));
  } catch {
    return null;
  }
}

/** The role is asked for before anything else: each region would fail alike. */
async function shutReason(
  aws: Aws,
  account: string,
  roleName: string,
  stop: AbortSignal,
): Promise<AccountScope["shut"]> {
  try {
    const { sts } = await aws.account(account);
    await unlessAborted(sts("us-east-1").config.credentials(), stop);
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
