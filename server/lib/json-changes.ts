/** A value that differs, by its path: `a.b[0].c`. null where there was none, or is none any more. */
export interface JsonChange {
  readonly path: string;
  readonly old: unknown;
  readonly new: unknown;
}

/**
 * Where two JSON values differ, by path; at most so many places. An object against anything else is one place, and so are two lists
 * of different length. Never goes deeper than 32 levels: what lies beneath is told whole.
 */
export function jsonChanges(old: unknown, next: unknown, root: string, most: number): readonly JsonChange[] {
  const found: JsonChange[] = [];
  compare(old, next, root, 0);
  return found;

  function compare(before: unknown, after: unknown, path: string, depth: number): void {
    if (found.length >= most || before === after) return;
    const parts = depth < 32 ? partsOf(before, after) : null;
    if (parts !== null) for (const [name, one, other] of parts) compare(one, other, `${path}${name}`, depth + 1);
    else if (JSON.stringify(before) !== JSON.stringify(after))
      found.push({ path, old: before ?? null, new: after ?? null });
  }
}

type Part = readonly [name: string, before: unknown, after: unknown];

/** null: they are not of one shape. */
function partsOf(before: unknown, after: unknown): readonly Part[] | null {
  if (Array.isArray(before) && Array.isArray(after))
    return before.length === after.length ? before.map((item, at) => [`[${at}]`, item, after[at]] as const) : null;
  if (!isObject(before) || !isObject(after)) return null;
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted();
  return names.map((name) => [`.${name}`, own(before, name), own(after, name)] as const);
}

type JsonObject = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A name such as `constructor` is no member unless it was written. */
function own(object: JsonObject, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}
