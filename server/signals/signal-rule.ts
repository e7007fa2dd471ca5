import type { SegmentKind, Side } from "../domain/invocation.ts";
import type { Severity } from "../domain/severity.ts";

/** What one rule found, in offsets of the text that it was given. */
export interface Span {
  readonly start: number;
  readonly end: number;
  /** Default 1. */
  readonly weight?: number;
  /** Name of the part of a score rule. */
  readonly part?: string;
  /** The text that the found characters hide, and how they hide it; it is scanned again. */
  readonly decoded?: { readonly how: string; readonly text: string };
}

/** What a rule knows of the segment that it reads. */
export interface SegmentContext {
  readonly kind: SegmentKind;
  readonly side: Side;
  /** A prompt in which the caller writes the turns: turn markers are its protocol, not a pretence. */
  readonly unsplit: boolean;
  /** Of a score rule: the phrases that have a literal in the text; null: not looked up, so all may. */
  readonly phrases: ReadonlySet<Phrase> | null;
}

export interface Phrase {
  /** Every match of the pattern contains one of these. */
  readonly anyOf: readonly string[];
  readonly pattern: RegExp;
}

/** One class of a score rule: it counts once a segment. */
export interface ScorePart {
  readonly name: string;
  readonly weight: number;
  readonly phrases: readonly Phrase[];
}

/** What one invocation can show: words, logic and examples of one rule. Pure; reads one segment at a time. */
export interface SignalRule {
  /** The file's name; never renamed. */
  readonly id: string;
  /** Raised when the meaning changes. */
  readonly version: number;
  readonly title: string;
  readonly why: string;
  /** That of the detection which it feeds. */
  readonly severity: Severity;
  readonly reads: readonly SegmentKind[];
  /** `folded`: without invisible characters, NFKC, lower case. `confusable`: and look-alikes of Latin letters replaced. */
  readonly view: "raw" | "folded" | "confusable";
  /** Prefilter: every match contains one of these, in any case of ASCII letters. Null: the rule runs on every text. */
  readonly anyOf: readonly string[] | null;
  /** Longest match in UTF-16 units, at most 4,096. */
  readonly maxSpan: number;
  /** A score rule: spans of distinct parts add up, and count only from the threshold on. */
  readonly score: { readonly threshold: number; readonly parts: readonly ScorePart[] } | null;
  /** Every pattern that the rule runs on what an attacker wrote: each is checked to be linear. */
  readonly patterns: readonly RegExp[];
  readonly find: (text: string, at: SegmentContext) => Iterable<Span>;
  /** What an excerpt shows of the span: nothing, its last four characters, all but persons, all. `last4` also keeps a keyed hash. */
  readonly mask: "all" | "last4" | "persons" | "none";
  /** The marks ‹ › say what must be found, exactly. */
  readonly examples: { readonly match: readonly string[]; readonly ignore: readonly string[] };
}

/** The kinds that carry text. */
export const textKinds: readonly SegmentKind[] = [
  "system",
  "user",
  "assistant",
  "reasoning",
  "toolDefinition",
  "toolCall",
  "toolResult",
  "document",
  "searchResult",
  "unknown",
];

/** Kinds whose text comes from outside the conversation. */
export const untrustedKinds: readonly SegmentKind[] = ["toolResult", "document", "searchResult"];

/** All matches of a global pattern. */
export function* matches(pattern: RegExp, text: string): Generator<Span> {
  for (const match of text.matchAll(pattern)) yield { start: match.index, end: match.index + match[0].length };
}
