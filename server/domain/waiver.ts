import { z } from "zod";
import { globMatches, literalParts } from "./glob.ts";
import { Severity } from "./severity.ts";

/** `*` only behind four literal characters: a shorter beginning would accept what nobody has seen. */
const pattern = z
  .string()
  .min(1)
  .max(600)
  .refine(
    (text) =>
      literalParts(text)
        .slice(0, -1)
        .every((part) => part.length >= 4),
    "write at least 4 literal characters before each *",
  );
const isLiteral = (text: string | undefined): boolean => text !== undefined && literalParts(text).length === 1;
const words = (most: number) => z.string().trim().min(1, "it is empty").max(most);

/** Which results or findings a waiver speaks of: all the fields that are given must match. */
export const WaiverMatch = z.strictObject({
  account: z
    .string("an account is 12 digits, in quotes")
    .regex(/^\d{12}$/, "an account is 12 digits, in quotes")
    .optional(),
  region: pattern.optional(),
  /** Of a control: `bucket:name`, `log-group:name`. */
  resource: pattern.optional(),
  /** Of a detection, as the next two. */
  principal: pattern.optional(),
  model: pattern.optional(),
  tool: pattern.optional(),
});
export type WaiverMatch = Readonly<z.infer<typeof WaiverMatch>>;

/** What somebody has accepted, and until when. */
export const Waiver = z.strictObject({
  id: words(100),
  control: words(100).optional(),
  detection: words(100).optional(),
  match: WaiverMatch,
  accepts: z.enum(["FAIL", "UNKNOWN"]).default("FAIL"),
  /** A graver result is not covered. */
  upTo: Severity.optional(),
  reason: words(1_000),
  owner: words(200),
  ticket: words(200),
  /** Through the end of this UTC day. */
  expires: z.iso.date("it is no date of the calendar: write 2026-12-31"),
});
export type Waiver = Readonly<z.infer<typeof Waiver>>;

export interface WaiverRules {
  readonly controls: readonly string[];
  readonly detections: readonly string[];
  /** Milliseconds since the epoch. */
  readonly now: number;
}

const dayMs = 86_400_000;
const mostDaysAhead = 365;
const ofKind = {
  control: ["account", "region", "resource"],
  detection: ["account", "region", "principal", "model", "tool"],
} as const;

/** The file of waivers, as it may be at this time. */
export function waiverFile(rules: WaiverRules) {
  const entry = Waiver.superRefine((waiver, context) => {
    for (const wrong of wrongWith(waiver, rules)) context.addIssue({ code: "custom", ...wrong });
  });
  const list = z
    .array(entry)
    .max(10_000)
    .superRefine((waivers, context) => {
      const seen = new Set<string>();
      for (const [at, { id }] of waivers.entries()) {
        if (seen.has(id)) context.addIssue({ code: "custom", path: [at, "id"], message: "another waiver has this id" });
        seen.add(id);
      }
    });
  return z.strictObject({ waivers: list.default([]) });
}

interface Wrong {
  readonly path: string[];
  readonly message: string;
}

function wrongWith(
  { control, detection, expires, match }: Waiver,
  { controls, detections, now }: WaiverRules,
): Wrong[] {
  const wrong = (path: string[], message: string): Wrong => ({ path, message });
  if ((control === undefined) === (detection === undefined)) return [wrong([], "name one control or one detection")];
  const kind = control === undefined ? "detection" : "control";
  const known = kind === "control" ? controls : detections;
  const name = control ?? detection ?? "";
  const fields = Object.keys(match) as (keyof WaiverMatch)[];
  const foreign = fields.find((field) => !(ofKind[kind] as readonly string[]).includes(field));
  const latest = new Date(now + mostDaysAhead * dayMs).toISOString().slice(0, 10);
  return [
    ...(known.includes(name) ? [] : [wrong([kind], `there is no such ${kind}`)]),
    ...(foreign === undefined ? [] : [wrong(["match", foreign], `a ${kind} has no ${foreign}`)]),
    ...(fields.some((field) => isLiteral(match[field])) ? [] : [wrong(["match"], "name at least one field without *")]),
    ...(expires > latest ? [wrong(["expires"], `at most ${mostDaysAhead} days ahead: ${latest} at the latest`)] : []),
  ];
}

/** When its last day is over, in milliseconds. */
export function endOf({ expires }: Pick<Waiver, "expires">): number {
  return Date.parse(expires) + dayMs;
}

/** Whether it still holds: until its day is over. */
export function isInForce(waiver: Pick<Waiver, "expires">, now: number): boolean {
  return now < endOf(waiver);
}

/** Whole days until its last day is over, at least 1 while it is in force. */
export function daysLeft(waiver: Pick<Waiver, "expires">, now: number): number {
  return Math.ceil((endOf(waiver) - now) / dayMs);
}

/** Days before its end from which on people are warned. */
export const expiringDays = 14;

/** Whether every field that the waiver names is as it says. */
export function matches(match: WaiverMatch, of: { readonly [F in keyof WaiverMatch]?: string | null }): boolean {
  return (Object.entries(match) as [keyof WaiverMatch, string | undefined][]).every(([field, wanted]) => {
    const value = of[field];
    return wanted === undefined || (value !== undefined && value !== null && globMatches(wanted, value));
  });
}
