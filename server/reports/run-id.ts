import { createHash } from "node:crypto";

const alphabet = "abcdefghijklmnopqrstuvwxyz234567";

/** `r_` and 26 characters: the same report over the same window is the same run. Times are ISO 8601, UTC. */
export function runId(reportId: string, from: string, to: string, schemaVersion: number): string {
  const digest = createHash("sha256")
    .update([reportId, from, to, String(schemaVersion)].join("\n"))
    .digest();
  return `r_${base32(digest).slice(0, 26)}`;
}

function base32(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  return (bits.match(/.{5}/g) ?? []).map((five) => alphabet[Number.parseInt(five, 2)] ?? "").join("");
}
