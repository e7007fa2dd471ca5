import type { Segment } from "../domain/invocation.ts";
import { parseJson } from "../lib/bounded-json.ts";
import { maxRecordDepth } from "./bodies.ts";
import { readContent, takeBodies } from "./read-content.ts";

/** The kept bodies of one invocation: JSON text after redaction, null where none is at hand. */
export interface StoredBodies {
  readonly operation: string | null;
  readonly input: string | null;
  readonly output: string | null;
}

/** Segments again from what was stored: the same reader over the same bodies gives the same segments as at ingest. */
export function storedSegments(
  { operation, input, output }: StoredBodies,
  hmac: (text: string) => string,
): { readonly segments: readonly Segment[]; readonly complete: boolean } {
  const record = {
    operation,
    input: { inputBodyJson: bodyValue(input) },
    output: { outputBodyJson: bodyValue(output) },
  };
  // Stored bodies were redacted before they were stored, so no text is searched for traces.
  const { segments, complete } = readContent(takeBodies(record, ""), hmac);
  return { segments, complete };
}

function bodyValue(text: string | null): unknown {
  return text === null ? undefined : (parseJson(text, maxRecordDepth)?.value ?? text);
}
