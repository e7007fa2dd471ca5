import { sha256Hex } from "../lib/hash.ts";

/** Equal detection, subject and bucket: the same finding, in every run and on every machine. */
export function findingId(detectionId: string, subject: string, bucket: string): string {
  return sha256Hex(`${detectionId}\n${subject}\n${bucket}`).slice(0, 32);
}
