import { memo } from "./memo.ts";

/**
 * JSON text with the keys of every object in code-unit order and no white space: equal values give equal texts.
 * A number that JSON cannot write (it was read from one beyond a double) is written as `1e999`, never as null.
 * Recursive: the caller bounds the depth (`parseJson` tells it).
 */
export function canonicalJson(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "number") return Number.isFinite(value) ? String(value) : value < 0 ? "-1e999" : "1e999";
  if (typeof value === "boolean") return value ? "true" : "false";
  if (typeof value !== "object" || value === null) return "null";
  return Array.isArray(value) ? canonicalArray(value) : canonicalObject(value as Readonly<Record<string, unknown>>);
}

function canonicalArray(items: readonly unknown[]): string {
  let text = "";
  for (const item of items) text += text === "" ? canonicalJson(item) : `,${canonicalJson(item)}`;
  return `[${text}]`;
}

function canonicalObject(fields: Readonly<Record<string, unknown>>): string {
  let text = "";
  for (const key of Object.keys(fields).sort()) {
    const field = fields[key];
    if (field !== undefined) text += `${text === "" ? "" : ","}${quoted(key)}:${canonicalJson(field)}`;
  }
  return `{${text}}`;
}

/** Records share their keys. */
const quoted = memo((key) => JSON.stringify(key), 2000, 64);
