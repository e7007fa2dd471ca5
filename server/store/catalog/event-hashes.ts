import { createHash } from "node:crypto";

/** Length of a hash. */
export const eventBytes = 8;

/** 64 bits of the hash of an event's id, one character a byte. */
export function eventHash(id: string): string {
  return createHash("sha256").update(id).digest().toString("latin1", 0, eventBytes);
}

/** Hashes as the catalog keeps them, one behind the other. */
export function pack(hashes: Iterable<string>): Uint8Array {
  return Buffer.from([...hashes].join(""), "latin1");
}

export function unpack(packed: Uint8Array, hashBytes = eventBytes): string[] {
  const text = Buffer.from(packed.buffer, packed.byteOffset, packed.length).toString("latin1");
  const length = packed.length / hashBytes;
  return Array.from({ length }, (_, at) => text.slice(at * hashBytes, (at + 1) * hashBytes));
}

export function packedCount(packed: Uint8Array): number {
  return packed.length / eventBytes;
}

/** A column of packed hashes as it is read. */
export function bytesOf(column: ArrayBuffer | null | undefined): Uint8Array {
  return new Uint8Array(column ?? new ArrayBuffer(0));
}
