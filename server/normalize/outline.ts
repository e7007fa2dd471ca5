import type { InvocationContent, OutlineSegment, Segment } from "../domain/invocation.ts";

/** What may be shown of the content without the right to read it: no text, no body, no hash. */
export function outline(content: Pick<InvocationContent, "segments">): OutlineSegment[] {
  return content.segments.map(shown);
}

function shown({ side, kind, role, index, turn, path, name, refId, uri, isError, text }: Segment): OutlineSegment {
  return { side, kind, role, index, turn, path, name, refId, uri, isError, characters: text?.length ?? null };
}
