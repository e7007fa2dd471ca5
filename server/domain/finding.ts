import { z } from "zod";
import { SegmentKind } from "./invocation.ts";
import { Severity } from "./severity.ts";

export const FindingState = z.enum(["new", "in_progress", "resolved", "withdrawn"]);
export type FindingState = z.infer<typeof FindingState>;

export const Resolution = z.enum(["true-positive", "false-positive", "expected"]);
export type Resolution = z.infer<typeof Resolution>;

export const Evidence = z.object({
  requestId: z.string(),
  accountId: z.string(),
  region: z.string(),
  time: z.string(),
  path: z.string().nullable(),
  start: z.number().int().nullable(),
  end: z.number().int().nullable(),
  segmentKind: SegmentKind.nullable(),
  ruleId: z.string().nullable(),
  ruleVersion: z.number().int().nullable(),
  outcome: z.string().nullable(),
  excerpt: z.string().nullable(),
});
export type Evidence = Readonly<z.infer<typeof Evidence>>;

/** Something for a person to judge. Equal `id` = same finding; it is recomputed whole, never incremented. */
export const Finding = z.object({
  /** First 32 hex of SHA-256(`detectionId` LF `subject` LF `bucket`). */
  id: z.string(),
  detectionId: z.string(),
  ruleVersion: z.number().int(),
  configHash: z.string(),
  title: z.string(),
  severity: Severity,
  /** Principal key, `<account>/<region>`, `<account>/<model>` or `<principal key>#<tool>`. */
  subject: z.string(),
  /** UTC day of the window's first record, or `-` for a standing state. */
  bucket: z.string(),
  firstSeen: z.string(),
  lastSeen: z.string(),
  records: z.number().int(),
  costUsd: z.number().nullable(),
  outcomes: z.record(z.string(), z.number().int()),
  scanned: z.object({ of: z.number().int(), records: z.number().int() }),
  evidence: z.array(Evidence),
  related: z.array(z.string()),
  mappings: z.array(z.string()),
  summary: z.string(),
});
export type Finding = Readonly<z.infer<typeof Finding>>;

export const TriageAct = z.enum(["comment", "assign", "start", "resolve", "reopen", "withdraw"]);
export type TriageAct = z.infer<typeof TriageAct>;

/** One act of judging. The last event decides the state; events are only appended. */
export const TriageEvent = z.object({
  findingId: z.string(),
  /** 1 for the first event of a finding. */
  version: z.number().int(),
  at: z.string(),
  actor: z.string(),
  act: TriageAct,
  assignee: z.string().nullable(),
  resolution: Resolution.nullable(),
  note: z.string(),
});
export type TriageEvent = Readonly<z.infer<typeof TriageEvent>>;

/** A finding with what people have made of it. */
export const TriagedFinding = Finding.extend({
  state: FindingState,
  assignee: z.string().nullable(),
  resolution: Resolution.nullable(),
  /** Number of triage events: the version that the next one names. */
  version: z.number().int(),
});
export type TriagedFinding = Readonly<z.infer<typeof TriagedFinding>>;
