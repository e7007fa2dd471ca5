import { join, sql, type Sql } from "../store/sql.ts";
import type { Engine, QueryOptions, SnapshotInfo } from "../store/store.ts";

const maxKeys = 50_000;
const daysAtOnce = 31;
const daysRemembered = 1_200;
const rangesRemembered = 50;

function priceKeysSql(days: readonly string[]): Sql {
  const values = days.map((dt) => sql`${dt}`);
  return sql`/* metrics/price-keys */
    select distinct dt, price_key from rollups_day where dt in (${join(values, ", ")}) and price_key is not null
    limit ${maxKeys}`;
}

interface DayKeys {
  /** Of the day when it was asked for. */
  readonly version: string;
  readonly keys: readonly string[];
}

interface Memory {
  readonly days: Map<string, DayKeys>;
  /** Most days have the same keys: each text is held once. */
  readonly texts: Map<string, string>;
  /** The keys of all days of a range, by the days with their versions: a page asks for the same range in each of its panels. */
  readonly ranges: Map<string, ReadonlySet<string>>;
}

/** What an engine has said of each day; it holds for as long as the day's sums stay as they are. */
const remembered = new WeakMap<Engine, Memory>();

function memoryOf(engine: Engine): Memory {
  const known = remembered.get(engine);
  if (known !== undefined && known.days.size <= daysRemembered && known.texts.size <= maxKeys) return known;
  const memory: Memory = { days: new Map(), texts: new Map(), ranges: new Map() };
  remembered.set(engine, memory);
  return memory;
}

interface Deps {
  readonly engine: Engine;
  readonly snapshot: () => Promise<SnapshotInfo>;
}

/**
 * The price keys of the rows from one UTC day to another, both in. Only days that a commit has touched since they were last asked for are
 * read: nearly always today alone.
 */
export async function priceKeysOf(
  { engine, snapshot }: Deps,
  fromDay: string,
  toDay: string,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const { days, snapshot: at } = await snapshot();
  const memory = memoryOf(engine);
  const wanted = [...days].filter(([dt]) => dt >= fromDay && dt <= toDay);
  const range = wanted.flat().join(" ");
  const known = memory.ranges.get(range);
  if (known !== undefined) return known;
  const changed = wanted.filter(([dt, version]) => memory.days.get(dt)?.version !== version);
  for (let first = 0; first < changed.length; first += daysAtOnce) {
    await learn(engine, memory, changed.slice(first, first + daysAtOnce), { signal, snapshot: at });
  }
  const keys = new Set(wanted.flatMap(([dt]) => memory.days.get(dt)?.keys ?? []));
  if (memory.ranges.size >= rangesRemembered) memory.ranges.clear();
  memory.ranges.set(range, keys);
  return keys;
}

async function learn(
  engine: Engine,
  { days, texts }: Memory,
  asked: readonly (readonly [dt: string, version: string])[],
  options: QueryOptions,
): Promise<void> {
  const sorted = asked.map(([dt]) => dt).toSorted();
  const span = { fromDay: sorted[0] ?? "", toDay: sorted.at(-1) ?? "" };
  const { rows } = await engine.query(priceKeysSql(sorted), { ...options, days: span, maxRows: maxKeys });
  const byDay = new Map<string, string[]>(asked.map(([dt]) => [dt, []]));
  for (const row of rows) {
    const key = String(row["price_key"]);
    const text = texts.get(key) ?? key;
    texts.set(text, text);
    byDay.get(String(row["dt"]))?.push(text);
  }
  for (const [dt, version] of asked) days.set(dt, { version, keys: byDay.get(dt) ?? [] });
}
