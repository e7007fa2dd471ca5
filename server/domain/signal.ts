import { z } from "zod";
import { Severity } from "./severity.ts";
import { SegmentKind } from "./invocation.ts";

/** What one rule saw in one invocation, without the text that it saw. */
export const Signal = z.object({
  ruleId: z.string(),
  ruleVersion: z.number().int(),
  severity: Severity,
  side: z.enum(["input", "output"]),
  kind: SegmentKind,
  /** `new`: after the last assistant turn, the whole output, system, tools. `history`: what was sent again. */
  position: z.enum(["new", "history"]),
  segmentHash: z.string().nullable(),
  /** JSON pointer, and UTF-16 offsets in the raw text of the segment. */
  path: z.string(),
  start: z.number().int(),
  end: z.number().int(),
  weight: z.number(),
  /** Distinct values of the rule in the whole record, at most 10,000. */
  count: z.number().int(),
  /** Keyed hash of a secret's or person's value. */
  valueHash: z.string().nullable(),
  /** How the text was decoded before it was seen; null: as it stood. */
  decoded: z.string().nullable(),
  /** At most 160 characters around the span, redacted and made visible. */
  excerpt: z.string().nullable(),
});
export type Signal = Readonly<z.infer<typeof Signal>>;

export const Outcome = z.enum(["failed", "blocked", "refused", "unknown", "answered"]);
export type Outcome = z.infer<typeof Outcome>;

/** Columns beside those of an invocation, computed at ingest; null without a body. Hashes are keyed, never text. */
export interface Features {
  readonly outcome: Outcome;
  readonly userHash: string | null;
  readonly userChars: number | null;
  readonly systemHash: string | null;
  readonly systemChars: number | null;
  readonly conversationHash: string | null;
  readonly historyHash: string | null;
  readonly extendedHash: string | null;
  readonly toolCallHashes: readonly string[] | null;
  readonly language: string | null;
  readonly refusalCategory: string | null;
  /** With which rule set the record was scanned, and what of it was not: `["rules:<hash>", "not-scanned:no-body"]`. */
  readonly scan: readonly string[];
}
