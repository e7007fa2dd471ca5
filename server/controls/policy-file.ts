import { LineCounter, parseDocument } from "yaml";
import { UserError } from "../lib/errors.ts";
import { type CheckPolicy, CheckPolicySchema } from "./policy.ts";

/** Reads a policy; throws `UserError` that names the place and the setting. */
export function parsePolicy(file: string, text: string): CheckPolicy {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [error] = document.errors;
  const place = (offset: number | undefined): string =>
    offset === undefined ? file : `${file}:${lines.linePos(offset).line}`;
  if (error !== undefined)
    throw new UserError(`${place(error.pos[0])}: not readable as YAML (${error.code})`, "Correct the file.");
  const parsed = CheckPolicySchema.safeParse(document.toJS() ?? {});
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const path = [...(issue?.path ?? []), ...(issue?.code === "unrecognized_keys" ? issue.keys.slice(0, 1) : [])];
  const node = document.getIn(path, true) as { readonly range?: readonly [number, number, number] } | undefined;
  const what = issue?.code === "unrecognized_keys" ? "there is no such setting" : (issue?.message ?? "not readable");
  throw new UserError(`${place(node?.range?.[0])}: ${path.join(".") || "policy"}: ${what}`, "Correct the setting.");
}
