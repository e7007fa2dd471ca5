import { UnreadableAnswer } from "./raw-answer.ts";

/** Longer than any list of settings: one that goes on has no end. */
const mostPages = 10_000;

/**
 * Pages of a list until no token is left. A page may be empty and still carry a token; a token that comes back is no
 * progress, and the list can't be read; nor can one that never ends.
 */
export async function* pagesOf<A>(
  fetch: (token: string | undefined) => Promise<A>,
  tokenOf: (answer: A) => string | undefined,
): AsyncGenerator<A> {
  const tokens = new Set<string>();
  let token: string | undefined;
  do {
    const answer = await fetch(token);
    yield answer;
    token = tokenOf(answer);
    if (token !== undefined && tokens.has(token)) throw new UnreadableAnswer("A list repeats a page.");
    if (token !== undefined) tokens.add(token);
    if (tokens.size >= mostPages) throw new UnreadableAnswer("A list has no end.");
  } while (token !== undefined);
}

/** The member that a real answer always has. */
export function required<T>(value: T | undefined | null, name: string): T {
  if (value === undefined || value === null) throw new UnreadableAnswer(`The answer has no ${name}.`);
  return value;
}

/** A member that is true or false in every real answer. */
export function requiredFlag(value: unknown, name: string): boolean {
  if (typeof value !== "boolean") throw new UnreadableAnswer(`The answer has no ${name}.`);
  return value;
}

/** AWS counts days in whole numbers of 32 bits. */
const mostDays = 2 ** 31 - 1;
/** The last moment that a date can tell, in milliseconds. */
const lastMoment = 8.64e15;

/** Whole days or years, at least one; null where they are left out. */
export function periodOrNull(value: unknown, name: string): number | null {
  return wholeOrNull(value, name, { least: 1, most: mostDays });
}

/** Milliseconds since the epoch; null where they are left out. */
export function timeOrNull(value: unknown, name: string): number | null {
  return wholeOrNull(value, name, { least: 0, most: lastMoment });
}

function wholeOrNull(
  value: unknown,
  name: string,
  { least, most }: { readonly least: number; readonly most: number },
): number | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== "number" || !Number.isInteger(value) || value < least || value > most)
    throw new UnreadableAnswer(`The answer has no number in ${name}.`);
  return value;
}

/** A member that has one of these values in every answer that we understand. */
export function oneOf<const T extends string>(known: readonly T[], value: unknown, name: string): T {
  const found = known.find((one) => one === value);
  if (found === undefined) throw new UnreadableAnswer(`The answer has no known ${name}.`);
  return found;
}
