import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../lib/clock.ts";
import { type FoundFile, fileAt, folderError } from "./folder-tree.ts";
import { SourceError, type UnitRef } from "./source.ts";

/** A file is taken when nothing has changed it for this long. */
const settleMs = 2_000;
const chunkBytes = 256 * 1024;

/** Files that stand still, and how many do not. Waits once for those that were changed just now. */
export async function settledFiles(
  files: readonly FoundFile[],
  { root, clock, signal }: { readonly root: string; readonly clock: Clock; readonly signal: AbortSignal },
): Promise<{ readonly settled: readonly FoundFile[]; readonly moving: number }> {
  const now = clock();
  const settled = files.filter((file) => now - file.changedAt >= settleMs);
  const young = files.filter((file) => now - file.changedAt < settleMs);
  if (young.length === 0) return { settled, moving: 0 };
  await sleep(settleMs, undefined, { signal });
  let moving = 0;
  for (const before of young) {
    const after = await fileAt(root, before.relativePath);
    if (after?.stamp === before.stamp) settled.push(after);
    else if (after !== null) moving += 1;
  }
  return { settled, moving };
}

/** SHA-256 of the content, hex. */
export async function versionOf(path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of fileBytes(path, signal)) hash.update(chunk);
  return hash.digest("hex");
}

/** The bytes of a listed file; ends in an error if they are not the ones that were listed. */
export async function* listedBytes(path: string, unit: UnitRef, signal: AbortSignal): AsyncGenerator<Buffer> {
  const hash = createHash("sha256");
  for await (const chunk of fileBytes(path, signal)) {
    hash.update(chunk);
    yield chunk;
  }
  if (hash.digest("hex") !== unit.version) throw changed();
}

export function changed(): SourceError {
  return new SourceError("replaced", "FileChanged", "The file is not the one that was listed.");
}

/** Errors are `SourceError`. A link is not followed. */
export async function* fileBytes(path: string, signal: AbortSignal): AsyncGenerator<Buffer> {
  signal.throwIfAborted();
  try {
    // A link put in the place of a listed file is not followed, and a pipe is not waited for.
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    for await (const chunk of file.createReadStream({ highWaterMark: chunkBytes, signal })) yield chunk as Buffer;
  } catch (error) {
    signal.throwIfAborted();
    throw folderError(error);
  }
}
