import { z } from "zod";
import { Filter, MetricBucket, TimeRange } from "./metric.ts";

/** `csv`: RFC 4180, UTF-8 with BOM; `ndjson`: one JSON object a line. */
export const exportFormats = ["csv", "ndjson"] as const;

/** Which invocations are to be a file: all of the filter, newest first. */
export const ExportRequest = z.strictObject({
  range: TimeRange,
  timeZone: z.string().max(64).default("UTC"),
  filters: z.array(Filter).max(50).default([]),
  /** Leaves out what was ingested later. */
  asOf: z.string().max(40).nullable().default(null),
  format: z.enum(exportFormats),
});
export type ExportRequest = Readonly<z.infer<typeof ExportRequest>>;

export const ExportTicket = z.object({
  id: z.string(),
  /** Of the file. */
  name: z.string(),
  /** From then on it can no longer be fetched. */
  until: z.string(),
});
export type ExportTicket = Readonly<z.infer<typeof ExportTicket>>;

/** What a file is, and whether it is whole: one that broke off has no hash. */
export const ExportManifest = z.object({
  id: z.string(),
  name: z.string(),
  state: z.enum(["waiting", "running", "whole", "broken"]),
  format: z.enum(exportFormats),
  columns: z.array(z.string()),
  filters: z.array(Filter),
  range: z.object({ from: z.string(), to: z.string() }),
  timeZone: z.string(),
  asOf: z.string().nullable(),
  snapshot: z.number().int(),
  demo: z.boolean(),
  /** Whether the range was read to its end, or is not yet; `uncovered`: nothing shows that it was read, and missing rows say nothing. */
  coverage: MetricBucket.shape.state,
  /** Before this instant no source was read; null: folders are read whole. */
  since: z.string().nullable(),
  /** Targets of which something within the range could not be read. */
  partial: z.array(z.object({ target: z.string(), reason: z.string() })),
  rows: z.number().int(),
  bytes: z.number().int(),
  sha256: z.string().nullable(),
});
export type ExportManifest = Readonly<z.infer<typeof ExportManifest>>;
