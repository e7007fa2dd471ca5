import { parseJson } from "../lib/bounded-json.ts";
import { maxRecordDepth } from "../normalize/bodies.ts";
import { asObject, asText } from "../normalize/json-values.ts";

/** Values of a field in a text that need not be whole JSON. */
export function valuesIn(text: string, name: string): readonly string[] {
  return [...text.matchAll(new RegExp(`"${name}"\\s*:\\s*"([^"\\\\]*)"`, "g"))].map(([, value = ""]) => value);
}

/** `account/region/request id` of a record that could not be read, by its own fields; by the first of that name in what is no whole JSON. */
export function callIn(text: string): string | null {
  const record = asObject(parseJson(text, maxRecordDepth)?.value);
  const fieldOf = (name: string) => (record === null ? valuesIn(text, name)[0] : asText(record[name])) ?? "";
  const parts = ["accountId", "region", "requestId"].map(fieldOf);
  // With a slash in its account or region it would go by the name of another call.
  return parts.includes("") || parts.slice(0, 2).some((part) => part.includes("/")) ? null : parts.join("/");
}
