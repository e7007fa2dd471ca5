import type { Invocation, InvocationContent, Segment } from "../domain/invocation.ts";
import type { Features, Signal } from "../domain/signal.ts";
import { sha256Hex } from "../lib/hash.ts";
import { decodedExcerpt, excerptOf } from "./excerpt.ts";
import { featuresOf } from "./features.ts";
import { placed, type PlacedSegment } from "./positions.ts";
import type { SignalRule, Span } from "./signal-rule.ts";
import { openSpanFinder, type SegmentPlace, type SpanFinder } from "./spans.ts";

/** Judges one record at a time; pure but for what it remembers of texts that come again. */
export interface Scanner {
  scan(
    invocation: Invocation,
    content: InvocationContent,
  ): { readonly signals: readonly Signal[]; readonly features: Features };
}

export interface ScannerDeps {
  readonly hmac: (text: string) => string;
  readonly rules: readonly SignalRule[];
}

const maxSignalsOfRule = 20;
const maxValues = 10_000;
const memoSize = 5_000;

/** What stays the same wherever a text stands. */
type Sighting = Omit<Signal, "position" | "path" | "count"> & { readonly value: string };

/** First 12 hex of a hash over the rules and their versions. */
function ruleSetId(rules: readonly SignalRule[]): string {
  return sha256Hex(rules.map(({ id, version }) => `${id}@${String(version)}`).join("\n")).slice(0, 12);
}

const finders = new WeakMap<readonly SignalRule[], SpanFinder>();

/** One a list of rules: it is dear to make, and remembers nothing. */
function finderOf(rules: readonly SignalRule[]): SpanFinder {
  const finder = finders.get(rules) ?? openSpanFinder(rules);
  finders.set(rules, finder);
  return finder;
}

/** `hmac` makes the keyed hashes of values, 64 hex. */
export function openScanner({ hmac, rules }: ScannerDeps): Scanner {
  const finder = finderOf(rules);
  const ruleSet = ruleSetId(rules);
  const memo = new Map<string, readonly Sighting[]>();

  /** A system prompt or a history that is sent again is read once. */
  function sightingsIn(segment: Segment, text: string): readonly Sighting[] {
    const { kind, side, unsplit } = placeOf(segment);
    const key = `${kind} ${side} ${String(unsplit)} ${segment.hash ?? ""}`;
    const known = segment.hash === null ? undefined : memo.get(key);
    if (known !== undefined) return known;
    const sightings = findSightings(finder, hmac, segment, text);
    if (memo.size >= memoSize) memo.delete(memo.keys().next().value ?? "");
    memo.set(key, sightings);
    return sightings;
  }

  return {
    scan(invocation, content) {
      const segments = placed(content.segments);
      const signals = rules.length === 0 ? [] : signalsOf(segments, sightingsIn, rules);
      return { signals, features: featuresOf({ hmac }, { invocation, content, segments }, ruleSet) };
    },
  };
}

function placeOf({ kind, side, turn }: Segment): SegmentPlace {
  return { kind, side, unsplit: kind === "user" && turn === null };
}

function signalsOf(
  segments: readonly PlacedSegment[],
  sightingsIn: (segment: Segment, text: string) => readonly Sighting[],
  rules: readonly SignalRule[],
): readonly Signal[] {
  const byRule = new Map<string, { readonly signals: Omit<Signal, "count">[]; readonly values: Set<string> }>();
  for (const { segment, position } of segments) {
    if (segment.text === null || segment.text === "") continue;
    for (const { value, ...sighting } of sightingsIn(segment, segment.text)) {
      const found = byRule.get(sighting.ruleId) ?? { signals: [], values: new Set<string>() };
      byRule.set(sighting.ruleId, found);
      if (found.values.size < maxValues) found.values.add(value);
      if (found.signals.length < maxSignalsOfRule) found.signals.push({ ...sighting, position, path: segment.path });
    }
  }
  if (byRule.size === 0) return [];
  return rules.flatMap(({ id }) => {
    const found = byRule.get(id);
    return found === undefined ? [] : found.signals.map((signal) => ({ ...signal, count: found.values.size }));
  });
}

function findSightings(
  finder: SpanFinder,
  hmac: (text: string) => string,
  segment: Segment,
  text: string,
): readonly Sighting[] {
  return finder.find(text, placeOf(segment)).flatMap(({ rule, spans }) => {
    if (rule.score !== null) return [scoreSighting(rule, spans, segment, text)];
    return spans.flatMap((span) => [
      sighting(hmac, rule, span, segment, text),
      ...decodedSightings(finder, hmac, span, segment),
    ]);
  });
}

/** One for the whole segment: it stands at the heaviest part and weighs what all weigh. */
function scoreSighting(rule: SignalRule, spans: readonly Span[], segment: Segment, text: string): Sighting {
  const weight = spans.reduce((sum, span) => sum + (span.weight ?? 1), 0);
  const heaviest = spans.reduce((best, span) => ((span.weight ?? 1) > (best.weight ?? 1) ? span : best));
  return { ...common(rule, heaviest, segment, text), weight, value: segment.hash ?? text };
}

function sighting(
  hmac: (text: string) => string,
  rule: SignalRule,
  span: Span,
  segment: Segment,
  text: string,
): Sighting {
  const value = text.slice(span.start, span.end);
  const found = { ...common(rule, span, segment, text), value };
  if (span.decoded !== undefined) {
    return { ...found, decoded: span.decoded.how, excerpt: decodedExcerpt(span.decoded.text) };
  }
  return rule.mask === "last4" ? { ...found, valueHash: hmac(`${rule.id}\n${value}`) } : found;
}

/** What the decoded text shows in its turn, at the place of the characters that hid it. */
function decodedSightings(
  finder: SpanFinder,
  hmac: (text: string) => string,
  { start, end, decoded }: Span,
  segment: Segment,
): readonly Sighting[] {
  if (decoded === undefined) return [];
  const inner: Segment = { ...segment, text: decoded.text, hash: null };
  return findSightings(finder, hmac, inner, decoded.text)
    .filter((found) => found.decoded === null)
    .map((found) => ({ ...found, segmentHash: segment.hash, start, end, decoded: decoded.how }));
}

function common(
  rule: SignalRule,
  { start, end, weight = 1 }: Span,
  segment: Segment,
  text: string,
): Omit<Sighting, "value"> {
  return {
    ruleId: rule.id,
    ruleVersion: rule.version,
    severity: rule.severity,
    side: segment.side,
    kind: segment.kind,
    segmentHash: segment.hash,
    start,
    end,
    weight,
    valueHash: null,
    decoded: null,
    excerpt: excerptOf(text, start, end, maskWord(rule, text.slice(start, end))),
  };
}

function maskWord({ id, mask }: SignalRule, value: string): string | null {
  if (mask === "none") return null;
  return mask === "last4" ? `[${id} …${value.slice(-4)}]` : `[${id}]`;
}
