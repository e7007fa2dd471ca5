import { createHmac, hash } from "node:crypto";

/** 64 hex digits. */
export function sha256Hex(text: string | Uint8Array): string {
  return hash("sha256", text);
}

/** The first 8 bytes of SHA-256 as a signed integer: what a BIGINT column holds. */
export function hash64(text: string): bigint {
  return BigInt.asIntN(64, BigInt(`0x${sha256Hex(text).slice(0, 16)}`));
}

const blockBytes = 64;
const digestBytes = 32;
/** Longer texts are rare, and the hashing itself then outweighs the rest. */
const scratchBytes = 32 * 1024;
const utf8BytesPerUnit = 3;

/**
 * A keyed hash of texts, 64 hex digits: without the key nobody can check a guess. HMAC-SHA256 (RFC 2104) out of two one-shot hashes:
 * `createHmac` makes a stream for each text, which costs more than to hash a short one, and ingest hashes several a record.
 */
export function openHmac(key: Uint8Array): (text: string) => string {
  const inner = Buffer.alloc(blockBytes + scratchBytes);
  const outer = Buffer.alloc(blockBytes + digestBytes);
  const padded = Buffer.alloc(blockBytes);
  padded.set(key.length > blockBytes ? hash("sha256", key, "buffer") : key);
  padded.forEach((byte, at) => {
    inner[at] = byte ^ 0x36;
    outer[at] = byte ^ 0x5c;
  });
  return (text) => {
    if (text.length * utf8BytesPerUnit > scratchBytes) return createHmac("sha256", key).update(text).digest("hex");
    const end = blockBytes + inner.write(text, blockBytes, "utf8");
    outer.write(hash("sha256", inner.subarray(0, end)), blockBytes, "hex");
    return hash("sha256", outer);
  };
}
