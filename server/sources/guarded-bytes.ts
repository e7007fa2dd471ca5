import type { Readable } from "node:stream";
import { SourceError } from "./source.ts";

export interface StallLimits {
  /** Between two chunks. */
  readonly idleMs: number;
  /** In all, counted only while we wait for bytes: a slow reader is not the source's fault. */
  readonly totalMs: number;
}

export const stallLimits: StallLimits = { idleMs: 30_000, totalMs: 15 * 60_000 };

/** The chunks of an answer; ends in an error when they stall, or are not as many bytes as were promised. */
export async function* guardedBytes(
  body: Readable,
  { length, limits, signal }: { readonly length: number; readonly limits: StallLimits; readonly signal: AbortSignal },
): AsyncGenerator<Uint8Array> {
  let received = 0;
  let waitedMs = 0;
  const onAbort = () => body.destroy(signal.reason as Error);
  signal.addEventListener("abort", onAbort, { once: true });
  const chunks = body[Symbol.asyncIterator]();
  try {
    for (;;) {
      signal.throwIfAborted();
      const began = performance.now();
      const next = await withinTime(chunks.next(), Math.min(limits.idleMs, limits.totalMs - waitedMs));
      waitedMs += performance.now() - began;
      if (next.done === true) break;
      const chunk = next.value as Uint8Array;
      received += chunk.byteLength;
      if (received > length) throw cut("TooManyBytes");
      yield chunk;
    }
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof SourceError ? error : cut(checksumFailed(error) ? "ChecksumMismatch" : "CutBody", error);
  } finally {
    signal.removeEventListener("abort", onAbort);
    body.destroy();
  }
  if (received !== length) throw cut("CutBody");
}

async function withinTime<T>(work: Promise<T>, ms: number): Promise<T> {
  // The body is destroyed when it is late, and then rejects too.
  work.catch(() => {});
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new SourceError("transport", "Stalled", "The answer stalled.")), Math.max(0, ms));
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function checksumFailed(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith("Checksum mismatch");
}

function cut(code: string, cause?: unknown): SourceError {
  return new SourceError("transport", code, "The bytes are not the ones that were promised.", { cause });
}
