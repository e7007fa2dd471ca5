import {
  Bucket,
  Dimension,
  Filter,
  type FilterField,
  TimePoint,
  type TimeRange,
  dimensions,
  filterOnlyFields,
} from "../server/domain/metric.ts";
import { ShownVerdict } from "../server/domain/compliance.ts";
import { FindingState } from "../server/domain/finding.ts";
import { Severity } from "../server/domain/severity.ts";
import { filtersFromUrl, filterToUrl } from "../server/domain/url-values.ts";

/** Keys that a page reads by itself, as plain text. */
export const plainKeys = [
  "measure",
  "sort",
  "cursor",
  "open",
  "n",
  "asOf",
  "severity",
  "state",
  "detection",
  "subject",
  "control",
  "verdict",
  "framework",
  "time",
  "ledger",
  "day",
  "hour",
] as const;
export type PlainKey = (typeof plainKeys)[number];

export const compareKinds = ["previous", "weekday", "none"] as const;
type CompareKind = (typeof compareKinds)[number];

/** All that decides what a page shows. What is null was not said: the page's own choice counts. */
export interface ViewState {
  readonly range: TimeRange;
  readonly timeZone: string | null;
  readonly filters: readonly Filter[];
  readonly bucket: Bucket | null;
  readonly group: Dimension | null;
  readonly compare: CompareKind | null;
  readonly plain: ReadonlyMap<PlainKey, readonly string[]>;
}

/** A known key whose value cannot be read: no numbers are shown, so that no filter is widened in silence. */
interface UrlProblem {
  readonly key: string;
  readonly value: string;
}

export interface ReadUrl {
  readonly state: ViewState;
  /** Keys that no page knows: ignored, and named. */
  readonly unknown: readonly string[];
  readonly problems: readonly UrlProblem[];
}

export const defaultState: ViewState = {
  range: { from: "now-24h", to: "now" },
  timeZone: null,
  filters: [],
  bucket: null,
  group: null,
  compare: null,
  plain: new Map(),
};

const filterKeys: readonly FilterField[] = [...dimensions, ...filterOnlyFields];
const numberFields: ReadonlySet<FilterField> = new Set(["tokens", "cost", "latency"]);
const ownKeys: ReadonlySet<string> = new Set(["v", "from", "to", "tz", "bucket", "group", "cmp"]);

/** Plain keys that name one of a few words. */
const knownWords: ReadonlyMap<PlainKey, (text: string) => boolean> = new Map([
  ["severity", (text) => Severity.safeParse(text).success],
  ["state", (text) => FindingState.safeParse(text).success],
  ["verdict", (text) => ShownVerdict.safeParse(text).success],
  ["sort", (text) => /^-?(?:time|tokens|cost|latency)$/.test(text)],
  ["day", (text) => /^\d{4}-\d{2}-\d{2}$/.test(text)],
  ["hour", (text) => /^\d{4}-\d{2}-\d{2}T\d{2}:00:00\.000Z$/.test(text)],
  ["n", (text) => /^-?\d{1,15}(?:\.\d{1,15})?$/.test(text)],
]);

export function readUrl(search: string): ReadUrl {
  const params = new URLSearchParams(search);
  const problems: UrlProblem[] = [];
  const one = <T>(key: string, read: (text: string) => T | null): T | null => {
    const text = params.get(key);
    if (text === null) return null;
    const value = params.getAll(key).length === 1 ? read(text) : null;
    if (value === null) problems.push({ key, value: text });
    return value;
  };
  one("v", (text) => (text === "1" ? text : null));
  for (const [key, isKnown] of knownWords) {
    for (const value of params.getAll(key)) if (!isKnown(value)) problems.push({ key, value });
  }
  const state: ViewState = {
    range: {
      from: one("from", timePoint) ?? defaultState.range.from,
      to: one("to", timePoint) ?? defaultState.range.to,
    },
    timeZone: one("tz", timeZone),
    filters: filterKeys.flatMap((field) => readFilters(field, params.getAll(field), problems)),
    bucket: one("bucket", (text) => Bucket.safeParse(text).data ?? null),
    group: one("group", (text) => Dimension.safeParse(text).data ?? null),
    compare: one("cmp", (text) => compareKinds.find((kind) => kind === text) ?? null),
    plain: new Map(plainKeys.flatMap((key) => (params.has(key) ? [[key, params.getAll(key)]] : []))),
  };
  return { state, unknown: unknownKeys(params), problems };
}

