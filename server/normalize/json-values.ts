/** Fields of parsed JSON, by names that the code writes itself. Names that come from data go through Map or Object.entries. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function asObject(value: unknown): JsonObject | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : null;
}

const nothing: JsonObject = Object.freeze(Object.create(null) as JsonObject);

/** The object, or one without fields: for looking further down. */
export function fieldsOf(value: unknown): JsonObject {
  return asObject(value) ?? nothing;
}

export function asText(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

/** A text that says something. */
export function asName(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

/** The array, or an empty one. */
export function asArray(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** More than any call can have. Sums of a batch of such counts are exact in a double, those of millions of calls in 64 bits. */
const largestCount = 2 ** 38;

/** A count is a JSON number of integral value (28.0 is 28), neither negative nor more than any call can have. */
export function asCount(value: unknown): number | null {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= largestCount ? value + 0 : null;
}

/** A finite number that is not negative. */
export function asAmount(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value + 0 : null;
}

/** Texts of an array, sorted, each once. */
export function textSet(value: unknown): string[] {
  const items = asArray(value);
  return items.length === 0 ? [] : [...new Set(items.filter((item) => typeof item === "string"))].toSorted();
}

/** One step of a JSON pointer. */
export function pointerStep(key: string | number): string {
  return `/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`;
}
