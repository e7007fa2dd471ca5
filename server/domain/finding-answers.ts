import { z } from "zod";
import { pageOf } from "./endpoint.ts";
import { Resolution, ShownFindingState, TriageAct, TriageEvent, TriagedFinding } from "./finding.ts";
import { TimeRange } from "./metric.ts";
import { Severity, severities } from "./severity.ts";

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
