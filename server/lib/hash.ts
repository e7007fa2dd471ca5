import { createHmac, createSecretKey, hash } from "node:crypto";

/** 64 hex digits. */
export function sha256Hex(text: string | Uint8Array): string {
  return hash("sha256", text);
}

/** The first 8 bytes of SHA-256 as a signed integer: what a BIGINT column holds. */
export function hash64(text: string): bigint {
  return BigInt.asIntN(64, BigInt(`0x${sha256Hex(text).slice(0, 16)}`));
}

/** A keyed hash of texts, 64 hex digits: without the key nobody can check a guess. */
export function openHmac(key: Uint8Array): (text: string) => string {
  // A key that was imported once makes each hash a fifth cheaper.
  const secret = createSecretKey(key);
  return (text) => createHmac("sha256", secret).update(text).digest("hex");
}
