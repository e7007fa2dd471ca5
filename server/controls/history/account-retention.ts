import type { TrailChange } from "../facts.ts";
import { type KeptDays, longerThan } from "../retention.ts";
import type { Step } from "./phases.ts";
import { accountRetentionOf, namesOf, retentionOf } from "./trail-shapes.ts";

/** How long a group keeps, whoever says so. */
export interface GroupRetention {
  readonly days: KeptDays;
}

/** A policy of the account, or a change of one, takes so long to have an effect. */
const delayMs = 24 * 3_600_000;

/** A change of a policy of the account that sets how long groups keep, or may do so; a trial run changes nothing. */
export function isAccountRetention({ name, parameters }: TrailChange): boolean {
  const { dryRun, policyType = "RETENTION_POLICY" } = namesOf(parameters);
  return /^(Put|Delete)AccountPolicy$/.test(name) && policyType === "RETENTION_POLICY" && dryRun !== true;
}

/** Whether it can concern a group, made then if that is known: what is not understood can. */
export function reaches(change: TrailChange, group: string, made: number | null): boolean {
  const put = change.name === "PutAccountPolicy" ? accountRetentionOf(change.parameters) : null;
  if (put === null) return true;
  const matches = put.prefixes === null || put.prefixes.some((prefix) => group.startsWith(prefix));
  return matches && (put.retroactive || (made !== null && made > change.time));
}

export interface RetentionChanges {
  /** Changes of the group's own period. */
  readonly own: readonly TrailChange[];
  /** Of the account's policies that reach it. */
  readonly byAccount: readonly TrailChange[];
  /** When the group was made, if that is in the time that is known. */
  readonly made: number | null;
  /** The policy that decides now; null: none does. */
  readonly policyNow: string | null;
}

/** What is known at a moment: undefined where it is not. */
interface Known {
  readonly own: KeptDays | undefined;
  /** Days by the policy's name; undefined: which policies hold is not known. */
  readonly policies: ReadonlyMap<string, KeptDays> | undefined;
}

/** Each change, with what the group keeps from then on: by the account's longest policy, else by its own period. */
export function retentionSteps({ byAccount, made, own, policyNow }: RetentionChanges): readonly Step<GroupRetention>[] {
  let known: Known = {
    own: made === null ? undefined : "forever",
    // Where no policy was changed and none holds now, none has held.
    policies: byAccount.length === 0 && policyNow === null ? new Map<string, KeptDays>() : undefined,
  };
  return [...own.map(ownTurn), ...byAccount.map(policyTurn)]
    .toSorted((a, b) => a.time - b.time)
    .map(({ actor, apply, time }) => {
      known = apply(known);
      return { time, actor, state: effective(known) };
    });
}

interface Turn {
  readonly time: number;
  readonly actor: string | null;
  readonly apply: (known: Known) => Known;
}

function ownTurn({ actor, name, parameters, time }: TrailChange): Turn {
  const isNamed = namesOf(parameters).logGroupName !== undefined;
  const days = name === "DeleteRetentionPolicy" ? "forever" : (retentionOf(parameters) ?? undefined);
  return { time, actor, apply: (known) => ({ ...known, own: isNamed ? days : undefined }) };
}

function policyTurn({ actor, name, parameters, time }: TrailChange): Turn {
  const { policyName: policy } = namesOf(parameters);
  const put = accountRetentionOf(parameters);
  if (policy !== undefined && name === "DeleteAccountPolicy")
    return { time, actor, apply: ({ own, policies }) => ({ own, policies: without(policies, policy) }) };
  if (policy === undefined || put === null) return { time, actor, apply: ({ own }) => ({ own, policies: undefined }) };
  const apply = ({ own, policies = new Map<string, KeptDays>() }: Known): Known => ({
    own,
    policies: new Map([...policies, [policy, put.days]]),
  });
  return { time: time + delayMs, actor, apply };
}

function without(policies: Known["policies"], name: string): Known["policies"] {
  if (policies?.has(name) !== true) return undefined;
  return new Map([...policies].filter(([each]) => each !== name));
}

function effective({ own, policies }: Known): GroupRetention | null {
  if (policies === undefined) return null;
  const longest = [...policies.values()].reduce<KeptDays | null>(longer, null);
  const days = longest ?? own;
  return days === undefined ? null : { days };
}

function longer(a: KeptDays | null, b: KeptDays): KeptDays {
  if (a === null || b === "forever") return b;
  return a === "forever" || longerThan(a, b) ? a : b;
}
