import { isUtf8 } from "node:buffer";
import { withoutLoneEscapes, withoutLoneSurrogates } from "../lib/well-formed.ts";

export interface Decoded {
  readonly text: string;
  /** The text was ill-formed; what could not be read is U+FFFD now. */
  readonly repaired: boolean;
}

/** The text of a line or body, well-formed whatever its bytes are. */
export function decode(line: Uint8Array | string): Decoded {
  const json = typeof line === "string" ? withoutLoneSurrogates(line) : decodeUtf8(line);
  const text = withoutLoneEscapes(json);
  const wellFormed = typeof line === "string" ? line === json : isUtf8(line);
  return { text, repaired: !wellFormed || text !== json };
}

function decodeUtf8(line: Uint8Array): string {
  return Buffer.from(line.buffer, line.byteOffset, line.length).toString("utf8");
}
