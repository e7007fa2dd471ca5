import { isMap, isScalar, LineCounter, parseDocument } from "yaml";
import type { PolicyPlace } from "./check-format.ts";

/** Where a policy file speaks of each control; a file that is not readable has no such lines. */
export function policyPlace(file: string, text: string): PolicyPlace {
  const counter = new LineCounter();
  const controls = parseDocument(text, { lineCounter: counter, prettyErrors: false }).get("controls");
  const lines = new Map<string, number>();
  for (const { key } of isMap(controls) ? controls.items : [])
    if (isScalar(key) && key.range) lines.set(String(key.value), counter.linePos(key.range[0]).line);
  return { file, lines };
}
