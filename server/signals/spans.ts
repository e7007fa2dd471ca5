import { fold, rawSpan, unconfused, type View } from "./fold.ts";
import { openLiterals } from "./literals.ts";
import type { Phrase, ScorePart, SegmentContext, SignalRule, Span } from "./signal-rule.ts";

const windowSize = 65_536;
/** What a window sees beyond both ends of its own zone: the longest span of a rule. */
const margin = 4_096;

/** A text with its views, each made when first asked for. */
interface Views {
  readonly raw: View;
  folded(): View;
  confusable(): View;
}

function viewsOf(raw: string): Views {
  let folded: View | null = null;
  let confusable: View | null = null;
  const views: Views = {
    raw: { text: raw, map: null },
    folded: () => (folded ??= fold(raw)),
    confusable: () => (confusable ??= unconfused(views.folded())),
  };
  return views;
}

function viewOf(views: Views, rule: SignalRule): View {
  if (rule.view === "raw") return views.raw;
  return rule.view === "folded" ? views.folded() : views.confusable();
}

/** `find` over windows that overlap; each keeps the spans that start in its own zone. */
function* findInWindows(rule: SignalRule, text: string, at: SegmentContext): Generator<Span> {
  if (text.length <= windowSize) return yield* rule.find(text, at);
  for (let zone = 0; zone < text.length; zone += windowSize - 2 * margin) {
    const from = Math.max(0, zone - margin);
    const zoneEnd = zone + windowSize - 2 * margin;
    for (const span of rule.find(text.slice(from, zoneEnd + margin), at)) {
      const start = from + span.start;
      if (start >= zone && start < zoneEnd) yield { ...span, start, end: from + span.end };
    }
  }
}

/** The first span of each part, in order of the text, if their weights reach the threshold. */
function scored(spans: Iterable<Span>, threshold: number): Span[] {
  const byPart = new Map<string, Span>();
  let total = 0;
  for (const span of spans) {
    const part = span.part ?? "";
    const known = byPart.get(part);
    if (known === undefined) total += span.weight ?? 1;
    if (known === undefined || span.start < known.start) byPart.set(part, span);
  }
  return total < threshold ? [] : [...byPart.values()].sort((a, b) => a.start - b.start || a.end - b.end);
}

/** The weight that a text can reach at most: that of the parts of which a phrase may match. */
function reach(parts: readonly ScorePart[], near: ReadonlySet<Phrase>): number {
  return parts.reduce((sum, { weight, phrases }) => sum + (phrases.some((phrase) => near.has(phrase)) ? weight : 0), 0);
}

/** One group of literals of the prefilter: a whole rule, or one phrase of a score rule. */
interface Group {
  readonly rule: number;
  readonly phrase: Phrase | null;
  readonly literals: readonly string[];
}

function groupsOf(rules: readonly SignalRule[]): Group[] {
  return rules.flatMap((rule, index): Group[] => {
    if (rule.score !== null) {
      const phrases = rule.score.parts.flatMap((part) => part.phrases);
      return phrases.map((phrase) => ({ rule: index, phrase, literals: phrase.anyOf }));
    }
    return rule.anyOf === null ? [] : [{ rule: index, phrase: null, literals: rule.anyOf }];
  });
}

/** Where a text stands. */
export type SegmentPlace = Omit<SegmentContext, "phrases">;

export interface FoundSpans {
  readonly rule: SignalRule;
  /** In raw offsets, in order of the text. */
  readonly spans: readonly Span[];
}

/** Finds the spans of all rules in one text. */
export interface SpanFinder {
  find(text: string, place: SegmentPlace): readonly FoundSpans[];
}

/** `prefilter: false` runs each rule on each text, for the test that the prefilter changes nothing. */
export function openSpanFinder(rules: readonly SignalRule[], { prefilter = true } = {}): SpanFinder {
  const groups = groupsOf(rules);
  const literals = openLiterals(groups.map((group) => group.literals));
  const seen = new Uint8Array(groups.length);
  const always = rules.map((rule) => !prefilter || (rule.anyOf === null && rule.score === null));

  /** The rules that may match, with the phrases that may; null phrases: all. */
  function candidates(views: Views): ReadonlyMap<number, Set<Phrase> | null> {
    const chosen = new Map<number, Set<Phrase> | null>();
    always.forEach((runs, index) => runs && chosen.set(index, null));
    if (!prefilter) return chosen;
    seen.fill(0);
    const folded = views.folded();
    const confusable = views.confusable();
    let any = literals.mark(folded.text, seen);
    // Without a map the folded text is the raw one in lower case, in which the automaton sees no difference.
    if (folded.map !== null) any = literals.mark(views.raw.text, seen) || any;
    if (confusable !== folded) any = literals.mark(confusable.text, seen) || any;
    if (!any) return chosen;
    groups.forEach(({ rule, phrase }, group) => {
      if (seen[group] === 0) return;
      const near = chosen.get(rule) ?? (phrase === null ? null : new Set<Phrase>());
      if (phrase !== null) near?.add(phrase);
      chosen.set(rule, near);
    });
    return chosen;
  }

  return {
    find(text, place) {
      const views = viewsOf(text);
      const found: FoundSpans[] = [];
      for (const [index, phrases] of candidates(views)) {
        const rule = rules[index];
        if (rule === undefined || !rule.reads.includes(place.kind)) continue;
        if (rule.score !== null && phrases !== null && reach(rule.score.parts, phrases) < rule.score.threshold)
          continue;
        const view = viewOf(views, rule);
        const all = findInWindows(rule, view.text, { ...place, phrases });
        const spans = (rule.score === null ? [...all] : scored(all, rule.score.threshold)).map((span) => ({
          ...span,
          ...rawSpan(view, span.start, span.end),
        }));
        if (spans.length > 0) found.push({ rule, spans });
      }
      return found;
    },
  };
}
