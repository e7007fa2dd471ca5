import { matches, type ScorePart, type SegmentContext, type Span } from "./signal-rule.ts";

/** `find` of a score rule: the matches of each phrase that may have one. */
export function findParts(parts: readonly ScorePart[]): (text: string, at: SegmentContext) => Generator<Span> {
  return function* find(text, at) {
    for (const { name, weight, phrases } of parts) {
      for (const phrase of phrases) {
        if (at.phrases?.has(phrase) === false) continue;
        for (const span of matches(phrase.pattern, text)) yield { ...span, part: name, weight };
      }
    }
  };
}
