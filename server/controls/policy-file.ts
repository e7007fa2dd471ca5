import type { z } from "zod";
import { parseYaml, readYaml, wrongField } from "../lib/yaml-text.ts";
import { type CheckPolicy, CheckPolicySchema, PolicyFields } from "./policy.ts";
import { readProfile } from "./profiles.ts";

type Fields = Readonly<z.infer<typeof PolicyFields>>;

/**
 * Reads a policy: its own settings over those of the shipped one that it `extends`, if any, over the defaults. `controls` are the ids that it
 * may speak of. Throws `UserError` with file, line and field.
 */
export function parsePolicy(file: string, text: string, controls: readonly string[]): CheckPolicy {
  const fields = parseYaml(PolicyFields, file, text);
  const { place } = readYaml(file, text);
  const strange = Object.keys(fields.controls ?? {}).find((id) => !controls.includes(id));
  if (strange !== undefined) throw wrongField(issue(["controls", strange], "there is no such control"), place, {});
  return completed(fields, (wrong) => wrongField(wrong, place, {}));
}

/** A policy that ships with this program. Throws `UserError` for a name that is none. */
export function shippedPolicy(name: string): CheckPolicy {
  return completed(readProfile(name), (wrong) => new Error(`profile ${name}: ${wrong?.message ?? ""}`));
}

function completed(fields: Fields, wrong: (issue: z.core.$ZodIssue | undefined) => Error): CheckPolicy {
  const parsed = CheckPolicySchema.safeParse(extended(fields));
  if (!parsed.success) throw wrong(parsed.error.issues[0]);
  return parsed.data;
}

/** Setting by setting; controls one by one. */
function extended({ extends: name, ...own }: Fields): Omit<Fields, "extends"> {
  if (name === undefined) return own;
  const base = extended(readProfile(name));
  const controls = { ...base.controls };
  for (const [id, change] of Object.entries(own.controls ?? {})) controls[id] = { ...controls[id], ...change };
  return { ...base, ...own, controls };
}

function issue(path: string[], message: string): z.core.$ZodIssue {
  return { code: "custom", path, message, input: undefined };
}
