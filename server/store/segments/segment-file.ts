import { createHash } from "node:crypto";
import { open } from "node:fs/promises";

/** What a finished segment file holds. Times are milliseconds, null where the table has no time or no row. */
export interface SegmentFile {
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: string;
  readonly minTime: number | null;
  readonly maxTime: number | null;
}

/** Brings the file to the disk, which DuckDB does not do, and says its size and hash. */
export async function sealFile(file: string): Promise<{ readonly bytes: number; readonly sha256: string }> {
  const handle = await open(file, "r+");
  try {
    await handle.chmod(0o600);
    await handle.sync();
    const hash = createHash("sha256");
    const chunk = Buffer.allocUnsafe(1024 * 1024);
    let bytes = 0;
    for (let read = -1; read !== 0; bytes += read) {
      read = (await handle.read(chunk, 0, chunk.length, bytes)).bytesRead;
      hash.update(chunk.subarray(0, read));
    }
    return { bytes, sha256: hash.digest("hex") };
  } finally {
    await handle.close();
  }
}
