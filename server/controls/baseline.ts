import { z } from "zod";
import { type CheckReport, type ControlNote, type ControlResult, shownVerdict } from "../domain/compliance.ts";
import { Severity, severityRank } from "../domain/severity.ts";
import { parseYaml } from "../lib/yaml-text.ts";

const dayMs = 86_400_000;
const standardDays = 90;
const mostDays = 180;
const endedCode = "baseline-expired";

const Known = z.strictObject({
  /** Of the result. */
  id: z.string().regex(/^[0-9a-f]{32}$/, "an id is 32 characters of 0-9 and a-f"),
  severity: Severity,
  /** The day on which it was first written down. */
  since: z.iso.date(),
});

const Stored = z.strictObject({
  schemaVersion: z.literal(1),
  /** Through the end of this UTC day. */
  expires: z.iso.date("it is no date of the calendar: write 2026-12-31"),
  fails: z.array(Known).max(1_000_000),
});
/** The FAILs that were known on a day: until `expires` they do not gate. */
export type Baseline = Readonly<z.infer<typeof Stored>>;

/** A baseline as it may be at this time. Throws `UserError` with file, line and field. */
export function parseBaseline(file: string, text: string, now: number): Baseline {
  const latest = dayOf(now + mostDays * dayMs);
  const schema = Stored.refine(({ expires }) => expires <= latest, {
    path: ["expires"],
    message: `at most ${mostDays} days ahead: ${latest} at the latest`,
  });
  return parseYaml(schema, file, text);
}

/**
 * Each FAIL of a run, for 90 days. A FAIL that `before` knows keeps its first day; what is waived has its own end and is left out, UNKNOWN is
 * never known.
 */
export function baselineOf({ results, run }: CheckReport, before: Baseline | null): Baseline {
  const now = Date.parse(run.clock);
  const since = new Map(before?.fails.map((known) => [known.id, known.since]));
  return {
    schemaVersion: 1,
    expires: dayOf(now + standardDays * dayMs),
    fails: results
      .filter((result) => shownVerdict(result) === "FAIL")
      .map(({ id, severity }) => ({ id, severity, since: since.get(id) ?? dayOf(now) })),
  };
}

/** The results with what was known: a FAIL in the baseline, no graver than there, and not past its end. Pure; an earlier mark goes. */
export function applyBaseline(
  results: readonly ControlResult[],
  baseline: Baseline | null,
  now: number,
): readonly ControlResult[] {
  const known = new Map(baseline?.fails.map((one) => [one.id, one]));
  const expires = baseline?.expires ?? "";
  const over = baseline !== null && now >= Date.parse(expires) + dayMs;
  return results.map((marked): ControlResult => {
    const result = { ...marked, baseline: null, notes: marked.notes.filter(({ code }) => code !== endedCode) };
    const found = known.get(result.id);
    const covered =
      found !== undefined &&
      shownVerdict(result) === "FAIL" &&
      severityRank(result.severity) <= severityRank(found.severity);
    if (!covered) return result;
    if (over) return { ...result, notes: [...result.notes, ended(expires)] };
    return { ...result, baseline: { since: found.since, expires } };
  });
}

function ended(expires: string): ControlNote {
  return { level: "warn", code: endedCode, text: `The baseline that knew it ended with ${expires}.` };
}

function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}
