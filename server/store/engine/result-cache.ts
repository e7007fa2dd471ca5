import type { Row } from "../store.ts";

interface Kept {
  readonly rows: readonly Row[];
  readonly bytes: number;
}

/** What a value weighs beside its own bytes. */
const cellBytes = 16;

/**
 * Results of the newest snapshot, up to so many bytes in all; what was used longest ago goes first. Those of older snapshots are given up:
 * nobody asks for them any more, and they may hold what has been erased since.
 */
export class ResultCache {
  readonly #results = new Map<string, Kept>();
  readonly #maxBytes: number;
  #snapshot = 0;
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get(key: string): readonly Row[] | undefined {
    const kept = this.#results.get(key);
    if (kept === undefined) return undefined;
    this.#results.delete(key);
    this.#results.set(key, kept);
    return kept.rows;
  }

  /** `valuesBytes`: about what the values weigh. */
  set(key: string, snapshot: number, rows: readonly Row[], valuesBytes: number): void {
    if (snapshot > this.#snapshot) this.#begin(snapshot);
    const bytes = valuesBytes + cellBytes * (1 + rows.length * Object.keys(rows[0] ?? {}).length);
    if (snapshot < this.#snapshot || this.#results.has(key) || bytes > this.#maxBytes / 4) return;
    this.#results.set(key, { rows, bytes });
    this.#bytes += bytes;
    for (const [oldest, dropped] of this.#results) {
      if (this.#bytes <= this.#maxBytes) break;
      this.#results.delete(oldest);
      this.#bytes -= dropped.bytes;
    }
  }

  #begin(snapshot: number): void {
    this.#snapshot = snapshot;
    this.#results.clear();
    this.#bytes = 0;
  }
}
