import { sha256Hex } from "../lib/hash.ts";

/** How a call is named in `erasures`: its content is never stored again, also after a refill. */
export function identityHash(id: string): string {
  return sha256Hex(id);
}

const pieceMark = "piece:";

/** How bytes that are no call are named in `erasures`, by their SHA-256 in hex: they are never kept again. */
export function pieceHash(sha256: string): string {
  return `${pieceMark}${sha256}`;
}

export function isPieceHash(hash: string): boolean {
  return hash.startsWith(pieceMark);
}
