import type { Dimension } from "../server/domain/metric.ts";
import { modelParts, plainParts, principalParts, type IdParts } from "./ui/identifier.tsx";

const none = "(none)";

const words: ReadonlyMap<string, string> = new Map([
  ["success", "Success"],
  ["blocked", "Blocked"],
  ["client-error", "Client error"],
  ["server-error", "Server error"],
  ["throttled", "Throttled"],
  ["other-error", "Other error"],
  ["unknown", "Unknown"],
]);

/** The parts of a group's name: what tells it from the others stands out. */
export function partsOf(dimension: Dimension, key: string | null): IdParts {
  if (key === null) return plainParts(none);
  if (dimension === "principal") return principalParts(key);
  if (dimension === "model") return modelParts(key);
  return plainParts(dimension === "status" ? (words.get(key) ?? key) : key);
}

/** The short name of a group, as in a legend. */
export function nameOf(dimension: Dimension, key: string | null): string {
  return partsOf(dimension, key).main;
}
