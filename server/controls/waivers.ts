import type { CheckReport, ControlNote, ControlResult, WaiverInForce } from "../domain/compliance.ts";
import { severityRank } from "../domain/severity.ts";
import { daysLeft, expiringDays, isInForce, matches, type Waiver } from "../domain/waiver.ts";

export interface Waived {
  readonly results: readonly ControlResult[];
  /** Ids, in the order of the file. Those of detections are in none of them. */
  readonly waivers: CheckReport["waivers"];
}

const ourNotes = new Set(["waiver-expired", "waiver-expiring"]);

/**
 * The results with what was accepted: a waiver in force stands on what it covers, one that has run out leaves a note there. Of several in
 * force the one that lasts longest counts. Pure; no verdict is changed, no result is left out, an earlier waiver on a result goes.
 */
export function applyWaivers(results: readonly ControlResult[], all: readonly Waiver[], now: number): Waived {
  const ours = all.filter(({ control }) => control !== undefined);
  const used = new Set<string>();
  const waived = results.map((result) => {
    const covering = ours.filter((waiver) => covers(waiver, result));
    for (const { id } of covering) used.add(id);
    return withWaiver(result, covering, now);
  });
  const ids = (wanted: (waiver: Waiver) => boolean): string[] => ours.filter(wanted).map(({ id }) => id);
  const inForce = (waiver: Waiver): boolean => isInForce(waiver, now);
  return {
    results: waived,
    waivers: {
      used: ids((waiver) => inForce(waiver) && used.has(waiver.id)),
      expiring: ids((waiver) => inForce(waiver) && isExpiring(waiver, now)),
      expired: ids((waiver) => !inForce(waiver)),
      unused: ids((waiver) => inForce(waiver) && !used.has(waiver.id)),
      given: ours.map((waiver) => ({ ...inForceOf(waiver), control: waiver.control ?? "" })),
    },
  };
}

/** Whether it speaks of this result and accepts it, in force or not. */
function covers({ accepts, control, match, upTo }: Waiver, result: ControlResult): boolean {
  if (result.control !== control || result.verdict !== accepts) return false;
  const { account, region, resource, severity } = result;
  const graver = upTo !== undefined && severityRank(severity) > severityRank(upTo);
  return !graver && matches(match, { account, region, resource });
}

function isExpiring(waiver: Waiver, now: number): boolean {
  return daysLeft(waiver, now) <= expiringDays;
}

function withWaiver(result: ControlResult, covering: readonly Waiver[], now: number): ControlResult {
  const [latest] = covering.toSorted((a, b) => compare(b.expires, a.expires) || compare(a.id, b.id));
  const notes = result.notes.filter(({ code }) => !ourNotes.has(code));
  if (latest === undefined) return { ...result, notes, waiver: null };
  if (!isInForce(latest, now)) return { ...result, notes: [...notes, expired(latest)], waiver: null };
  const warned = isExpiring(latest, now) ? [...notes, expiring(latest, now)] : notes;
  return { ...result, notes: warned, waiver: inForceOf(latest) };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function inForceOf({ expires, id, owner, reason, ticket }: Waiver): WaiverInForce {
  return { id, owner, reason, ticket, expires };
}

function expired({ expires, id, owner, ticket }: Waiver): ControlNote {
  return {
    level: "warn",
    code: "waiver-expired",
    text: `Waiver ${id} of ${owner} (${ticket}) ended with ${expires}.`,
  };
}

function expiring(waiver: Waiver, now: number): ControlNote {
  const { expires, id, owner } = waiver;
  const days = daysLeft(waiver, now);
  return {
    level: "warn",
    code: "waiver-expiring",
    text: `Waiver ${id} of ${owner} ends with ${expires}, in ${days} ${days === 1 ? "day" : "days"}.`,
  };
}
