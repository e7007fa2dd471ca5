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
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  const fields = value as Readonly<Record<string, unknown>>;
  let text = "";
  for (const key of sortedKeys(fields)) {
    const field = fields[key];
    if (field !== undefined) text += `${text === "" ? "" : ","}${JSON.stringify(key)}:${canonicalJson(field)}`;
  }
  return `{${text}}`;
}

function sortedKeys(fields: object): string[] {
  return Object.keys(fields).toSorted();
}
