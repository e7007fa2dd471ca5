import { z } from "zod";
import { WaiverInForce } from "./compliance.ts";
import { SegmentKind } from "./invocation.ts";
import { Severity } from "./severity.ts";

export const FindingState = z.enum(["new", "in_progress", "resolved", "withdrawn"]);
export type FindingState = z.infer<typeof FindingState>;

/** A state as it is shown and counted: a waiver in force goes over it. */
export const ShownFindingState = z.enum([...FindingState.options, "waived"]);
export type ShownFindingState = z.infer<typeof ShownFindingState>;

export function shownFindingState({ state, waiver }: Pick<TriagedFinding, "state" | "waiver">): ShownFindingState {
  return waiver?.inForce === true ? "waived" : state;
}

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

/** Every value that the records of a finding have; null where there are more than 100, or some could not be told. */
const Values = z.array(z.string()).nullable();
export const Reach = z.object({ accounts: Values, regions: Values, models: Values, principals: Values });
export type Reach = Readonly<z.infer<typeof Reach>>;

/** What somebody has accepted of a finding. */
export const FindingWaiver = WaiverInForce.extend({
  /** False: its last day is over, and the finding counts again. */
  inForce: z.boolean(),
});
export type FindingWaiver = Readonly<z.infer<typeof FindingWaiver>>;

/** The waivers that speak of detections: their ids by what became of them, in the order of the file, and what each says. */
export const DetectionWaivers = z.object({
  used: z.array(z.string()),
  expiring: z.array(z.string()),
  expired: z.array(z.string()),
  unused: z.array(z.string()),
  given: z.array(
    WaiverInForce.extend({
      detection: z.string(),
      /** Findings that it accepts now. */
      covers: z.number().int(),
    }),
  ),
});
export type DetectionWaivers = Readonly<z.infer<typeof DetectionWaivers>>;

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
  /** Null: an older version judged it. */
  reach: Reach.nullable().default(null),
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
  /** The one that lasts longest. Null: nobody has accepted it. */
  waiver: FindingWaiver.nullable().default(null),
});
export type TriagedFinding = Readonly<z.infer<typeof TriagedFinding>>;
