import { z } from "zod";
import { Days, Drift, DriftChange, ShownVerdict, Verdict } from "./compliance.ts";
import { Counts } from "./coverage.ts";
import { FindingState } from "./finding.ts";
import { Dimension, Filter, Measure, MetricValues } from "./metric.ts";
import { Severity } from "./severity.ts";

export const reportFormats = ["html", "markdown", "csv", "json"] as const;
export const ReportFormat = z.enum(reportFormats);
export type ReportFormat = z.infer<typeof ReportFormat>;

/** Whole local days before the present. */
const ReportWindow = z
  .string()
  .regex(/^last-(day|week|month|[1-9]\d{0,2}d)$/, "write last-day, last-week, last-month or last-<n>d");

/** A report as the configuration file defines it. */
export const ReportDefinition = z.strictObject({
  /** Never given to another report: the ids of runs are made from it. */
  id: z.string().regex(/^[a-z0-9-]{1,40}$/, "use a-z, 0-9 and -, at most 40 characters"),
  title: z.string().min(1).max(200),
  window: ReportWindow.default("last-week"),
  /** Null: that of the screens. */
  timeZone: z.string().max(64).nullable().default(null),
  filters: z.array(Filter).max(50).default([]),
  formats: z.array(ReportFormat).min(1).default(["html"]),
});
export type ReportDefinition = Readonly<z.infer<typeof ReportDefinition>>;

const whole = z.number().int();

/** The same measures in the window and in the period before; null where nothing is known. */
const Compared = z.object({ values: MetricValues, previous: MetricValues });
export type Compared = Readonly<z.infer<typeof Compared>>;

export const Breakdown = z.object({
  dimension: Dimension,
  rows: z.array(
    Compared.extend({
      /** Null for "(none)", and for the row of Other. */
      key: z.string().nullable(),
      other: z.boolean(),
    }),
  ),
  /** Groups behind Other. */
  otherGroups: z.number().int(),
});
export type Breakdown = Readonly<z.infer<typeof Breakdown>>;

const Mover = z.object({
  measure: Measure,
  dimension: Dimension,
  key: z.string().nullable(),
  now: z.number(),
  before: z.number(),
});
export type Mover = Readonly<z.infer<typeof Mover>>;

const ReportedTarget = z.object({
  accountId: z.string(),
  region: z.string(),
  readThrough: z.string().nullable(),
  /** Share of the window, and of the period before, that was read. */
  readShare: z.number(),
  previousReadShare: z.number(),
  hole: z.object({ from: z.string(), reason: z.string() }).nullable(),
  /** Objects before `readThrough` that were lost. */
  exceptions: z.number().int(),
});
export type ReportedTarget = Readonly<z.infer<typeof ReportedTarget>>;

const ReportedFinding = z.object({
  id: z.string(),
  detectionId: z.string(),
  title: z.string(),
  severity: Severity,
  subject: z.string(),
  state: FindingState,
  /** First seen in the window. */
  isNew: z.boolean(),
  firstSeen: z.string(),
  lastSeen: z.string(),
  records: z.number().int(),
  costUsd: z.number().nullable(),
  summary: z.string(),
});
export type ReportedFinding = Readonly<z.infer<typeof ReportedFinding>>;

const ReportedControl = z.object({
  verdict: Verdict,
  severity: Severity,
  control: z.string(),
  title: z.string(),
  account: z.string(),
  region: z.string(),
  resource: z.string(),
  code: z.string(),
  reason: z.string(),
});
export type ReportedControl = Readonly<z.infer<typeof ReportedControl>>;

const ReportedStore = z.object({
  account: z.string(),
  region: z.string(),
  resource: z.string(),
  keptDays: Days,
  readableDays: Days,
  verdict: ShownVerdict,
});

/** A result, or for `target-gone` a target, that is not as it was in the run before. */
const ReportedDrift = z.object({
  change: DriftChange.or(z.literal("target-gone")),
  by: Drift.shape.by,
  /** The last one, of a target that is gone. */
  verdict: ShownVerdict,
  /** Null for a target. */
  title: z.string().nullable(),
  account: z.string(),
  region: z.string(),
  /** Of a target that is gone: why. */
  resource: z.string(),
});

