import { readFileSync } from "node:fs";
import { z } from "zod";

/** Of the package: its manifest is one folder up in a checkout, two in a build. */
export function programVersion(): string {
  const place = import.meta.url.endsWith(".ts") ? "../package.json" : "../../package.json";
  const manifest: unknown = JSON.parse(readFileSync(new URL(place, import.meta.url), "utf8"));
  return z.object({ version: z.string() }).parse(manifest).version;
}
