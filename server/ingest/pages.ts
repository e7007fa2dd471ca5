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

/** Pages that were listed and not read yet: they live in memory, with what was seen of their events before. */
export class Pages {
  readonly #refs = new Map<string, UnitRef>();

  put(sourceId: string, ref: UnitRef): void {
    if (ref.eventIds !== undefined) this.#refs.set(nameOf(sourceId, ref), ref);
  }

  get(sourceId: string, unit: { readonly key: string; readonly version: string }): UnitRef | null {
    return this.#refs.get(nameOf(sourceId, unit)) ?? null;
  }

  drop(sourceId: string, unit: { readonly key: string; readonly version: string }): void {
    this.#refs.delete(nameOf(sourceId, unit));
  }
}

function nameOf(sourceId: string, { key, version }: { readonly key: string; readonly version: string }): string {
  return JSON.stringify([sourceId, key, version]);
}
