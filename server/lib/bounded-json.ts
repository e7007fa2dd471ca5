/** A JSON text that was read once, and what a careful reader should know about it. */
export interface ParsedJson {
  readonly value: unknown;
  /** Containers nested deeper than was allowed. Nothing may then walk the value recursively. */
  readonly tooDeep: boolean;
  /** Another parser could read it differently: a key stands twice in one object, or a number is beyond a double. */
  readonly ambiguous: boolean;
}

/** Null if the text is no JSON. The engine's own parser is not recursive: depth costs it no stack. */
export function parseJson(text: string, maxDepth: number): ParsedJson | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const { tooDeep, keys } = measure(value, maxDepth);
  if (tooDeep) return { value, tooDeep, ambiguous: false };
  const seen = scan(text);
  return { value, tooDeep, ambiguous: seen.oddNumber || seen.keys !== keys };
}

/** Level by level, so that depth costs no stack. */
function measure(value: unknown, maxDepth: number): { readonly tooDeep: boolean; readonly keys: number } {
  let keys = 0;
  let level: object[] = isContainer(value) ? [value] : [];
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > maxDepth) return { tooDeep: true, keys };
    const next: object[] = [];
    for (const container of level) keys += visit(container, next);
    level = next;
  }
  return { tooDeep: false, keys };
}

/** Adds the containers inside to `next`; the number of keys, none in an array. */
function visit(container: object, next: object[]): number {
  if (Array.isArray(container)) {
    for (const item of container) if (isContainer(item)) next.push(item);
    return 0;
  }
  let keys = 0;
  // A parsed object has no enumerable keys but its own; `for in` is several times faster than Object.values.
  for (const key in container) {
    keys++;
    const field = (container as Readonly<Record<string, unknown>>)[key];
    if (isContainer(field)) next.push(field);
  }
  return keys;
}

function isContainer(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** Whether containers are nested deeper than `maxDepth`. */
export function isDeeperThan(value: unknown, maxDepth: number): boolean {
  return measure(value, maxDepth).tooDeep;
}

const backslash = 92;
const colon = 58;
const suspect = /\d{16}|\d[eE]/;
const literal = /-?\d[\d.eE+-]*/g;

/** Jumps from string to string in a valid JSON text: those before a colon are keys, what lies between may be numbers. */
function scan(text: string): { readonly keys: number; readonly oddNumber: boolean } {
  let keys = 0;
  let oddNumber = false;
  let from = 0;
  for (let open = text.indexOf('"'); open !== -1; open = text.indexOf('"', from)) {
    if (open - from > 4 && hasOddNumber(text.slice(from, open))) oddNumber = true;
    from = endOfString(text, open);
    while (text.charCodeAt(from) <= 32) from++;
    if (text.charCodeAt(from) === colon) keys++;
  }
  return { keys, oddNumber: oddNumber || hasOddNumber(text.slice(from)) };
}

/** The index behind the closing quote. */
function endOfString(text: string, open: number): number {
  let close = text.indexOf('"', open + 1);
  while (text.charCodeAt(close - 1) === backslash && isEscaped(text, close)) close = text.indexOf('"', close + 1);
  return close + 1;
}

function isEscaped(text: string, index: number): boolean {
  let first = index;
  while (text.charCodeAt(first - 1) === backslash) first--;
  return (index - first) % 2 === 1;
}

function hasOddNumber(gap: string): boolean {
  return suspect.test(gap) && (gap.match(literal) ?? []).some(isOdd);
}

/** A whole number that a double rounds, or one that it reads as infinite or as 0 though it is neither. */
function isOdd(number: string): boolean {
  const value = Number(number);
  if (!Number.isFinite(value)) return true;
  if (value === 0) return /^[^eE]*[1-9]/.test(number);
  return !/[.eE]/.test(number) && !Number.isSafeInteger(value);
}
