import { type Counts, lawHolds } from "../../domain/coverage.ts";
import type { QuarantineReason } from "../../domain/invocation.ts";
import { addToWindow, type Catalog, parts, type Unit } from "./ledger.ts";

/* What a commit writes into the ledger: the numbers of its units and of their windows, and what went into quarantine. */

/** A unit that was read to its end, whole or in part. */
export interface UnitOutcome {
  readonly unit: Unit;
  readonly state: "done" | "partial";
  readonly counts: Counts;
  readonly ignoredBy: Readonly<Record<string, number>>;
  /** Decompressed. */
  readonly bytes: number;
  readonly firstAt: number | null;
}

export interface QuarantineNote {
  readonly id: string;
  readonly unitId: number;
  readonly sourceId: string;
  readonly reason: QuarantineReason;
  readonly detail: string;
  readonly byteFrom: number | null;
  readonly byteTo: number | null;
  readonly sha256: string | null;
  /** Below the data directory; null when the bytes were not kept. */
  readonly file: string | null;
}

/** Ledger rows of a commit, in its transaction. Asserts the conservation law for every unit. */
export async function finishUnits(
  trx: Catalog,
  outcomes: readonly UnitOutcome[],
  quarantine: readonly QuarantineNote[],
  at: { readonly snapshot: number | null; readonly now: number },
): Promise<void> {
  for (const outcome of outcomes) {
    const { bytes, firstAt, state, unit } = outcome;
    const { counts, ignoredBy } = withKept(outcome);
    if (!lawHolds(counts)) throw new Error(`unit ${unit.id}: the counts do not add up`);
    await trx
      .updateTable("units")
      .set({
        ...counts,
        state,
        bytes,
        ignored_by: JSON.stringify(ignoredBy),
        first_at: firstAt,
        attempts: unit.attempts + 1,
        suspect: 0,
        error_code: state === "done" ? null : unit.error_code,
        error: state === "done" ? null : unit.error,
        next_attempt_at: null,
        snapshot: at.snapshot,
        kept: 0,
      })
      .where("id", "=", unit.id)
      .execute();
    await addToWindow(trx, unit.source_id, unit.window_start, lessCounts(counts, unit));
  }
  for (const part of parts(await undismissed(trx, quarantine), 500)) {
    await trx
      .insertInto("quarantine")
      .values(part.map((note) => quarantineRow(note, at.now)))
      .execute();
  }
}

/** What a unit met of its own, stored before a loss, is no duplicate. */
function withKept({ counts, ignoredBy, unit: { kept } }: UnitOutcome): Pick<UnitOutcome, "counts" | "ignoredBy"> {
  if (kept === 0) return { counts, ignoredBy };
  const met = Math.min(kept, counts.duplicates);
  const tooOld = Math.min(kept - met, ignoredBy["retention"] ?? 0);
  // What did not come again at all is still there.
  const unmet = kept - met - tooOld;
  const { duplicates, ignored, quarantined, read, stored } = counts;
  return {
    counts: {
      read: read + unmet,
      stored: stored + kept,
      duplicates: duplicates - met,
      quarantined,
      ignored: ignored - tooOld,
    },
    ignoredBy: tooOld === 0 ? ignoredBy : { ...ignoredBy, retention: (ignoredBy["retention"] ?? 0) - tooOld },
  };
}

function lessCounts(counts: Counts, before: Counts): Counts {
  return {
    read: counts.read - before.read,
    stored: counts.stored - before.stored,
    duplicates: counts.duplicates - before.duplicates,
    quarantined: counts.quarantined - before.quarantined,
    ignored: counts.ignored - before.ignored,
  };
}

/** Less what a person has dismissed before the unit was read again. */
async function undismissed(trx: Catalog, notes: readonly QuarantineNote[]): Promise<readonly QuarantineNote[]> {
  const dismissed = new Set<string>();
  const placeOf = (unit: number, from: number | null, hash: string | null) => `${unit} ${from} ${hash}`;
  for (const part of parts([...new Set(notes.map(({ unitId }) => unitId))], 500)) {
    const rows = await trx
      .selectFrom("quarantine")
      .select(["unit_id", "byte_from", "sha256"])
      .where("unit_id", "in", part)
      .where("state", "=", "dismissed")
      .execute();
    for (const row of rows) dismissed.add(placeOf(row.unit_id, row.byte_from, row.sha256));
  }
  return notes.filter(({ byteFrom, sha256, unitId }) => !dismissed.has(placeOf(unitId, byteFrom, sha256)));
}

function quarantineRow(note: QuarantineNote, now: number) {
  return {
    id: note.id,
    unit_id: note.unitId,
    source_id: note.sourceId,
    reason: note.reason,
    detail: note.detail,
    byte_from: note.byteFrom,
    byte_to: note.byteTo,
    sha256: note.sha256,
    file: note.file,
    state: "open",
    by: null,
    note: null,
    created_at: now,
    resolved_at: null,
  };
}
