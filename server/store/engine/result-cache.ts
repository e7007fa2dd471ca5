import type { Row } from "../store.ts";
import type { Reach } from "./read-segments.ts";

interface Kept {
  readonly reach: Reach;
  /** Of the segments that it was read from. */
  readonly segments: string;
  readonly rows: readonly Row[];
  readonly bytes: number;
}

/** What a value weighs beside its own bytes. */
const cellBytes = 16;

/** Results, up to so many bytes in all; what was used longest ago goes first. */
export class ResultCache {
  readonly #results = new Map<string, Kept>();
  readonly #maxBytes: number;
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
  set(key: string, from: Pick<Kept, "reach" | "segments">, rows: readonly Row[], valuesBytes: number): void {
    const bytes = valuesBytes + cellBytes * (1 + rows.length * Object.keys(rows[0] ?? {}).length);
    if (this.#results.has(key) || bytes > this.#maxBytes / 4) return;
    this.#results.set(key, { ...from, rows, bytes });
    this.#bytes += bytes;
    for (const oldest of this.#results.keys()) {
      if (this.#bytes <= this.#maxBytes) break;
      this.#drop(oldest);
    }
  }

  /** Gives up what was read from other segments than `segmentsOf` names now: nobody asks for it any more, and it may hold what has been erased since. */
  keepOnly(segmentsOf: (reach: Reach) => string): void {
    for (const [key, { reach, segments }] of this.#results) if (segmentsOf(reach) !== segments) this.#drop(key);
  }

  #drop(key: string): void {
    this.#bytes -= this.#results.get(key)?.bytes ?? 0;
    this.#results.delete(key);
  }
}
