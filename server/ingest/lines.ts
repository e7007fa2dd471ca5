import { createHash } from "node:crypto";

/** One line of a unit: its bytes without the line feed, and its place in the decompressed stream (half-open, without the line feed). */
export interface Line {
  readonly from: number;
  readonly to: number;
  /** Null for a line over the limit, of which only the hash is kept. */
  readonly bytes: Buffer | null;
  readonly sha256: string | null;
  /** False for a last line without a line feed. */
  readonly terminated: boolean;
}

const lineFeed = 0x0a;

/** Why a line over the limit is not read. */
export function tooLong(maxLineBytes: number): string {
  return `The line is longer than ${maxLineBytes / 2 ** 20} MiB.`;
}

/** Splits at line feeds as bytes; holds at most one line and one chunk. Lines that hold nothing are given too. */
export async function* splitLines(chunks: AsyncIterable<Buffer>, maxLineBytes: number): AsyncGenerator<Line> {
  let open = openLine(0, maxLineBytes);
  for await (const chunk of chunks) {
    let at = 0;
    for (let end = chunk.indexOf(lineFeed); end !== -1; end = chunk.indexOf(lineFeed, at)) {
      const part = chunk.subarray(at, end);
      const line =
        open.size === 0 && part.length <= maxLineBytes ? wholeLine(open.from, part) : open.add(part).close(true);
      yield line;
      at = end + 1;
      open = openLine(line.to + 1, maxLineBytes);
    }
    open.add(chunk.subarray(at));
  }
  if (open.size > 0) yield open.close(false);
}

function wholeLine(from: number, bytes: Buffer): Line {
  return { from, to: from + bytes.length, bytes, sha256: null, terminated: true };
}

/** A line whose end has not come yet. */
function openLine(from: number, maxBytes: number) {
  let parts: Buffer[] = [];
  let hash: ReturnType<typeof createHash> | null = null;
  const line = {
    from,
    size: 0,
    add(part: Buffer) {
      line.size += part.length;
      if (hash !== null) hash.update(part);
      else if (part.length > 0) parts.push(part);
      if (hash === null && line.size > maxBytes) {
        hash = createHash("sha256");
        for (const kept of parts) hash.update(kept);
        parts = [];
      }
      return line;
    },
    close(terminated: boolean): Line {
      return {
        from,
        to: from + line.size,
        bytes: hash === null ? Buffer.concat(parts) : null,
        sha256: hash === null ? null : hash.digest("hex"),
        terminated,
      };
    },
  };
  return line;
}
