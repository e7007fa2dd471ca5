import { createHash, createHmac } from "node:crypto";

/** 64 hex digits. */
export function sha256Hex(text: string | Uint8Array): string {
  return createHash("sha256").update(text).digest("hex");
}

/** The first 8 bytes of SHA-256 as a signed integer: what a BIGINT column holds. */
export function hash64(text: string): bigint {
  return createHash("sha256").update(text).digest().readBigInt64BE(0);
}

/** A keyed hash of texts, 64 hex digits: without the key nobody can check a guess. */
export function openHmac(key: Uint8Array): (text: string) => string {
  return (text) => createHmac("sha256", key).update(text).digest("hex");
}
