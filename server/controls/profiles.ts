import { readFileSync } from "node:fs";
import { z } from "zod";
import { UserError } from "../lib/errors.ts";
import { parseYaml } from "../lib/yaml-text.ts";
import { PolicyFields, profileNames } from "./policy.ts";

/** What a shipped policy asks, beside that which it `extends`. */
const Profile = PolicyFields.extend({
  title: z.string(),
  /** Whether a source says so, or we take it to be so. */
  basedOn: z.enum(["source", "assumption"]),
});

/** Throws `UserError` for a name that is none. */
export function readProfile(name: string): Readonly<z.infer<typeof PolicyFields>> {
  const known = profileNames.find((one) => one === name);
  if (known === undefined)
    throw new UserError(`${JSON.stringify(name)} is no shipped policy`, `Known are ${profileNames.join(", ")}.`);
  const file = new URL(`./profiles/${known}.json`, import.meta.url);
  const { title: _title, basedOn: _basedOn, ...fields } = parseYaml(Profile, known, readFileSync(file, "utf8"));
  return fields;
}
