import { readFileSync } from "node:fs";

/** Of the package that this file belongs to, in a checkout as in a build. */
export function readVersion(): string {
  const places = ["../package.json", "../../package.json"].map((place) => new URL(place, import.meta.url));
  for (const place of places) {
    try {
      return String((JSON.parse(readFileSync(place, "utf8")) as { version: unknown }).version);
    } catch {
      // The other place has it.
    }
  }
  return "unknown";
}
