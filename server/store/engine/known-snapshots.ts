import { type Reach, type ReadSegments, readSegments, type SnapshotSegments } from "./read-segments.ts";

/** What a statement of this reach reads in one snapshot. */
export type SegmentsOf = (reach: Reach) => ReadSegments;

/** A screen may be of one snapshot while others read the newest. */
const mostKnown = 2;

/** Snapshots whose segments the catalog was asked for, those that were asked about last. */
export class KnownSnapshots {
  readonly #ask: (snapshot: number) => Promise<SnapshotSegments>;
  readonly #known = new Map<number, Promise<SegmentsOf>>();

  constructor(ask: (snapshot: number) => Promise<SnapshotSegments>) {
    this.#ask = ask;
  }

  of(snapshot: number): Promise<SegmentsOf> {
    const known = this.#known.get(snapshot) ?? this.#ask(snapshot).then(remembered);
    this.#known.delete(snapshot);
    this.#known.set(snapshot, known);
    // A catalog that could not answer now can answer the next one.
    known.catch(() => this.#known.get(snapshot) === known && this.#known.delete(snapshot));
    for (const oldest of this.#known.keys()) if (this.#known.size > mostKnown) this.#known.delete(oldest);
    return known;
  }
}

/** The panels of a screen have few; what walks through the days has many. */
const mostReaches = 200;

function remembered(all: SnapshotSegments): SegmentsOf {
  const read = new Map<string, ReadSegments>();
  return (reach) => {
    const name = JSON.stringify(reach);
    const known = read.get(name) ?? readSegments(all, reach);
    if (read.size >= mostReaches) read.clear();
    read.set(name, known);
    return known;
  };
}
