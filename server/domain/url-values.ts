import type { Filter, FilterField } from "./metric.ts";

/** A text as one query-string value that means exactly this text: `\`, `*` and a leading mark lose their meaning. */
export function escapeUrlValue(text: string): string {
  const escaped = escapeGlob(text);
  return /^[!~<>]/.test(escaped) || isSpan(escaped) ? `\\${escaped}` : escaped;
}

/** A text as the glob that matches exactly this text. */
export function escapeGlob(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("*", "\\*");
}

/** What one value of a filter's key in the query string asks for. */
export type UrlValue =
  | { readonly kind: "is" | "like"; readonly exclude: boolean; readonly text: string }
  | { readonly kind: "none" | "any" }
  | { readonly kind: "from" | "below"; readonly text: string }
  | { readonly kind: "between"; readonly from: string; readonly below: string };

const decimal = String.raw`-?\d+(?:\.\d+)?`;
const spanPattern = new RegExp(`^(${decimal})\\.\\.(${decimal})$`);
const boundPattern = new RegExp(`^(>=|<)(${decimal})$`);

/** Null for a text that is no value: it is shown as an error, never dropped. The text of `like` keeps its escapes. */
export function parseUrlValue(value: string): UrlValue | null {
  if (value === "~none") return { kind: "none" };
  if (value === "~any") return { kind: "any" };
  const span = spanPattern.exec(value);
  if (span) return { kind: "between", from: span[1] ?? "", below: span[2] ?? "" };
  const bound = boundPattern.exec(value);
  if (bound) return { kind: bound[1] === "<" ? "below" : "from", text: bound[2] ?? "" };
  if (/^[~<>]/.test(value)) return null;
  return parseText(value);
}

function parseText(value: string): UrlValue | null {
  const exclude = value.startsWith("!");
  const body = exclude ? value.slice(1) : value;
  const plain = body.replaceAll(/\\./gsu, "");
  if (plain.endsWith("\\")) return null;
  if (plain.includes("*")) return { kind: "like", exclude, text: body };
  return { kind: "is", exclude, text: unescape(body) };
}

function unescape(text: string): string {
  return text.replaceAll(/\\(.)/gsu, "$1");
}

/** The values of a filter's key that say the same as the filter; `filtersFromUrl` reads them back. */
export function filterToUrl({ op, values }: Filter): readonly string[] {
  switch (op) {
    case "in":
      return values.map(escapeUrlValue);
    case "notIn":
      return values.map((value) => `!${escapeUrlValue(value)}`);
    case "glob":
      return values.map(globToUrl);
    case "notGlob":
      return values.map((value) => `!${globToUrl(value)}`);
    case "null":
      return ["~none"];
    case "notNull":
      return ["~any"];
    case "gte":
      return values.map((value) => `>=${value}`);
    case "lt":
      return values.map((value) => `<${value}`);
  }
}

function globToUrl(pattern: string): string {
  return /^[!~<>]/.test(pattern) || isSpan(pattern) ? `\\${pattern}` : pattern;
}

function isSpan(text: string): boolean {
  return spanPattern.test(text);
}

/**
 * The filters that the values of one key mean, or null when one of them cannot be read, or when filters cannot say them:
 * `~none` beside a value. Texts that are alike and texts that are equal become one filter, so that values stay OR.
 */
export function filtersFromUrl(field: FilterField, values: readonly string[]): readonly Filter[] | null {
  const byOp = new Map<Filter["op"], readonly string[]>();
  for (const value of values) {
    const parsed = parseUrlValue(value);
    if (parsed === null) return null;
    for (const [op, ...texts] of meaningOf(parsed)) byOp.set(op, [...(byOp.get(op) ?? []), ...texts]);
  }
  if (byOp.has("null") && byOp.size > 1) return null;
  widenToGlob(byOp);
  return [...byOp].map(([op, texts]) => ({ field, op, values: [...texts] }));
}

function widenToGlob(byOp: Map<Filter["op"], readonly string[]>): void {
  const globs = byOp.get("glob");
  const texts = byOp.get("in");
  if (globs === undefined || texts === undefined) return;
  byOp.delete("in");
  byOp.set("glob", [...globs, ...texts.map(escapeGlob)]);
}

function meaningOf(value: UrlValue): readonly (readonly [op: Filter["op"], ...texts: string[]])[] {
  switch (value.kind) {
    case "none":
      return [["null"]];
    case "any":
      return [["notNull"]];
    case "from":
      return [["gte", value.text]];
    case "below":
      return [["lt", value.text]];
    case "between":
      return [
        ["gte", value.from],
        ["lt", value.below],
      ];
    case "like":
      return [[value.exclude ? "notGlob" : "glob", value.text]];
    case "is":
      return [[value.exclude ? "notIn" : "in", value.text]];
  }
}
