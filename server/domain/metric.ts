import { z } from "zod";

export const measures = [
  "invocations",
  "succeeded",
  "blocked",
  "clientErrors",
  "serverErrors",
  "throttled",
  "otherErrors",
  "errors",
  "errorRate",
  "interventions",
  "masked",
  "detected",
  "guardrailSeen",
  "guardrailNoEvidence",
  "guardrailUnknown",
  "principals",
  "sessions",
  "models",
  "accounts",
  "regions",
  "newPrincipals",
  "newModels",
  "inputTokens",
  "outputTokens",
  "cacheReadTokens",
  "cacheWriteTokens",
  "totalTokens",
  "cacheHitShare",
  "costUsd",
  "costAtGlobalUsd",
  "regionalPremiumUsd",
  "unpricedInvocations",
  "unpricedTokens",
  "pricedShare",
  "latencyP50Ms",
  "latencyP95Ms",
  "latencyP99Ms",
  "latencyKnownShare",
  "firstByteP50Ms",
  "firstByteP95Ms",
  "otherRegionShare",
  "notRecordedShare",
  "longContext",
  "bodiesInS3",
  "bodiesAbsent",
  "signals",
  "signalInvocations",
] as const;
export const Measure = z.enum(measures);
export type Measure = z.infer<typeof Measure>;

/** A dimension is also a filter field and a key in the URL. */
export const dimensions = [
  "account",
  "region",
  "inferenceRegion",
  "residency",
  "model",
  "provider",
  "modelId",
  "endpointType",
  "endpoint",
  "geo",
  "principal",
  "actorClass",
  "session",
  "operation",
  "status",
  "error",
  "stop",
  "serviceTier",
  "guardrail",
  "guardrailId",
  "guardrailPolicy",
  "signal",
  "signalSeverity",
  "source",
  "inputBody",
  "outputBody",
] as const;
export const Dimension = z.enum(dimensions);
export type Dimension = z.infer<typeof Dimension>;

/** Fields that filter only: numbers, and whether a price is known. */
export const filterOnlyFields = ["tokens", "cost", "latency", "priced"] as const;
export const FilterField = z.enum([...dimensions, ...filterOnlyFields]);
export type FilterField = z.infer<typeof FilterField>;

/** Values of one filter are OR, filters are AND. `notIn` keeps null. `glob` knows `*` for any characters, `\` escapes. */
export const Filter = z.strictObject({
  field: FilterField,
  op: z.enum(["in", "notIn", "glob", "notGlob", "null", "notNull", "gte", "lt"]),
  values: z.array(z.string().max(200)).max(100),
});
export type Filter = Readonly<z.infer<typeof Filter>>;

/** An ISO instant (`2026-11-24T00:00:00Z`), or `now`, `now-7d`, `now-1d/d`: minus a number of m, h, d, w or M, then the start of a unit. */
export const TimePoint = z
  .string()
  .max(40)
  .regex(/^(now(-\d{1,5}[mhdwM])?(\/[dwM])?|\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?Z)$/);

/** Half-open: `from` is in, `to` is not. */
export const TimeRange = z.strictObject({ from: TimePoint, to: TimePoint });
export type TimeRange = Readonly<z.infer<typeof TimeRange>>;

export const bucketSizes = ["1m", "5m", "15m", "1h", "1d", "1w", "1M"] as const;
export const Bucket = z.enum(["none", "auto", ...bucketSizes]);
export type Bucket = z.infer<typeof Bucket>;

export const MetricQuery = z.strictObject({
  measures: z.array(Measure).min(1).max(8),
  dimensions: z.array(Dimension).max(2).default([]),
  range: TimeRange,
  timeZone: z.string().max(64).default("UTC"),
  bucket: Bucket.default("none"),
  filters: z.array(Filter).max(50).default([]),
  compare: z.union([z.enum(["previous", "weekday"]), z.null()]).default(null),
  /** Groups that are kept; the rest is summed as Other. */
  top: z.number().int().min(1).max(1000).default(10),
  order: z
    .strictObject({ by: z.union([Measure, z.literal("key")]), dir: z.enum(["asc", "desc"]) })
    .nullable()
    .default(null),
});
/** A query with its defaults filled in. */
export type MetricQuery = Readonly<z.infer<typeof MetricQuery>>;
/** A query as a caller writes it. */
export type MetricQueryInput = Readonly<z.input<typeof MetricQuery>>;

export const MetricValues = z.partialRecord(Measure, z.number().nullable());
export type MetricValues = Readonly<z.infer<typeof MetricValues>>;

export const MetricRow = z.object({
  /** One value a dimension, in their order; null for "(none)". For the row of Other the whole key is null. */
  key: z.array(z.string().nullable()).nullable(),
  /** Index into `buckets`; null without. */
  bucket: z.number().int().nullable(),
  values: MetricValues,
  compare: MetricValues.nullable(),
});
export type MetricRow = Readonly<z.infer<typeof MetricRow>>;

export const MetricBucket = z.object({
  start: z.string(),
  end: z.string(),
  label: z.string(),
  state: z.enum(["complete", "in-progress", "uncovered"]),
});
export type MetricBucket = Readonly<z.infer<typeof MetricBucket>>;

export const MetricResult = z.object({
  /** Normalised, with absolute times. */
  query: MetricQuery,
  compareRange: z.object({ from: z.string(), to: z.string() }).nullable(),
  snapshot: z.number().int(),
  /** Commit time of the newest segment, ISO; null for an empty store. */
  asOf: z.string().nullable(),
  buckets: z.array(MetricBucket),
  rows: z.array(MetricRow),
  /** Computed over all groups, never added up from the rows. */
  totals: z.object({ values: MetricValues, compare: MetricValues.nullable() }),
  /** How many groups stand behind the row of Other. */
  other: z.object({ groups: z.number().int() }).nullable(),
  partial: z.array(z.object({ target: z.string(), reason: z.string() })),
});
export type MetricResult = Readonly<z.infer<typeof MetricResult>>;