/** Owner and the rest are null where the check was kept by an older version, and no result has the waiver. */
const ReportedWaiver = z.object({
  id: z.string(),
  state: z.enum(["expired", "expiring", "unused", "used"]),
  covers: whole,
  owner: z.string().nullable(),
  reason: z.string().nullable(),
  ticket: z.string().nullable(),
  expires: z.string().nullable(),
});

/** A report as data: every format shows these numbers and no others. It holds no text of a prompt or completion. */
export const ReportDocument = z.object({
  schemaVersion: z.literal(1),
  report: z.object({ id: z.string(), title: z.string(), filters: z.array(Filter) }),
  run: z.object({
    id: z.string(),
    renderedAt: z.string(),
    /** Of this program. */
    version: z.string(),
    snapshot: whole,
    /** Commit time of the newest segment; null for an empty store. */
    asOf: z.string().nullable(),
    priceBook: z.object({ version: z.string(), date: z.string() }),
  }),
  /** Half-open instants, UTC. */
  window: z.object({ from: z.string(), to: z.string(), timeZone: z.string() }),
  previous: z.object({ from: z.string(), to: z.string() }),
  marks: z.array(z.enum(["DEMO DATA", "PROVISIONAL"])),
  /** Why it is provisional; empty when it is not. */
  provisional: z.array(z.string()),
  verdict: z.object({ evaluated: z.boolean(), text: z.string() }),
  evidence: z.object({
    targets: z.array(ReportedTarget),
    /** Places that could not be read. */
    unread: z.array(z.object({ place: z.string(), state: z.string(), reason: z.string().nullable() })),
    /** Of the whole store, and of the UTC days that the window touches. */
    counts: Counts,
    windowCounts: Counts,
    lawHolds: z.boolean(),
    /** Open entries by reason. */
    quarantine: z.array(z.object({ reason: z.string(), entries: whole })),
  }),
  findings: z.object({
    /** The last run of the detections; null before the first one. */
    judged: z.object({ ran: whole, at: z.string() }).nullable(),
    /** By severity, gravest first; open ones, those of them first seen in the window, those that were settled, and those that are accepted. */
    counts: z.array(
      z.object({ severity: Severity, open: whole, fresh: whole, resolved: whole, withdrawn: whole, waived: whole }),
    ),
    rows: z.array(ReportedFinding),
    /** Open findings that are not among the rows. */
    more: whole,
    /** Of detections. */
    waivers: z.array(ReportedWaiver),
  }),
  /** The newest check; null before the first one. */
  controls: z
    .object({
      checkedAt: z.string(),
      /** False when the run was cut short: what is missing was not looked at. */
      complete: z.boolean(),
      verdicts: z.object({ FAIL: whole, UNKNOWN: whole, PASS: whole, NOT_APPLICABLE: whole, WAIVED: whole }),
      policy: z.string(),
      targets: z.object({ total: whole, evaluated: whole, unknown: whole, notApplicable: whole, excluded: whole }),
      /** FAIL, then UNKNOWN; what a waiver covers is among neither. */
      rows: z.array(ReportedControl),
      more: whole,
      /** Every store that was judged, and how long it keeps a record. */
      retention: z.object({ rows: z.array(ReportedStore), more: whole }),
      /** Since the run before; `since` null: none of the same scope is kept. */
      drift: z.object({ since: z.string().nullable(), rows: z.array(ReportedDrift), more: whole }),
      waivers: z.array(ReportedWaiver),
    })
    .nullable(),
  usage: z.object({
    /** False when, of a target, less than 95 % of one period was read, and not nothing of both: then changes mean nothing. */
    comparable: z.boolean(),
    totals: Compared,
    breakdowns: z.array(Breakdown),
    /** The ten largest changes of each measure; none when the periods cannot be compared. */
    movers: z.array(Mover),
  }),
  method: z.array(z.string()),
});
export type ReportDocument = Readonly<z.infer<typeof ReportDocument>>;
