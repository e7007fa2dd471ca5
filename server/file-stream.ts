import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { errorCode } from "./lib/errors.ts";

/** Who takes nothing of a file for so long has gone. */
const longestIdleMs = 60_000;
const readerLeft: ReadonlySet<string> = new Set(["ERR_STREAM_PREMATURE_CLOSE", "ECONNRESET", "EPIPE"]);

/** Sends the pieces as they are taken, and ends the file with the last of them alone: one that breaks off breaks the connection. */
export async function sendStream(
  response: ServerResponse,
  chunks: AsyncIterable<Uint8Array>,
  idleMs = longestIdleMs,
): Promise<void> {
  response.setTimeout(idleMs, () => response.destroy());
  await pipeline(Readable.from(chunks, { objectMode: false }), response).catch((error: unknown) => {
    if (!readerLeft.has(errorCode(error))) throw error;
  });
}
