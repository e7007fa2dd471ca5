import { canonicalJson } from "../lib/canonical-json.ts";
import type { Copy } from "./protocol.ts";

export type CopyVerdict = "delivery" | "completes" | "mask-change" | "unmasks" | "conflicting";

/**
 * How two copies of one call differ, when their records are not equal. `delivery`: a body is absent or elsewhere on one side.
 * `completes`: the other copy has, or leads to, a body that the current one lacks. `mask-change`: one of them has runs of `*` in place of
 * text; `unmasks`: it is the current one, and everywhere. A field that both carry with two values: `conflicting`.
 */
export function compareCopies(current: Copy, other: Copy): CopyVerdict {
  const sides = [
    ...current.fields.map((value, index) => compareText(value, other.fields[index] ?? null)),
    compareBody(current.inputBody, other.inputBody),
    compareBody(current.outputBody, other.outputBody),
  ];
  if (sides.includes("conflicting")) return "conflicting";
  if (sides.includes("mask-change")) return "mask-change";
  if (sides.includes("unmasks")) return "unmasks";
  return completes(current, other) ? "completes" : "delivery";
}

function completes(current: Copy, other: Copy): boolean {
  const adds = (body: string | null, path: string | null, otherBody: string | null, otherPath: string | null) =>
    body === null && (otherBody !== null || (path === null && otherPath !== null));
  return (
    adds(current.inputBody, current.inputPath, other.inputBody, other.inputPath) ||
    adds(current.outputBody, current.outputPath, other.outputBody, other.outputPath)
  );
}

function compareText(current: string | null, other: string | null): CopyVerdict {
  if (current === null || other === null || current === other) return "delivery";
  if (isMasked(current, other)) return "unmasks";
  return isMasked(other, current) ? "mask-change" : "conflicting";
}

function compareBody(current: string | null, other: string | null): CopyVerdict {
  if (current === null || other === null || current === other) return "delivery";
  return compareText(canonical(current), canonical(other));
}

/** Bodies are JSON text of our own writing; the order of keys means nothing. */
function canonical(body: string): string {
  return canonicalJson(JSON.parse(body));
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
