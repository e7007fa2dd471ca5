import { memo } from "./memo.ts";

/**
 * JSON text with the keys of every object in code-unit order and no white space: equal values give equal texts.
 * A number that JSON cannot write (it was read from one beyond a double) is written as `1e999`, never as null.
 * Recursive: the caller bounds the depth (`parseJson` tells it).
 */
export function canonicalJson(value: unknown): string {
  if (typeof value === "string") return quote(value);
  if (typeof value === "number") return Number.isFinite(value) ? String(value) : value < 0 ? "-1e999" : "1e999";
  if (typeof value === "boolean") return value ? "true" : "false";
  if (typeof value !== "object" || value === null) return "null";
  return Array.isArray(value) ? canonicalArray(value) : canonicalObject(value as Readonly<Record<string, unknown>>);
}

/** JSON text with the keys in their own order; canonical where a number is beyond a double, which `JSON.stringify` would write as null. */
export function wholeJson(value: object | null): string {
  let isWhole = true;
  const text = JSON.stringify(value, (_, field: unknown) => {
    if (typeof field === "number" && !Number.isFinite(field)) isWhole = false;
    return field;
  });
  return isWhole ? text : canonicalJson(value);
}

function canonicalArray(items: readonly unknown[]): string {
  let text = "";
  for (const item of items) text += text === "" ? canonicalJson(item) : `,${canonicalJson(item)}`;
  return `[${text}]`;
}

function canonicalObject(fields: Readonly<Record<string, unknown>>): string {
  let text = "";
  for (const key of sortedKeys(fields)) {
    const field = fields[key];
    if (field !== undefined) text += `${text === "" ? "" : ","}${quoteKey(key)}:${canonicalJson(field)}`;
  }
  return `{${text}}`;
}

/** Insertion beats the general sort on the few keys that most objects have; a hostile object has many. */
function sortedKeys(fields: object): readonly string[] {
  const keys = Object.keys(fields);
  if (keys.length > 16) return keys.sort();
  keys.forEach((key, index) => {
    let at = index;
    for (let before = keys[at - 1]; before !== undefined && before > key; before = keys[at - 1]) keys[at--] = before;
    keys[at] = key;
  });
  return keys;
}

// eslint-disable-next-line no-control-regex
const needsEscape = /["\\\u0000-\u001f\ud800-\udfff]/;

function quote(text: string): string {
  return text.length < 40 && !needsEscape.test(text) ? `"${text}"` : JSON.stringify(text);
}

/** Records share their keys. */
const quoteKey = memo(quote, 2000, 64);
