import { createHash } from "node:crypto";
import type { UnitRef } from "../sources/source.ts";

const hashBytes = 8;

/** 64 bits of the hash of an event's id. */
export function eventHash(id: string): string {
  return createHash("sha256").update(id).digest().toString("latin1", 0, hashBytes);
}

/** The packed hashes of a window as a set. */
export function unpack(known: Uint8Array): Set<string> {
  const text = Buffer.from(known.buffer, known.byteOffset, known.length).toString("latin1");
  return new Set(
    Array.from({ length: text.length / hashBytes }, (_, at) => text.slice(at * hashBytes, (at + 1) * hashBytes)),
  );
}

export function pack(hashes: readonly string[]): Uint8Array {
  return Buffer.from(hashes.join(""), "latin1");
}

/** A listed page, and which of its events are to be read. */
export interface ListedPage {
  readonly ref: UnitRef;
  readonly fresh: ReadonlySet<string>;
}

/** Hashes of windows that are kept at hand, in all. */
const keptHashes = 2_000_000;

/**
 * Pages that were listed and not read yet: they live in memory. An event is read once in its window, however many pages show it: what
 * the lake has, and what another page waits with, is left out.
 */
export class Pages {
  readonly #load: (sourceId: string, windowStart: number) => Promise<Uint8Array>;
  readonly #pages = new Map<string, ListedPage>();
  /** By window, in the order of their last use. */
  readonly #known = new Map<string, Promise<Set<string>>>();
  readonly #waiting = new Map<string, Set<string>>();

  /** `load` gives the packed hashes of the events of a window that are in the lake. */
  constructor(load: (sourceId: string, windowStart: number) => Promise<Uint8Array>) {
    this.#load = load;
  }

  /** False for a page that shows nothing new: it is no unit. */
  async put(sourceId: string, ref: UnitRef): Promise<boolean> {
    const window = windowName(sourceId, Date.parse(ref.window));
    const known = await this.#knownIn(window, sourceId, Date.parse(ref.window));
    const waiting = this.#waiting.get(window) ?? new Set();
    this.#waiting.set(window, waiting);
    const hashes = (ref.eventIds ?? []).map((id) => [id, eventHash(id)] as const);
    const fresh = hashes.filter(([, hash]) => !known.has(hash) && !waiting.has(hash));
    if (fresh.length === 0) return false;
    for (const [, hash] of fresh) waiting.add(hash);
    this.#pages.set(nameOf(sourceId, ref), { ref, fresh: new Set(fresh.map(([id]) => id)) });
    return true;
  }

  get(sourceId: string, unit: PageName): ListedPage | null {
    return this.#pages.get(nameOf(sourceId, unit)) ?? null;
  }

  /** The page's events are in the lake. */
  async committed(sourceId: string, unit: PageName, windowStart: number): Promise<void> {
    const known = await this.#known.get(windowName(sourceId, windowStart));
    for (const id of this.get(sourceId, unit)?.fresh ?? []) known?.add(eventHash(id));
    this.drop(sourceId, unit, windowStart);
  }

  /** The page will not be read: what it alone showed may be shown by another one. */
  drop(sourceId: string, unit: PageName, windowStart: number): void {
    const waiting = this.#waiting.get(windowName(sourceId, windowStart));
    for (const id of this.get(sourceId, unit)?.fresh ?? []) waiting?.delete(eventHash(id));
    this.#pages.delete(nameOf(sourceId, unit));
  }

  async #knownIn(window: string, sourceId: string, start: number): Promise<Set<string>> {
    const known = this.#known.get(window) ?? this.#load(sourceId, start).then(unpack);
    this.#known.delete(window);
    this.#known.set(window, known);
    const hashes = await known.catch((error: unknown) => {
      this.#known.delete(window);
      throw error;
    });
    await this.#shrink(window);
    return hashes;
  }

  /** Drops the windows that were used longest ago; one with waiting events too, as the lake is asked again. */
  async #shrink(used: string): Promise<void> {
    let hashes = 0;
    for (const [window, known] of [...this.#known].toReversed()) {
      hashes += (await known.catch(() => new Set())).size;
      if (hashes > keptHashes && window !== used) this.#known.delete(window);
    }
  }
}

interface PageName {
  readonly key: string;
  readonly version: string;
}

function windowName(sourceId: string, windowStart: number): string {
  return `${sourceId} ${windowStart}`;
}

function nameOf(sourceId: string, { key, version }: PageName): string {
  return JSON.stringify([sourceId, key, version]);
}
