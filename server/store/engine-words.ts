import { raw, sql, type Sql } from "./sql.ts";

/* The words in which engines differ, here as DuckDB says them: one function a word, so that a query is written once. */

/** The exact percentile of each share (0 to 1), one of the values. In one select the engine computes them together. */
export function percentiles<P extends number>(x: Sql, shares: readonly P[]): ReadonlyMap<P, Sql> {
  if (!shares.every((p) => p >= 0 && p <= 1)) throw new RangeError("a percentile lies between 0 and 1");
  return new Map(
    shares.map((p, index) => [p, sql`quantile_disc(${x}, ${raw(`[${shares.join(", ")}])[${index + 1}]`)}`]),
  );
}

/** Whether the pattern (RE2) is found anywhere in the text. */
export function matches(x: Sql, pattern: string): Sql {
  return sql`regexp_matches(${x}, ${pattern})`;
}

/** The value under a key of a MAP; NULL if there is none. */
export function mapEntry(map: Sql, key: string): Sql {
  return sql`${map}[${key}]`;
}

export function hasItem(list: Sql, value: string): Sql {
  return sql`list_contains(${list}, ${value})`;
}

/** One row for each of the texts, none of which holds a comma. A single value binds far faster than a list of many. */
export function rowsOf(texts: readonly string[]): Sql {
  return sql`unnest(string_split(${texts.join(",")}, ','))`;
}

export function itemCount(list: Sql): Sql {
  return sql`len(${list})`;
}

/** Start of the UTC bucket that holds the time; `minutes` divides a day. */
export function bucketStart(time: Sql, minutes: number): Sql {
  if (!Number.isSafeInteger(minutes) || minutes < 1 || 1_440 % minutes !== 0) {
    throw new RangeError("a bucket is a whole part of a day");
  }
  return sql`time_bucket(${raw(`interval '${minutes}' minute`)}, ${time})`;
}

/** Milliseconds since the epoch, BIGINT. */
export function epochMs(time: Sql): Sql {
  return sql`epoch_ms(${time})`;
}

/** The number of the part, from 0, that a text falls into when all texts are dealt out evenly among so many. */
export function partOf(x: Sql, parts: number): Sql {
  if (!Number.isSafeInteger(parts) || parts < 1) throw new RangeError("there is one part at least");
  return sql`hash(${x}) % ${raw(String(parts))}`;
}

/** Sum of a BIGINT as a BIGINT: an overflow is an error, never a rounded number. */
export function sumExact(x: Sql): Sql {
  return sql`cast(sum(${x}) as bigint)`;
}
