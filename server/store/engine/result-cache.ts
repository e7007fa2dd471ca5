import type { Row } from "../store.ts";

/** The newest results, up to so many values in all; what was used longest ago goes first. */
export class ResultCache {
  readonly #results = new Map<string, readonly Row[]>();
  readonly #maxCells: number;
  #cells = 0;

  constructor(maxCells: number) {
    this.#maxCells = maxCells;
  }

  get(key: string): readonly Row[] | undefined {
    const rows = this.#results.get(key);
    if (rows === undefined) return undefined;
    this.#results.delete(key);
    this.#results.set(key, rows);
    return rows;
  }

  set(key: string, rows: readonly Row[]): void {
    if (this.#results.has(key) || weight(rows) > this.#maxCells / 4) return;
    this.#results.set(key, rows);
    this.#cells += weight(rows);
    for (const [oldest, dropped] of this.#results) {
      if (this.#cells <= this.#maxCells) break;
      this.#results.delete(oldest);
      this.#cells -= weight(dropped);
    }
  }
}

function weight(rows: readonly Row[]): number {
  const [first] = rows;
  return 1 + (first === undefined ? 0 : rows.length * Object.keys(first).length);
}
