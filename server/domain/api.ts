import { z } from "zod";
import { CheckReport, ComplianceHistory, ControlWords, NarrowerRun } from "./compliance.ts";
import { Counts, IngestFinding, SourceStatus, TargetCoverage } from "./coverage.ts";
import { DetectionWaivers, Resolution, ShownFindingState, TriageAct, TriagedFinding, TriageEvent } from "./finding.ts";
import { HourCoverage, WholeCoverage } from "./hour-coverage.ts";
import { Invocation, OutlineSegment, QuarantineReason } from "./invocation.ts";
import { LedgerDay, LedgerLaw, SourceDay, SourceDayQuery } from "./ledger.ts";
import { Filter, MetricQuery, MetricResult, TimeRange } from "./metric.ts";
import { PriceOf } from "./price.ts";
import { Severity, severities } from "./severity.ts";
import { Signal } from "./signal.ts";

export const permissions = [
  "metrics.read",
  "findings.read",
  "findings.triage",
  "invocations.read",
  "content.read",
  "compliance.read",
  "packs.create",
  "trail.read",
  "signed-in",
  "public",
] as const;
export type Permission = (typeof permissions)[number];

/**
 * An endpoint, said once: `app.ts` mounts it, the web calls it, OpenAPI is made from it.
 * `input` holds the path's parameters and either the query string (GET) or the JSON body, in one strict object.
 */
export interface Endpoint {
  readonly method: "GET" | "POST";
  /** Express path, with `:name` parameters. */
  readonly path: string;
  readonly permission: Permission;
  readonly summary: string;
  readonly input: z.ZodType;
  readonly output: z.ZodType;
  /** Of an answer that is a file; default: JSON. */
  readonly mediaType?: string;
}

const nothing = z.strictObject({});

/** A page of a list; `next` is an opaque cursor, null on the last page. */
function pageOf<T extends z.ZodType>(item: T) {
  return z.object({
    items: z.array(item),
    next: z.string().nullable(),
    total: z.object({ value: z.number().int(), exact: z.boolean() }),
  });
}

/** The trust strip: how good the evidence is, before any number. */
export const Status = z.object({
  demo: z.boolean(),
  version: z.string(),
  serverTime: z.string(),
  timeZone: z.string(),
  snapshot: z.number().int(),
  asOf: z.string().nullable(),
  /** Time of the oldest and newest stored invocation; null for an empty store. */
  dataRange: z.object({ from: z.string(), to: z.string() }).nullable(),
  store: z.enum(["ok", "refilling", "read-only"]),
  /** Why this server writes nothing now; null: it does. */
  notWriting: z.string().nullable(),
  targets: z.array(TargetCoverage),
  /** Of the last check; null before the first one. */
  logging: z
    .object({ on: z.number().int(), off: z.number().int(), unknown: z.number().int(), checkedAt: z.string() })
    .nullable(),
  prices: z.object({ date: z.string(), pricedShare: z.number().nullable() }),
  /** How much of the calls is stored; null: not asked yet. */
  coverage: WholeCoverage.nullable(),
  counts: Counts,
  quarantineOpen: z.number().int(),
  findingsOpen: z.partialRecord(Severity, z.number().int()),
  /** Detections that ran last, and when; null before the first run. */
  detections: z.object({ ran: z.number().int(), at: z.string() }).nullable(),
  /** The ingest that runs in this server; null when it is idle. */
  ingest: z
    .object({
      state: z.string(),
      units: z.number(),
      unitsDone: z.number(),
      records: z.number(),
      /** Decompressed. */
      bytes: z.number(),
      /** At the pace so far, for what is found by now; null: not known, or nothing is left. */
      etaSeconds: z.number().nullable(),
    })
    .nullable(),
});
export type Status = Readonly<z.infer<typeof Status>>;

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

export const FindingQuery = z.strictObject({
  /** Findings whose span touches the range. */
  range: TimeRange,
  timeZone: z.string().max(64).default("UTC"),
  severities: z.array(Severity).max(severities.length).default([]),
  /** Empty: the open ones (new, in progress). */
  states: z.array(ShownFindingState).max(5).default([]),
  detections: z.array(z.string().max(80)).max(50).default([]),
  subjects: z.array(z.string().max(500)).max(50).default([]),
  cursor: z.string().max(1024).nullable().default(null),
  limit: z.number().int().min(1).max(200).default(100),
});
export type FindingQuery = Readonly<z.infer<typeof FindingQuery>>;

