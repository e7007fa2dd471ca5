import type { Segment } from "../domain/invocation.ts";

/** A segment with its place in the conversation. */
export interface PlacedSegment {
  readonly segment: Segment;
  readonly position: "new" | "history";
}

/** What stands after the last turn of the assistant is new, and so are the output, the system prompt and the tools. */
export function placed(segments: readonly Segment[]): PlacedSegment[] {
  const lastAnswer = segments.findLast(({ side, role }) => side === "input" && role === "assistant");
  return segments.map((segment) => ({
    segment,
    position: isNew(segment, lastAnswer?.index ?? -1) ? "new" : "history",
  }));
}

function isNew({ side, kind, index }: Segment, lastAnswer: number): boolean {
  return side === "output" || kind === "system" || kind === "toolDefinition" || index > lastAnswer;
}
