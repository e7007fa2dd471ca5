const mib = 2 ** 20;
/** Larger ones would make no better segments. */
const largestBytes = 24 * mib;

/**
 * Rows, and bytes of bodies, after which a worker writes what it holds. It holds two batches at most: one that fills, and one that is being
 * written; it takes nothing more from its source until there is room. So no more than `inFlightBytes` wait in all.
 */
export function batchSizes({
  inFlightBytes,
  memory,
  workers,
}: {
  readonly inFlightBytes: number;
  /** Bytes that all of reading may take. */
  readonly memory: number;
  readonly workers: number;
}): { readonly rows: number; readonly bytes: number } {
  const bytes = Math.floor(inFlightBytes / (2 * workers));
  return { rows: memory >= 1_024 * mib ? 16_384 : 8_192, bytes: Math.min(largestBytes, bytes) };
}
