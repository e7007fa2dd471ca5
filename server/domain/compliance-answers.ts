import { z } from "zod";
import { CheckReport, ControlWords, NarrowerRun } from "./compliance.ts";
import { Counts, SourceStatus } from "./coverage.ts";
import { DetectionWaivers } from "./finding.ts";
import { QuarantineReason } from "./invocation.ts";
import { LedgerDay } from "./ledger.ts";

export const Controls = z.object({
  controls: z.array(ControlWords),
  /** The newest complete run of all that is configured, else of less; null before the first one. */
  report: CheckReport.nullable(),
  /** The newest complete run after it; null: there is none. */
  newer: NarrowerRun.nullable(),
  /** Of the file of waivers; null: it was never put on the findings. */
  detectionWaivers: DetectionWaivers.nullable(),
});
export type Controls = Readonly<z.infer<typeof Controls>>;

export const ControlAnswer = z.object({
  control: ControlWords,
  /** The run that is shown; null before the first one. */
  run: CheckReport.shape.run.nullable(),
  /** All targets of the run: one without a result says by its state and code why. */
  targets: CheckReport.shape.targets,
  /** Of this control. */
  results: CheckReport.shape.results,
});
export type ControlAnswer = Readonly<z.infer<typeof ControlAnswer>>;

/** What a run of the check saw and said: enough to judge it again. */
export const RunSnapshotAnswer = z.object({
  report: CheckReport,
  /** Each target with its facts and their evidence, as `check --save` writes it; null: no longer kept. */
  snapshot: z.array(z.looseObject({ kind: z.enum(["read", "shut", "left"]) })).nullable(),
});
export type RunSnapshotAnswer = Readonly<z.infer<typeof RunSnapshotAnswer>>;

export const HistoryQuery = z.strictObject({
  /** Days back from now. */
  days: z.coerce.number().int().min(1).max(400).default(30),
  account: z.string().max(20).optional(),
  region: z.string().max(40).optional(),
  control: z.string().max(80).optional(),
});
export type HistoryQuery = Readonly<z.infer<typeof HistoryQuery>>;

/** Whole hours in `[from, to)`, at most 31 days of them. */
export const HourCoverageQuery = z.strictObject({
  /** Default: seven days before `to`. */
  from: z.iso.datetime({ offset: true }).optional(),
  /** Default: the last hour whose calls a check that runs now would count. */
  to: z.iso.datetime({ offset: true }).optional(),
  /** One, or several with commas between them. */
  account: z.string().max(1_000).optional(),
  region: z.string().max(1_000).optional(),
  /** The `next` of the page before. */
  after: z.string().max(80).optional(),
  limit: z.coerce.number().int().min(1).max(50).default(20),
});
export type HourCoverageQuery = Readonly<z.infer<typeof HourCoverageQuery>>;

export const Ledger = z.object({
  counts: Counts,
  sources: z.array(SourceStatus),
  days: z.array(LedgerDay),
});
export type Ledger = Readonly<z.infer<typeof Ledger>>;

export const QuarantineEntry = z.object({
  id: z.string(),
  sourceId: z.string(),
  key: z.string(),
  reason: QuarantineReason,
  detail: z.string(),
  byteFrom: z.number().int().nullable(),
  byteTo: z.number().int().nullable(),
  state: z.enum(["open", "repaired", "dismissed", "superseded"]),
  createdAt: z.string(),
});
export type QuarantineEntry = Readonly<z.infer<typeof QuarantineEntry>>;
