import type { Copy } from "./protocol.ts";

export type CopyVerdict = "delivery" | "mask-change" | "conflicting";

/**
 * How two copies of one call differ, when their records are not equal. `delivery`: a body is absent or elsewhere on one side.
 * `mask-change`: one of them has runs of `*` in place of text. A field that both carry with two values: `conflicting`.
 */
export function compareCopies(current: Copy, other: Copy): CopyVerdict {
  const sides = [
    ...current.fields.map((value, index) => compareText(value, other.fields[index] ?? null)),
    compareBody(current.inputBody, other.inputBody),
    compareBody(current.outputBody, other.outputBody),
  ];
  if (sides.includes("conflicting")) return "conflicting";
  return sides.includes("mask-change") ? "mask-change" : "delivery";
}

function compareText(a: string | null, b: string | null): CopyVerdict {
  if (a === null || b === null || a === b) return "delivery";
  return isMasked(a, b) || isMasked(b, a) ? "mask-change" : "conflicting";
}

function compareBody(a: string | null, b: string | null): CopyVerdict {
  if (a === null || b === null || a === b || canonical(a) === canonical(b)) return "delivery";
  return isMasked(canonical(a), canonical(b)) || isMasked(canonical(b), canonical(a)) ? "mask-change" : "conflicting";
}

/** Bodies are JSON text of our own writing; the order of keys means nothing. */
function canonical(body: string): string {
  return JSON.stringify(JSON.parse(body), (_, value: unknown) => (isMap(value) ? sorted(value) : value));
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function sorted(value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const copy: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const key of Object.keys(value).toSorted()) copy[key] = value[key];
  return copy;
}

/** Whether `masked` is `clear` with text replaced by runs of `*`. What stands between the runs must stand in `clear` in that order. */
function isMasked(masked: string, clear: string): boolean {
  const pieces = masked.split(/\*{3,}/);
  const [first = ""] = pieces;
  const last = pieces.at(-1) ?? "";
  if (pieces.length < 2 || !clear.startsWith(first)) return false;
  let at = first.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = clear.indexOf(piece, at);
    if (found === -1) return false;
    at = found + piece.length;
  }
  return clear.length - last.length >= at && clear.endsWith(last);
}
