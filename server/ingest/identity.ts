import { hash as hashOnce } from "node:crypto";

/** Words of 32 bits that one identity takes: two of the id's hash, two of the record's. */
export const identityWords = 4;

/** Writes the identity of a record at `offset`: 64 bits of the hash of its id, then its record hash. */
export function writeIdentity(words: Uint32Array, offset: number, id: string, recordHash: bigint): void {
  const hash = hashOnce("sha256", id, "buffer");
  words[offset] = hash.readUInt32LE(0);
  words[offset + 1] = hash.readUInt32LE(4);
  words[offset + 2] = Number(BigInt.asUintN(32, recordHash));
  words[offset + 3] = Number(BigInt.asUintN(32, recordHash >> 32n));
}

/** What is known of an identity. `owner` is 0 for a committed record, else the group that has claimed it. */
export interface Known {
  readonly owner: number;
  /** Same id, same record. */
  readonly equal: boolean;
}

const slotWords = 5;
const free = 0;
const dead = 0xffff_ffff;
const committed = 1;

/**
 * The identities of one day: a hash table in one block of memory, 20 bytes a slot, at most half full.
 * A slot holds the identity's four words and its owner; ids whose hashes are equal may both stand in it.
 */
export class IdentityTable {
  #slots: Uint32Array;
  #used = 0;

  constructor(expected = 0) {
    this.#slots = new Uint32Array(slotWords * powerOfTwo(Math.max(64, expected * 2)));
  }

  get bytes(): number {
    return this.#slots.byteLength;
  }

  /** An equal record before any other one of the same id; null for an id that is not there. */
  find(words: Uint32Array, offset: number): Known | null {
    let other: Known | null = null;
    for (let at = this.#start(words[offset] ?? 0); ; at = this.#next(at)) {
      const state = this.#slots[at + 4] ?? free;
      if (state === free) return other;
      if (state === dead || this.#slots[at] !== words[offset] || this.#slots[at + 1] !== words[offset + 1]) continue;
      const owner = state === committed ? 0 : state;
      const equal = this.#slots[at + 2] === words[offset + 2] && this.#slots[at + 3] === words[offset + 3];
      if (equal) return { owner, equal };
      other ??= { owner, equal };
    }
  }

  /** `owner` 0 is a committed record; groups are numbered from 2. */
  add(words: Uint32Array, offset: number, owner: number): void {
    if ((this.#used + 1) * slotWords * 2 > this.#slots.length) this.#grow();
    let at = this.#start(words[offset] ?? 0);
    while (this.#slots[at + 4] !== free) at = this.#next(at);
    for (let word = 0; word < identityWords; word += 1) this.#slots[at + word] = words[offset + word] ?? 0;
    this.#slots[at + 4] = owner === 0 ? committed : owner;
    this.#used += 1;
  }

  /** The group's claims become records, or are forgotten. */
  settle(owner: number, kept: boolean): void {
    for (let at = 4; at < this.#slots.length; at += slotWords) {
      if (this.#slots[at] === owner) this.#slots[at] = kept ? committed : dead;
    }
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Uint32Array(old.length * 2);
    this.#used = 0;
    for (let at = 0; at < old.length; at += slotWords) {
      const state = old[at + 4] ?? free;
      if (state !== free && state !== dead) this.add(old, at, state === committed ? 0 : state);
    }
  }

  #start(hash: number): number {
    return (hash & (this.#slots.length / slotWords - 1)) * slotWords;
  }

  #next(at: number): number {
    return at + slotWords === this.#slots.length ? 0 : at + slotWords;
  }
}

function powerOfTwo(least: number): number {
  return 2 ** Math.ceil(Math.log2(least));
}