/** What of an address can be read: the rest is left out. */
export function readable({ state, problems }: ReadUrl): ViewState {
  return problems.reduce((next, { key, value }) => {
    const plain = plainKeys.find((known) => known === key);
    if (plain === undefined) return next;
    return withPlain(
      next,
      plain,
      (next.plain.get(plain) ?? []).filter((other) => other !== value),
    );
  }, state);
}

function timePoint(text: string): string | null {
  return TimePoint.safeParse(text).data ?? null;
}

function timeZone(text: string): string | null {
  try {
    new Intl.DateTimeFormat("en", { timeZone: text }).format(0);
    return text;
  } catch {
    return null;
  }
}

function readFilters(field: FilterField, values: readonly string[], problems: UrlProblem[]): readonly Filter[] {
  if (values.length === 0) return [];
  const filters = filtersFromUrl(field, values);
  if (filters !== null && filters.every((filter) => Filter.safeParse(filter).success && fits(filter))) return filters;
  problems.push({ key: field, value: values.join(" ") });
  return [];
}

/** Numbers are compared, all else is named; both may be recorded or not. */
function fits({ field, op }: Filter): boolean {
  if (op === "null" || op === "notNull") return true;
  return numberFields.has(field) === (op === "gte" || op === "lt");
}

function unknownKeys(params: URLSearchParams): readonly string[] {
  const known = new Set<string>([...ownKeys, ...filterKeys, ...plainKeys]);
  return [...new Set(params.keys())].filter((key) => !known.has(key));
}

/** The query string that says the same: what `readUrl` reads back. Begins with `?`. */
export function writeUrl(state: ViewState): string {
  const params = new URLSearchParams({ v: "1", from: state.range.from, to: state.range.to });
  if (state.timeZone !== null) params.set("tz", state.timeZone);
  for (const filter of state.filters) {
    for (const value of filterToUrl(filter)) params.append(filter.field, value);
  }
  if (state.bucket !== null) params.set("bucket", state.bucket);
  if (state.group !== null) params.set("group", state.group);
  if (state.compare !== null) params.set("cmp", state.compare);
  for (const key of plainKeys) for (const value of state.plain.get(key) ?? []) params.append(key, value);
  return `?${params.toString()}`;
}

/** The state with one plain key set, or without it. */
export function withPlain(state: ViewState, key: PlainKey, values: readonly string[]): ViewState {
  const plain = new Map(state.plain);
  if (values.length === 0) plain.delete(key);
  else plain.set(key, values);
  return { ...state, plain };
}

/** The state with this filter in place of every other one of its field and operator. */
export function withFilter(state: ViewState, filter: Filter): ViewState {
  const others = state.filters.filter((other) => !(other.field === filter.field && other.op === filter.op));
  const empty = filter.values.length === 0 && filter.op !== "null" && filter.op !== "notNull";
  return { ...state, filters: empty ? others : [...others, filter] };
}

export function withoutFilter(state: ViewState, filter: Filter): ViewState {
  return { ...state, filters: state.filters.filter((other) => other !== filter) };
}

/** What a page hands on to the next one: window, zone and filters; not its table's place or grouping. */
export function carried(state: ViewState): ViewState {
  return { ...defaultState, range: state.range, timeZone: state.timeZone, filters: state.filters };
}
