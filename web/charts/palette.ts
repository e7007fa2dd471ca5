export type Pattern = "plain" | "hatch" | "dots";

/** A token of the style sheet (`--series-1`) and how its area is filled: equal colours in one chart differ by pattern. */
export interface Ink {
  readonly colour: string;
  readonly pattern: Pattern;
}

const seriesCount = 6;
const patterns: readonly Pattern[] = ["plain", "hatch", "dots"];

export const otherInk: Ink = { colour: "--series-other", pattern: "hatch" };
const noneInk: Ink = { colour: "--series-other", pattern: "dots" };

const statusInks: ReadonlyMap<string, Ink> = new Map([
  ["success", { colour: "--status-success", pattern: "plain" }],
  ["blocked", { colour: "--status-blocked", pattern: "hatch" }],
  ["client-error", { colour: "--status-client-error", pattern: "plain" }],
  ["server-error", { colour: "--status-server-error", pattern: "dots" }],
  ["throttled", { colour: "--status-throttled", pattern: "plain" }],
  ["other-error", { colour: "--status-other", pattern: "dots" }],
]);

/** Numbers of series colours by entity, 0 to 5. A colour belongs to the entity and not to its rank. */
export type Colours = ReadonlyMap<string, number>;

/** Gives the entities that have no colour yet the ones that are used least. Colours already given stay. */
export function assignColours(known: Colours, keys: readonly string[]): Colours {
  const colours = new Map(known);
  const uses = Array.from({ length: seriesCount }, () => 0);
  for (const colour of colours.values()) uses[colour] = (uses[colour] ?? 0) + 1;
  for (const key of keys) {
    if (colours.has(key)) continue;
    const colour = uses.indexOf(Math.min(...uses));
    uses[colour] = (uses[colour] ?? 0) + 1;
    colours.set(key, colour);
  }
  return colours;
}

/** One ink a key, in their order; null is the group without a value. No two of them look alike. */
export function inksOf(dimension: string, keys: readonly (string | null)[], colours: Colours): readonly Ink[] {
  const used = new Map<string, number>();
  return keys.map((key) => {
    if (key === null) return noneInk;
    const fixed = dimension === "status" ? statusInks.get(key) : undefined;
    if (fixed !== undefined) return fixed;
    const colour = `--series-${(colours.get(key) ?? 0) + 1}`;
    const turn = used.get(colour) ?? 0;
    used.set(colour, turn + 1);
    return { colour, pattern: patterns[turn % patterns.length] ?? "plain" };
  });
}