export const FindingPage = pageOf(TriagedFinding).extend({
  /** Over the range, whatever the other filters: severity → state → count. What is waived counts as that alone. */
  counts: z.partialRecord(Severity, z.partialRecord(ShownFindingState, z.number().int())),
  /** First seen within the range, by severity, open ones only. */
  fresh: z.partialRecord(Severity, z.number().int()),
  /** Findings of the range that the states asked for leave out. */
  notShown: z.number().int(),
  detections: z.object({ ran: z.number().int(), at: z.string() }).nullable(),
});
export type FindingPage = Readonly<z.infer<typeof FindingPage>>;

/** A detection's or signal's own words. */
export const RuleWords = z.object({
  id: z.string(),
  title: z.string(),
  why: z.string(),
  severity: Severity,
  runbook: z.array(z.string()),
  falsePositives: z.array(z.string()),
});
export type RuleWords = Readonly<z.infer<typeof RuleWords>>;

export const FindingDetail = z.object({
  finding: TriagedFinding,
  rule: RuleWords,
  triage: z.array(TriageEvent),
});
export type FindingDetail = Readonly<z.infer<typeof FindingDetail>>;

export const TriageRequest = z.strictObject({
  id: z.string().max(64),
  act: TriageAct.exclude(["withdraw"]),
  assignee: z.string().min(1).max(200).optional(),
  resolution: Resolution.optional(),
  note: z.string().max(1000).default(""),
  /** Number of events that the caller has seen; another number answers 409. */
  version: z.number().int().min(0),
});

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

export const TrailEntry = z.object({
  seq: z.number().int(),
  time: z.string(),
  actor: z.string(),
  action: z.string(),
  objects: z.array(z.object({ type: z.string(), id: z.string() })),
  reason: z.string().nullable(),
  outcome: z.enum(["allowed", "denied", "failed"]),
  hash: z.string(),
});
export type TrailEntry = Readonly<z.infer<typeof TrailEntry>>;

/** Answer to every error: RFC 9457, `application/problem+json`. */
export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  detail: z.string(),
  requestId: z.string(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })),
});
export type Problem = Readonly<z.infer<typeof Problem>>;

const prefix = "/api/v1";

