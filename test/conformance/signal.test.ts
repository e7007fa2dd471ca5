import { readdirSync } from "node:fs";
import fc from "fast-check";
import { check } from "recheck";
import { describe, expect, it } from "vitest";
import { signalRules } from "../../server/signals/list.ts";
import type { SignalRule } from "../../server/signals/signal-rule.ts";
import { openSpanFinder, type SegmentPlace } from "../../server/signals/spans.ts";

const marks = /[‹›]/g;
const folder = new URL("../../server/signals/", import.meta.url);

/** The text with the marks put around each span that was found; spans may touch but not nest. */
function marked(text: string, spans: readonly { readonly start: number; readonly end: number }[]): string {
  let shown = "";
  let at = 0;
  for (const { start, end } of [...spans].sort((a, b) => a.start - b.start)) {
    shown += `${text.slice(at, start)}‹${text.slice(start, end)}›`;
    at = end;
  }
  return shown + text.slice(at);
}

function place(rule: SignalRule): SegmentPlace {
  return { kind: rule.reads[0] ?? "user", side: "input", unsplit: false };
}

function found(rule: SignalRule, text: string, prefilter: boolean): string {
  const spans = openSpanFinder([rule], { prefilter }).find(text, place(rule))[0]?.spans ?? [];
  return marked(text, spans);
}

/** Files beside the rules, which hold none. */
const shared = new Set([
  "excerpt",
  "features",
  "fold",
  "jailbreak-words",
  "language",
  "list",
  "literals",
  "outcome",
  "placeholder",
  "positions",
  "refusal-openings",
  "scan",
  "score",
  "signal-rule",
  "spans",
]);

it("every rule file is in the list, under its own name", () => {
  const files = readdirSync(folder)
    .map((name) => name.replace(/\.ts$/, ""))
    .filter((name) => !shared.has(name));
  expect(files.sort()).toEqual(signalRules.map(({ id }) => id).sort());
});

describe.each(signalRules.map((rule) => ({ rule, id: rule.id })))("$id", ({ rule }) => {
  it("says what it is", () => {
    expect(rule.title).not.toBe("");
    expect(rule.why).not.toBe("");
    expect(rule.maxSpan).toBeLessThanOrEqual(4096);
    expect(rule.examples.match.length).toBeGreaterThanOrEqual(2);
    expect(rule.examples.ignore.length).toBeGreaterThanOrEqual(2);
  });

  it.each([true, false])("finds exactly what its examples mark (prefilter: %s)", (prefilter) => {
    for (const example of rule.examples.match) {
      expect(found(rule, example.replace(marks, ""), prefilter)).toBe(example);
    }
  });

  it.each([true, false])("leaves alone what its examples leave alone (prefilter: %s)", (prefilter) => {
    for (const example of rule.examples.ignore) expect(found(rule, example, prefilter)).toBe(example);
  });

  it("the prefilter changes no span", () => {
    const literals = rule.anyOf ?? [];
    const texts = [...rule.examples.match, ...rule.examples.ignore].map((text) => text.replace(marks, ""));
    const pieces = texts.flatMap((text) => [
      text,
      text.slice(0, text.length >> 1),
      text.slice(text.length >> 1),
      text.toUpperCase(),
    ]);
    const piece = fc.constantFrom(
      ...literals,
      ...pieces,
      " ",
      "\n\n",
      ".",
      "\u00ad",
      "\u0301",
      "é",
      "\u200d",
      "a",
      "0",
    );
    const text = fc.array(piece, { maxLength: 12 }).map((parts) => parts.join(""));
    const withFilter = openSpanFinder([rule]);
    const without = openSpanFinder([rule], { prefilter: false });
    fc.assert(
      fc.property(text, (sample) => {
        expect(withFilter.find(sample, place(rule))).toEqual(without.find(sample, place(rule)));
      }),
      { numRuns: 2_000 },
    );
  });

  it("a text in windows gives the spans of the whole", () => {
    const filler = "The shelf list was sent to the reading room on a quiet day and nobody asked for it. ";
    for (const example of rule.examples.match) {
      const text = example.replace(marks, "");
      const finder = openSpanFinder([rule]);
      const alone = finder.find(`. ${text}`, place(rule))[0]?.spans ?? [];
      for (const at of [57_340, 57_344 - (text.length >> 1), 61_440, 65_530]) {
        const long = `${filler.repeat(1_000).slice(0, at)}. ${text}\n${filler.repeat(900)}`;
        const shifted = alone.map((span) => ({ ...span, start: span.start + at, end: span.end + at }));
        expect(finder.find(long, place(rule))[0]?.spans ?? []).toEqual(shifted);
      }
    }
  });

  it("costs at most fifteen times as much for a text ten times as long", () => {
    const literals = rule.anyOf ?? [];
    const near = rule.examples.match.map((text) => text.replace(marks, "").slice(0, -1));
    for (const unit of [...literals.slice(0, 40), ...near, " ", "A", "a1B2", "-"]) {
      const cost = (size: number): number => {
        const text = unit.repeat(Math.ceil(size / unit.length)).slice(0, size);
        const finder = openSpanFinder([rule], { prefilter: false });
        const started = cpuMicroseconds();
        finder.find(text, place(rule));
        return cpuMicroseconds() - started;
      };
      // The process collects garbage of other tests meanwhile: the least of many is what the text itself costs.
      let [short, long] = [Infinity, Infinity];
      // Short runs are noise: a few milliseconds more or less prove nothing.
      const isLinear = () => long < 15 * short + 30_000;
      for (let runs = 0; runs < 3 || (runs < 30 && !isLinear()); runs += 1) {
        short = Math.min(short, cost(5_000));
        long = Math.min(long, cost(50_000));
      }
      expect(isLinear(), `repeats of ${JSON.stringify(unit.slice(0, 20))}: ${short} and ${long} µs`).toBe(true);
    }
  });
});

/** The system knows the sum exactly, and only about how it is shared: of a few milliseconds, all or none may stand as `user`. */
function cpuMicroseconds(): number {
  const { system, user } = process.cpuUsage();
  return user + system;
}

/** Bounded gaps and runs cut short: their bounds are judged above by time, their structure here. */
function shortened(source: string): string {
  return source.replaceAll(
    /\{(\d),(\d+)\}/g,
    (_, least: string, most: string) => `{${least},${String(Math.min(Number(most), 4))}}`,
  );
}

it("every pattern is safe by recheck, and bounds what it repeats", async () => {
  const patterns = signalRules.flatMap(({ id, patterns: all }) => all.map((pattern) => ({ id, pattern })));
  expect(patterns.length).toBeGreaterThan(60);
  for (const { id, pattern } of patterns) {
    expect(pattern.source.replaceAll(/\[[^\]]*\]/g, "x"), id).not.toMatch(/[*]|[^(]\+|\\\d/);
    const { status } = await check(shortened(pattern.source), pattern.flags, {
      timeout: 10_000,
      maxAttackStringSize: 4_000,
    });
    expect(status, `${id}: ${pattern.source}`).toBe("safe");
  }
});
