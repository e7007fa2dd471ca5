import type { UnitRef } from "../sources/source.ts";
import { eventHash, pack, unpack } from "../store/catalog/event-hashes.ts";

/** Hashes of windows that are kept at hand, in all. */
const keptHashes = 2_000_000;

/**
 * Which events of a listed page are to be read: an event is read once in its window, however many pages show it. What the ledger knows,
 * and what another page brings that is on its way there, is left out.
 */
export class Pages {
  readonly #load: (sourceId: string, windowStart: number) => Promise<Uint8Array>;
  /** By window, in the order of their last use. */
  readonly #known = new Map<string, Promise<Set<string>>>();
  readonly #waiting = new Map<string, Set<string>>();

  /** `load` gives the packed hashes of the events of a window that the ledger knows. */
  constructor(load: (sourceId: string, windowStart: number) => Promise<Uint8Array>) {
    this.#load = load;
  }

  /** Packed hashes of the events that a page shows first; null for a page that shows nothing new: it is no unit. */
  async put(sourceId: string, { eventIds = [], window }: UnitRef): Promise<Uint8Array | null> {
    const start = Date.parse(window);
    const name = windowName(sourceId, start);
    const known = await this.#knownIn(name, sourceId, start);
    const waiting = this.#waiting.get(name) ?? new Set();
    this.#waiting.set(name, waiting);
    const fresh = eventIds.map(eventHash).filter((hash) => !known.has(hash) && !waiting.has(hash));
    if (fresh.length === 0) return null;
    for (const hash of fresh) waiting.add(hash);
    return pack(fresh);
  }

  /** These events are in the lake. */
  async committed(sourceId: string, windowStart: number, hashes: Iterable<string>): Promise<void> {
    const name = windowName(sourceId, windowStart);
    const known = await this.#known.get(name);
    for (const hash of hashes) {
      known?.add(hash);
      this.#waiting.get(name)?.delete(hash);
    }
  }

  /** These events were listed and are not there any more: another page may show them again. */
  async gone(sourceId: string, windowStart: number, hashes: Iterable<string>): Promise<void> {
    const name = windowName(sourceId, windowStart);
    const known = await this.#known.get(name);
    for (const hash of hashes) {
      known?.delete(hash);
      this.#waiting.get(name)?.delete(hash);
    }
  }

  async #knownIn(window: string, sourceId: string, start: number): Promise<Set<string>> {
    const known = this.#known.get(window) ?? this.#load(sourceId, start).then((known) => new Set(unpack(known)));
    this.#known.delete(window);
    this.#known.set(window, known);
    const hashes = await known.catch((error: unknown) => {
      this.#known.delete(window);
      throw error;
    });
    await this.#shrink(window);
    return hashes;
  }

  /** Drops the windows that were used longest ago; one with waiting events too, as the ledger is asked again. */
  async #shrink(used: string): Promise<void> {
    let hashes = 0;
    for (const [window, known] of [...this.#known].toReversed()) {
      hashes += (await known.catch(() => new Set())).size;
      if (hashes > keptHashes && window !== used) this.#known.delete(window);
    }
  }
}

function windowName(sourceId: string, windowStart: number): string {
  return `${sourceId} ${windowStart}`;
}
