import { combineFilters, listFields } from "./combine-filters.ts";
import type { Dimension, Filter, FilterField, Measure, MetricResult, MetricRow } from "./metric.ts";
import { filterToUrl } from "./url-values.ts";

/** Where a number leads: the filter that the measure itself sets, the order, and whether `n` can be found there again. */
interface Arrival {
  readonly filters: readonly Filter[];
  readonly sort?: "tokens" | "cost" | "latency";
  readonly group?: Dimension;
  /** The number clicked is one that the page of records shows too: a count, a sum, or a number of groups. */
  readonly repeats: boolean;
}

const longest = 2_000;

/**
 * The address of the records behind a number: `/invocations?v=1&…` with the query's filters, the row's key and bucket, and the measure's own
 * filter. For totals pass a row with the key `[]` and no bucket. Null when no filter says exactly these records, or when the address
 * would be longer than 2,000 characters or hold an `@` (a mail address does not belong into an address bar): the number is then plain text.
 */
export function recordsHref(
  result: Pick<MetricResult, "query" | "buckets" | "rows" | "asOf">,
  row: Pick<MetricRow, "key" | "bucket" | "values">,
  measure: Measure,
): string | null {
  const value = row.values[measure];
  const arrival = value === null || value === undefined ? null : arrivalOf(measure, value);
  const key = keyFilters(result, row.key);
  if (arrival === null || key === null) return null;
  const filters = combineFilters([...result.query.filters, ...key, ...arrival.filters]);
  if (filters === null) return null;
  const params = [
    ...rangeParams(result, row.bucket),
    ...filters.flatMap((filter) => filterToUrl(filter).map((text) => [filter.field, text] as const)),
    ...arrivalParams(arrival, measure, value ?? null, result.asOf),
  ];
  const href = `/invocations?${params.map(([name, text]) => `${name}=${encodeURIComponent(text)}`).join("&")}`;
  return href.length > longest || params.some(([, text]) => text.includes("@")) ? null : href;
}

type Param = readonly [name: string, text: string];

function rangeParams({ query, buckets }: Pick<MetricResult, "query" | "buckets">, bucket: number | null): Param[] {
  const span = bucket === null ? undefined : buckets[bucket];
  return [
    ["v", "1"],
    ["from", span?.start ?? query.range.from],
    ["to", span?.end ?? query.range.to],
    ["tz", query.timeZone],
  ];
}

function arrivalParams(
  { sort, group, repeats }: Arrival,
  measure: Measure,
  value: number | null,
  asOf: string | null,
): Param[] {
  return [
    ...(sort === undefined ? [] : [["sort", `-${sort}`] as const]),
    ...(group === undefined ? [] : [["group", group] as const]),
    ["measure", measure],
    ...(repeats && value !== null ? [["n", String(value)] as const] : []),
    ...(asOf === null ? [] : [["asOf", asOf] as const]),
  ];
}

function keyFilters(
  { query, rows }: Pick<MetricResult, "query" | "rows">,
  key: MetricRow["key"],
): readonly Filter[] | null {
  if (key === null) return otherFilters(query.dimensions, rows);
  return key.flatMap((value, index) => {
    const field = query.dimensions[index];
    return field === undefined ? [] : [valueFilter(field, value)];
  });
}

function valueFilter(field: Dimension, value: string | null): Filter {
  return value === null ? { field, op: "null", values: [] } : { field, op: "in", values: [value] };
}

/** The groups of a list field overlap, so "not in the shown groups" is not what stands in Other. */
function otherFilters(dimensions: readonly Dimension[], rows: readonly MetricRow[]): readonly Filter[] | null {
  const [field, second] = dimensions;
  if (field === undefined || second !== undefined || listFields.has(field)) return null;
  const shown = [...new Set(rows.flatMap(({ key }) => (key === null ? [] : key)))];
  const values = shown.filter((value) => value !== null);
  const filters: Filter[] = [];
  if (values.length > 0) filters.push({ field, op: "notIn", values });
  if (shown.includes(null)) filters.push({ field, op: "notNull", values: [] });
  return filters;
}

const only = (field: FilterField, ...values: string[]): Filter => ({ field, op: "in", values });
const count = (...filters: Filter[]): Arrival => ({ filters, repeats: true });
const sum = (sort: "tokens" | "cost", ...filters: Filter[]): Arrival => ({ filters, sort, repeats: true });
const share = (...filters: Filter[]): Arrival => ({ filters, repeats: false });
const distinct = (group: Dimension): Arrival => ({ filters: [], group, repeats: true });

const errorStatuses = ["client-error", "server-error", "throttled", "other-error"];
const premiumEndpoints = only("endpoint", "geo", "in-region");
const unpriced = only("priced", "no");

/** Measures that no filter of the page of records can say have none. */
const arrivals: Readonly<Partial<Record<Measure, Arrival>>> = {
  invocations: count(),
  succeeded: count(only("status", "success")),
  blocked: count(only("status", "blocked")),
  clientErrors: count(only("status", "client-error")),
  serverErrors: count(only("status", "server-error")),
  throttled: count(only("status", "throttled")),
  otherErrors: count(only("status", "other-error")),
  errors: count(only("status", ...errorStatuses)),
  errorRate: share(only("status", ...errorStatuses)),
  interventions: count(only("guardrail", "blocked", "masked", "intervened")),
  masked: count(only("guardrail", "masked")),
  detected: count(only("guardrail", "detected")),
  guardrailSeen: count(only("guardrail", "blocked", "masked", "intervened", "detected", "passed")),
  guardrailNoEvidence: count(only("guardrail", "no-evidence")),
  guardrailUnknown: count({ field: "guardrail", op: "null", values: [] }),
  principals: distinct("principal"),
  sessions: distinct("session"),
  models: distinct("model"),
  accounts: distinct("account"),
  regions: distinct("region"),
  newPrincipals: { ...distinct("principal"), repeats: false },
  newModels: { ...distinct("model"), repeats: false },
  inputTokens: sum("tokens"),
  outputTokens: sum("tokens"),
  cacheReadTokens: sum("tokens"),
  cacheWriteTokens: sum("tokens"),
  totalTokens: sum("tokens"),
  cacheHitShare: share(),
  costUsd: sum("cost"),
  costAtGlobalUsd: { ...sum("cost", premiumEndpoints), repeats: false },
  regionalPremiumUsd: { ...sum("cost", premiumEndpoints), repeats: false },
  unpricedInvocations: count(unpriced),
  unpricedTokens: sum("tokens", unpriced),
  pricedShare: share(only("priced", "yes")),
  latencyKnownShare: share({ field: "latency", op: "notNull", values: [] }),
  otherRegionShare: share(only("status", "success"), only("residency", "other-region")),
  notRecordedShare: share(only("status", "success"), only("residency", "not-recorded")),
  signals: { filters: [{ field: "signal", op: "notNull", values: [] }], repeats: false },
  signalInvocations: count({ field: "signal", op: "notNull", values: [] }),
};

function arrivalOf(measure: Measure, value: number): Arrival | null {
  if (measure === "latencyP50Ms" || measure === "latencyP95Ms" || measure === "latencyP99Ms") {
    return { filters: [{ field: "latency", op: "gte", values: [String(value)] }], sort: "latency", repeats: false };
  }
  return arrivals[measure] ?? null;
}
