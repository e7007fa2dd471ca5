import { z } from "zod";
import { pageOf } from "./endpoint.ts";
import { Invocation, OutlineSegment } from "./invocation.ts";
import { Filter, TimeRange } from "./metric.ts";
import { PriceOf } from "./price.ts";
import { Signal } from "./signal.ts";

export const invocationSorts = ["time", "tokens", "cost", "latency"] as const;

export const InvocationQuery = z.strictObject({
  range: TimeRange,
  timeZone: z.string().max(64).default("UTC"),
  filters: z.array(Filter).max(50).default([]),
  sort: z
    .strictObject({ by: z.enum(invocationSorts), dir: z.enum(["asc", "desc"]) })
    .default({ by: "time", dir: "desc" }),
  cursor: z.string().max(1024).nullable().default(null),
  limit: z.number().int().min(1).max(200).default(50),
  /** Leaves out what was ingested later. */
  asOf: z.string().max(40).nullable().default(null),
});
export type InvocationQuery = Readonly<z.infer<typeof InvocationQuery>>;

export const PricedInvocation = Invocation.extend({ costUsd: z.number().nullable() });
export type PricedInvocation = Readonly<z.infer<typeof PricedInvocation>>;

export const InvocationPage = pageOf(PricedInvocation).extend({
  /** Over the whole filter, not the page. */
  sums: z.object({
    inputTokens: z.number(),
    outputTokens: z.number(),
    totalTokens: z.number(),
    costUsd: z.number().nullable(),
    unpriced: z.number().int(),
  }),
  range: z.object({ from: z.string(), to: z.string() }),
  snapshot: z.number().int(),
  asOf: z.string().nullable(),
});
export type InvocationPage = Readonly<z.infer<typeof InvocationPage>>;

export const InvocationRecord = z.object({
  invocation: Invocation,
  outline: z.array(OutlineSegment),
  signals: z.array(Signal),
  price: PriceOf.nullable(),
  provenance: z.object({
    sourceId: z.string(),
    place: z.string(),
    key: z.string(),
    /** 1-based line in the object, or position in the page. */
    line: z.number().int(),
    ingestedAt: z.string(),
  }),
  findings: z.array(z.string()),
  /** When an opaque model ARN was resolved; null when there was none or it is not resolved. */
  resolvedAt: z.string().nullable(),
});
export type InvocationRecord = Readonly<z.infer<typeof InvocationRecord>>;

export const RevealedContent = z.object({
  segments: z.array(OutlineSegment.extend({ text: z.string().nullable() })),
  inputBody: z.string().nullable(),
  outputBody: z.string().nullable(),
  complete: z.boolean(),
  /** Seconds after which the screen forgets it. */
  ttlSeconds: z.number().int(),
  trailSeq: z.number().int(),
});
export type RevealedContent = Readonly<z.infer<typeof RevealedContent>>;
