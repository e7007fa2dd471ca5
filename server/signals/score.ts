import { matches, type ScorePart, type SegmentContext, type Span } from "./signal-rule.ts";

/** `find` of a score rule: the matches of each part that may have one. */
export function findParts(parts: readonly ScorePart[]): (text: string, at: SegmentContext) => Generator<Span> {
  return function* find(text, at) {
    for (const { name, weight, patterns } of parts) {
      if (at.parts !== null && !at.parts.has(name)) continue;
      for (const pattern of patterns) {
        for (const span of matches(pattern, text)) yield { ...span, part: name, weight };
      }
    }
  };
}
