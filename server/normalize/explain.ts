import type { Invocation, InvocationContent, OutlineSegment, QuarantineReason } from "../domain/invocation.ts";
import { outline } from "./outline.ts";
import { readLine, type LineOutcome, type NormalizeDeps } from "./read-line.ts";

export type Explained =
  | {
      readonly line: number;
      readonly invocation: Invocation;
      readonly outline: readonly OutlineSegment[];
      readonly content?: InvocationContent;
    }
  | { readonly line: number; readonly quarantined: QuarantineReason; readonly detail: string }
  | { readonly line: number; readonly ignored: string };

/** How a line is understood; the words of people and models only when they are asked for. */
export function explainLine(
  lineNumber: number,
  line: Uint8Array | string,
  deps: NormalizeDeps,
  options: { readonly content: boolean },
): Explained[] {
  return readLine(line, deps).map((outcome) => explain(lineNumber, outcome, options.content));
}

function explain(line: number, outcome: LineOutcome, withContent: boolean): Explained {
  if (outcome.kind === "quarantined") return { line, quarantined: outcome.reason, detail: outcome.detail };
  if (outcome.kind === "ignored") return { line, ignored: outcome.rule };
  const { invocation, content } = outcome;
  const shown = { line, invocation, outline: outline(content) };
  return withContent ? { ...shown, content } : shown;
}