export const api = {
  status: {
    method: "GET",
    path: `${prefix}/status`,
    permission: "metrics.read",
    summary: "How good the evidence is: completeness, logging, prices, open findings.",
    input: nothing,
    output: Status,
  },
  metrics: {
    method: "POST",
    path: `${prefix}/metrics`,
    permission: "metrics.read",
    summary: "Measures by dimensions over a time range.",
    input: MetricQuery,
    output: MetricResult,
  },
  invocations: {
    method: "POST",
    path: `${prefix}/invocations/query`,
    permission: "invocations.read",
    summary: "Invocations of a filter, newest first, without content.",
    input: InvocationQuery,
    output: InvocationPage,
  },
  invocation: {
    method: "GET",
    path: `${prefix}/invocations/:id`,
    permission: "invocations.read",
    summary: "One invocation with outline, signals, price and provenance. `time` makes it quick.",
    input: z.strictObject({ id: z.string().max(400), time: z.string().max(40).optional() }),
    output: InvocationRecord,
  },
  reveal: {
    method: "POST",
    path: `${prefix}/invocations/:id/reveal`,
    permission: "content.read",
    summary: "The content of one invocation. Its trail entry is written first.",
    input: z.strictObject({
      id: z.string().max(400),
      time: z.string().max(40).optional(),
      reason: z.string().max(500).optional(),
      ticket: z.string().max(100).optional(),
    }),
    output: RevealedContent,
  },
  findings: {
    method: "POST",
    path: `${prefix}/findings/query`,
    permission: "findings.read",
    summary: "Findings of a range, the gravest and newest first.",
    input: FindingQuery,
    output: FindingPage,
  },
  finding: {
    method: "GET",
    path: `${prefix}/findings/:id`,
    permission: "findings.read",
    summary: "One finding, its rule's words and its triage history.",
    input: z.strictObject({ id: z.string().max(64) }),
    output: FindingDetail,
  },
  triage: {
    method: "POST",
    path: `${prefix}/findings/:id/triage`,
    permission: "findings.triage",
    summary: "One act of judging a finding.",
    input: TriageRequest,
    output: TriageEvent,
  },
  controls: {
    method: "GET",
    path: `${prefix}/controls`,
    permission: "compliance.read",
    summary: "The controls and the newest check of every target.",
    input: nothing,
    output: Controls,
  },
  control: {
    method: "GET",
    path: `${prefix}/controls/:id`,
    permission: "compliance.read",
    summary: "One control, and what the newest check says of every target.",
    input: z.strictObject({ id: z.string().max(80) }),
    output: ControlAnswer,
  },
  snapshot: {
    method: "GET",
    path: `${prefix}/snapshots/:id`,
    permission: "compliance.read",
    summary: "What a run of the check saw: its report, and the facts that it was judged from.",
    input: z.strictObject({ id: z.string().max(64) }),
    output: RunSnapshotAnswer,
  },
  pack: {
    method: "POST",
    path: `${prefix}/packs`,
    permission: "packs.create",
    summary: "Evidence of one run of the check as a ZIP that others can check. Its trail entry is written first.",
    input: z.strictObject({
      run: z.string().max(64),
      reason: z.string().max(500).optional(),
      ticket: z.string().max(100).optional(),
    }),
    output: z.instanceof(Uint8Array),
    mediaType: "application/zip",
  },
  coverage: {
    method: "GET",
    path: `${prefix}/coverage`,
    permission: "compliance.read",
    summary:
      "Per target: complete through when, and why not further; whether the conservation law holds; what reading found at the sources, the newest 100 of a kind.",
    input: nothing,
    output: z.object({ targets: z.array(TargetCoverage), law: LedgerLaw, findings: z.array(IngestFinding) }),
  },
  complianceHistory: {
    method: "GET",
    path: `${prefix}/compliance/history`,
    permission: "compliance.read",
    summary: "Runs of the check, and the verdicts that changed between them: the newest, at most 500 and 1,000.",
    input: HistoryQuery,
    output: ComplianceHistory,
  },
  complianceCoverage: {
    method: "GET",
    path: `${prefix}/compliance/coverage`,
    permission: "compliance.read",
    summary: "Per target and hour: how much of the calls is stored. A page of targets, by account and region.",
    input: HourCoverageQuery,
    output: HourCoverage,
  },
  ledger: {
    method: "GET",
    path: `${prefix}/ledger`,
    permission: "compliance.read",
    summary: "read = stored + duplicates + quarantined + ignored, in total, by source and by day.",
    input: nothing,
    output: Ledger,
  },
  sourceDays: {
    method: "GET",
    path: `${prefix}/ledger/days`,
    permission: "compliance.read",
    summary: "The same law for each UTC day of one source, and how many of its units wait or are lost.",
    input: z.strictObject({ source: z.string().max(400) }),
    output: z.object({ days: z.array(LedgerDay) }),
  },
  sourceDay: {
    method: "GET",
    path: `${prefix}/ledger/units`,
    permission: "compliance.read",
    summary: "The same law for each window and unit of a source on a UTC day: what waits or was refused first.",
    input: SourceDayQuery,
    output: SourceDay,
  },
  quarantine: {
    method: "GET",
    path: `${prefix}/quarantine`,
    permission: "compliance.read",
    summary: "Lines and objects that could not be read as records, newest first, at most 500.",
    input: nothing,
    output: z.object({ items: z.array(QuarantineEntry), total: z.number().int() }),
  },
  trail: {
    method: "GET",
    path: `${prefix}/trail`,
    permission: "trail.read",
    summary: "The newest entries of the access trail, at most 200.",
    input: nothing,
    output: z.object({ items: z.array(TrailEntry) }),
  },
  me: {
    method: "GET",
    path: `${prefix}/me`,
    permission: "signed-in",
    summary: "Who is asking, with which permissions.",
    input: nothing,
    output: z.object({ actor: z.string(), permissions: z.array(z.enum(permissions)) }),
  },
} as const satisfies Record<string, Endpoint>;
