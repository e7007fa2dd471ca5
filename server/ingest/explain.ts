import { createHmac } from "node:crypto";
import { plainBytes, unitLimits } from "./gunzip.ts";
import { splitLines } from "./lines.ts";
import { explainLine, type Explained } from "../normalize/explain.ts";

/**
 * How each line of a log file is read, compressed or not; stores nothing. `hmacKey` is random without a store: hashes then mean nothing
 * beyond this run.
 */
export async function* explainFile(
  chunks: AsyncIterable<Buffer>,
  options: { readonly hmacKey: Uint8Array; readonly content: boolean },
): AsyncGenerator<Explained> {
  const hmac = (text: string) => createHmac("sha256", options.hmacKey).update(text).digest("hex");
  let number = 0;
  for await (const line of splitLines(plainBytes(chunks, unitLimits), unitLimits.recordBytes)) {
    number += 1;
    if (line.bytes === null) yield { line: number, quarantined: "record-too-large", detail: "" };
    else yield* explainLine(number, line.bytes, { hmac, resolve: () => null }, options);
  }
}
