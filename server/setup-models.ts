import { readFileSync } from "node:fs";
import type { Config } from "./config.ts";
import { UserError } from "./lib/errors.ts";
import { type ModelMapping, noMapping, parseModelMapping } from "./normalize/model-mapping.ts";

/** What the operator says of ARNs that AWS does not explain. Throws `UserError` for a file that cannot be read. */
export function modelMappingOf({ ingest: { modelMapping: file } }: Config): ModelMapping {
  if (file === null) return noMapping;
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    throw new UserError(`${file} could not be read`, "Name a readable file in ingest.modelMapping.", { cause });
  }
  return parseModelMapping(file, text);
}
