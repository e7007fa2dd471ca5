import type { ListedAccount } from "./aws/accounts.ts";
import type { Aws } from "./aws/aws.ts";
import { withAnswers } from "./aws/answers.ts";
import { attemptsOf, classifyAlone } from "./aws/classify.ts";
import { hostOf } from "./aws/clients.ts";
import { emptyPartitions, regionCatalogue } from "./aws/region-catalogue.ts";
import { type AccountRegion, partitionOfRegion } from "./aws/regions.ts";
import { call, failureEvidence } from "./controls/collectors/collector.ts";
import { mendOf } from "./controls/unread-words.ts";
import type { FactEvidence, TargetResult } from "./domain/compliance.ts";
import type { Clock } from "./lib/clock.ts";
import { unlessAborted } from "./lib/concurrency.ts";

/** What is known of an account before its regions are looked at. */
export interface AccountScope {
  readonly account: string;
  /** Regions to look at. */
  readonly regions: readonly ScopedRegion[];
  /** Listed, not looked at. */
  readonly left: readonly TargetResult[];
  /** null: its role can be assumed, or none is needed. */
  readonly shut: Shut | null;
}

interface Shut {
  readonly code: string;
  readonly reason: string;
  /** Of the call that was refused. */
  readonly evidence: readonly FactEvidence[];
}

export interface ScopedRegion {
  readonly region: string;
  /** False while it is being switched on or off: it is tried then; null: not known. */
  readonly enabled: boolean | null;
  /** Bedrock is known to be there. */
  readonly inCatalogue: boolean;
}

export interface ScopeOptions {
  /** Empty: all. */
  readonly regions: readonly string[];
  readonly roleName: string;
  readonly clock: Clock;
  /** Ends the asking: nothing is known then. */
  readonly stop: AbortSignal;
}

/** Every region of the account's partition, in scope or not: none is left out. */
export async function scopeOf(aws: Aws, listed: ListedAccount, options: ScopeOptions): Promise<AccountScope> {
  const account = listed.id;
  const { partition } = await aws.caller();
  const [catalogue, [door, states]] = await Promise.all([
    knownRegions(aws, partition, options.stop),
    doorAndStates(aws, listed, options),
  ]);
  const known = { partition, catalogue, states, wanted: options.regions };
  const places = placesIn(known).map((region) => placed(region, listed, door, known));
  return {
    account,
    regions: places.flatMap(({ left, scoped }) => (left === null ? [scoped] : [])),
    left: places.flatMap(({ left, scoped }) => (left === null ? [] : [{ account, region: scoped.region, ...left }])),
    shut: door,
  };
}

async function doorAndStates(aws: Aws, listed: ListedAccount, options: ScopeOptions) {
  const door = await doorOf(aws, listed, options);
  return [door, door === null ? await regionStates(aws, listed.id, options.stop) : null] as const;
}

interface Known {
  readonly partition: string;
  readonly catalogue: ReadonlySet<string>;
  /** null: not known. */
  readonly states: ReadonlyMap<string, RegionState> | null;
  /** Empty: all. */
  readonly wanted: readonly string[];
}

type RegionState = AccountRegion["state"];

function placesIn({ catalogue, partition, states, wanted }: Known): readonly string[] {
  const all = [...catalogue, ...(emptyPartitions.get(partition) ?? []), ...(states?.keys() ?? []), ...wanted];
  return [...new Set(all)].toSorted();
}

function placed(region: string, { standing }: ListedAccount, door: Shut | null, known: Known) {
  const inCatalogue = known.catalogue.has(region);
  const state = known.states === null ? null : (known.states.get(region) ?? "DISABLED");
  const scoped: ScopedRegion = { region, inCatalogue, enabled: state === null ? null : state.startsWith("ENABLED") };
  return { scoped, left: leftOut(scoped, state, { standing, door, ...known }) };
}

type Left = Pick<TargetResult, "state" | "code" | "verdict">;

const excluded = (code: string): Left => ({ state: "excluded", code, verdict: "NOT_APPLICABLE" });
const notApplicable = (code: string): Left => ({ state: "not-applicable", code, verdict: "NOT_APPLICABLE" });

/** Why a region is listed only; null: it is looked at. */
function leftOut(
  { inCatalogue, region }: ScopedRegion,
  state: RegionState | null,
  { door, partition, standing, wanted }: Known & Pick<ListedAccount, "standing"> & { readonly door: Shut | null },
): Left | null {
  if (emptyPartitions.has(partition)) return notApplicable("partition-without-bedrock");
  if (standing === "filtered" || (wanted.length > 0 && !wanted.includes(region))) return excluded("filtered");
  if (standing === "shut" || (standing === "closing" && door?.code === notAssumable))
    return notApplicable("account-not-active");
  if (state === "DISABLED") return excluded(inCatalogue ? "region-disabled" : "not-in-catalogue");
  return state === null && !inCatalogue ? excluded("not-in-catalogue") : null;
}

/** The embedded list, and what AWS itself says on top of it, if it says anything. */
async function knownRegions(aws: Aws, partition: string, stop: AbortSignal): Promise<ReadonlySet<string>> {
  const told = await unlessAborted(aws.bedrockRegions(), stop).catch(() => []);
  const here = told.filter((region) => partitionOfRegion(region) === partition);
  return new Set([...(regionCatalogue.get(partition) ?? []), ...here]);
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

const notAssumable = "role-not-assumable";
const assume = call("sts", "AssumeRole");

/** The role is asked for before anything else: each region would fail alike. null: the account can be looked at. */
async function doorOf(
  aws: Aws,
  { id: account, standing, state }: ListedAccount,
  { clock, roleName, stop }: ScopeOptions,
): Promise<Shut | null> {
  if (standing === "stranger")
    return {
      code: "not-in-organization",
      reason: `Account ${account} is not one of the caller's organisation.`,
      evidence: [],
    };
  if (standing === "filtered" || standing === "shut")
    return { code: "account-not-active", reason: `Account ${account} is ${state ?? "not active"}.`, evidence: [] };
  const { accountId: own, arn: caller } = await aws.caller();
  if (account === own) return null;
  const { answers, settled } = await withAnswers(async () => {
    const { sts } = await aws.account(account);
    await unlessAborted(sts("us-east-1").config.credentials(), stop);
  });
  if (settled.status === "fulfilled") return null;
  const called = { fact: "role", call: assume, target: { account, region: "us-east-1", caller }, answers, at: clock() };
  return {
    ...shutWords(settled.reason, { account, roleName }),
    evidence: [failureEvidence(called, classifyAlone(settled.reason))],
  };
}

/** Why an account's role could not be had, and what helps. Pure. */
export function shutWords(
  error: unknown,
  { account, roleName }: { readonly account: string; readonly roleName: string },
): Omit<Shut, "evidence"> {
  const why = classifyAlone(error);
  const isTrust = why.class === "permission" || why.class === "service";
  const failure = { attempts: attemptsOf(error), notApplicable: false, host: hostOf(error), unreadable: "role" };
  const mend = isTrust
    ? "Let it trust the caller, and grant sts:AssumeRole."
    : mendOf({ ...assume, ...failure, class: why.class, errorCode: why.errorCode });
  const said = `Role ${roleName} of account ${account} could not be assumed: ${why.errorCode} (${why.class}).`;
  return {
    code: isTrust || why.class === "scp" ? notAssumable : why.class,
    reason: mend === null ? said : `${said} ${mend}`,
  };
}
