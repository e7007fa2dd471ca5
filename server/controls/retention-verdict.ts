import type { ControlNote } from "../domain/compliance.ts";
import { type Context, type DecidingRule, fail, type Judgement, pass, unknown } from "./control.ts";
import type { CheckPolicy } from "./policy.ts";
import { inTerraform, loggingResource } from "./remediation.ts";
import { type KeptDays, lasts, longer, longerThan, type Retention, shorter } from "./retention.ts";
import type { StoreDays } from "./store-days.ts";

/** Where records are delivered: it keeps one no longer than its shortest-lived part. */
export interface Destination {
  readonly resource: string;
  readonly parts: readonly [StoreDays, ...StoreDays[]];
  /** False: bodies over the limit are in none of its parts. */
  readonly complete: boolean;
}

type State = "good" | "short" | "unread";

function isGood({ kept, readable }: Retention, { basis, minimumDays, minimumReadableDays }: CheckPolicy): boolean {
  return lasts(basis === "kept" ? kept : readable, minimumDays) && lasts(readable, minimumReadableDays);
}

function isShort({ retention }: StoreDays, policy: CheckPolicy): boolean {
  return retention !== null && !isGood(retention, policy);
}

function stateOf({ parts }: Destination, policy: CheckPolicy): State {
  if (parts.some((part) => isShort(part, policy))) return "short";
  return parts.some(({ retention }) => retention === null) ? "unread" : "good";
}

/** `other` is the second destination, if one is configured. */
export function judgeRetention(own: Destination, other: Destination | null, context: Context): Judgement {
  const { policy } = context;
  const state = stateOf(own, policy);
  const otherState = other?.complete === true ? stateOf(other, policy) : null;
  const satisfied = policy.destinations === "any" && otherState === "good";
  const unread = own.parts.flatMap((part) => part.unread);

  if (state === "unread")
    return unknown(unread, null, { resource: own.resource, ...(satisfied ? { severity: "low" } : {}) });
  if (state === "short" && !satisfied) {
    if (policy.destinations === "any" && other !== null && otherState === "unread")
      return unknown(
        other.parts.flatMap((part) => part.unread),
        "other-destination-unread",
        { resource: own.resource },
      );
    return tooShort(own, policy);
  }
  return goodEnough(own, state, other, policy);
}

/** Days of the whole destination, as far as they are known. */
function daysOf({ parts }: Destination): {
  readonly keptDays: KeptDays | null;
  readonly readableDays: KeptDays | null;
} {
  if (parts.some(({ retention }) => retention === null)) return { keptDays: null, readableDays: null };
  const days = (which: "kept" | "readable") =>
    parts.map(({ retention }) => retention?.[which] ?? "forever").reduce(shorter, "forever");
  return { keptDays: days("kept"), readableDays: days("readable") };
}

function notesOf({ parts }: Destination): readonly ControlNote[] {
  const notes = new Map(parts.flatMap(({ retention }) => retention?.notes ?? []).map((note) => [note.code, note]));
  return [...notes.values()];
}

function said(own: Destination, policy: CheckPolicy) {
  const days = daysOf(own);
  const notes = [...notesOf(own)];
  const { keptDays, readableDays } = days;
  if (keptDays !== null && readableDays !== null && lasts(keptDays, policy.minimumDays)) {
    if (!lasts(readableDays, policy.minimumDays))
      notes.push({
        level: "warn",
        code: "readable-short",
        text: `Records are readable for ${inDays(readableDays)} only; older ones need a restore or an old version.`,
      });
  }
  return { resource: own.resource, ...days, decidedBy: shortestRule(own), notes: [...notes, ...tooLong(own, policy)] };
}

/** Of the part that keeps shortest. */
function shortestRule({ parts }: Destination): DecidingRule | null {
  const retentions = parts.flatMap(({ retention }) => (retention === null ? [] : [retention]));
  const ends = retentions.filter(({ kept }) => kept !== "forever").toSorted((a, b) => Number(a.kept) - Number(b.kept));
  return ends[0]?.rule ?? null;
}

/** The part that keeps longest counts: what is still there was not kept short. */
function tooLong({ parts }: Destination, { maximumDays }: CheckPolicy): readonly ControlNote[] {
  const longest = parts.map(({ retention }) => retention?.kept ?? 0).reduce(longer, 0);
  if (maximumDays === null || !longerThan(longest, maximumDays)) return [];
  const text = `Records are kept ${inDays(longest)}, longer than the ${maximumDays} days wished.`;
  return [{ level: "warn", code: "kept-too-long", text }];
}

function tooShort(own: Destination, policy: CheckPolicy): Judgement {
  const byDays = (part: StoreDays): number =>
    part.retention === null || part.retention.kept === "forever" ? Infinity : part.retention.kept;
  const [worst] = own.parts.filter((part) => isShort(part, policy)).toSorted((a, b) => byDays(a) - byDays(b));
  const part = worst ?? own.parts[0];
  const rest = { ...said(own, policy), remediation: part.remediation };
  if (part.lost !== null)
    return fail(part.lost.code, part.lost.reason, { ...rest, decidedBy: { store: part.name, found: part.lost.code } });
  const { retention } = part;
  if (retention === null) return unknown(part.unread, null, rest);
  const byKept = policy.basis === "kept" && !lasts(retention.kept, policy.minimumDays);
  const days = byKept ? retention.kept : retention.readable;
  const needed = byKept || policy.basis === "readable" ? policy.minimumDays : policy.minimumReadableDays;
  const which = byKept && retention.part !== null ? `some records (${retention.part})` : "records";
  const reason = byKept ? retention.because : retention.readableBecause;
  const decidedBy = byKept ? retention.rule : retention.readableRule;
  return fail(
    byKept && retention.part !== null ? "partial" : "short",
    `${part.name} keeps ${which}${byKept ? "" : " readable"} ${inDays(days)}, needed ${Math.max(needed, policy.minimumReadableDays)}: ${reason}.`,
    { ...rest, decidedBy },
  );
}

function goodEnough(own: Destination, state: State, other: Destination | null, policy: CheckPolicy): Judgement {
  const base = said(own, policy);
  const lost: ControlNote = {
    level: "warn",
    code: "large-bodies-lost",
    text: "Bodies over the limit are stored nowhere.",
  };
  const largeLost = !own.complete && (other === null || other.parts.some((part) => part.lost !== null));
  if (largeLost && policy.requireComplete)
    return fail("large-bodies-lost", lost.text, {
      ...base,
      decidedBy: { largeData: null, requireComplete: true },
      remediation: inTerraform("Name a large-data bucket in the logging configuration.", loggingResource),
    });
  const short: ControlNote = {
    level: "warn",
    code: "destination-short",
    text: `It alone would keep records too short; the other destination keeps them for the days needed.`,
  };
  const notes = [...base.notes, ...(state === "short" ? [short] : []), ...(largeLost ? [lost] : [])];
  const kept = base.keptDays === null ? "" : ` ${inDays(base.keptDays)}`;
  const [{ name }] = own.parts;
  return pass("kept", `${name} keeps records${kept}, needed ${policy.minimumDays} days.`, { ...base, notes });
}

function inDays(days: KeptDays): string {
  if (days === "forever") return "for ever";
  return days === 1 ? "1 day" : `${days} days`;
}
