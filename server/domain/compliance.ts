import { z } from "zod";
import { Severity } from "./severity.ts";

export const Verdict = z.enum(["PASS", "FAIL", "UNKNOWN", "NOT_APPLICABLE"]);
export type Verdict = z.infer<typeof Verdict>;

/** Days that something is kept: whole days, without end, or not known. */
export const Days = z.union([z.number().int(), z.literal("forever"), z.null()]);
export type Days = z.infer<typeof Days>;

export const ControlNote = z.object({ level: z.enum(["warn", "info"]), code: z.string(), text: z.string() });
export type ControlNote = Readonly<z.infer<typeof ControlNote>>;

/** Where a fact came from, and what of it decided. */
export const FactEvidence = z.object({
  fact: z.string(),
  service: z.string(),
  operation: z.string(),
  region: z.string(),
  account: z.string(),
  caller: z.string().nullable(),
  /** Of the last answer. Null, as the next one: none came, or AWS was not asked. */
  requestId: z.string().nullable(),
  httpStatus: z.number().int().nullable(),
  /** Of the answers before it: pages, and attempts that failed. At most 100. */
  earlierRequestIds: z.array(z.string()).default([]),
  at: z.string(),
  /** The service's code for a call that failed: nothing of it was used. Null for one that was answered. */
  errorCode: z.string().nullable().default(null),
  /** What that means: `permission`, `transient`, … */
  errorClass: z.string().nullable().default(null),
  /** The fields used, as JSON values. */
  fields: z.record(z.string(), z.unknown()),
  /** Of the fields in the canonical form of RFC 8785; null where the call failed. */
  sha256: z.string().nullable(),
});
export type FactEvidence = Readonly<z.infer<typeof FactEvidence>>;

/** A span of time whose records are not there. */
export const LoggingGap = z.object({
  from: z.string(),
  to: z.string(),
  /** `off`: nothing was logged; `content`: a required modality was not; `erased`: a store did not keep long enough. */
  kind: z.enum(["off", "content", "erased"]),
  /** Calls in the span; null where that could not be read. */
  invocations: z.number().int().nullable(),
  /** Some of them were counted in a period that reaches beyond the span: there may be fewer. Runs that do not tell could not exclude it. */
  isAtMost: z.boolean().default(true),
  /** ARN or name of who caused it; null where nothing tells. */
  actor: z.string().nullable(),
});
export type LoggingGap = Readonly<z.infer<typeof LoggingGap>>;

/** The waiver in force for a result. */
export const WaiverInForce = z.object({
  id: z.string(),
  owner: z.string(),
  reason: z.string(),
  ticket: z.string(),
  /** `2026-12-31`: through the end of that UTC day. */
  expires: z.string(),
});
export type WaiverInForce = Readonly<z.infer<typeof WaiverInForce>>;

/** A waiver that a run was given, in force or not. */
export const GivenWaiver = WaiverInForce.extend({ control: z.string() });
export type GivenWaiver = Readonly<z.infer<typeof GivenWaiver>>;

/** A FAIL that was known when the baseline was written; it does not gate until the day `expires` is over. */
export const BaselineEntry = z.object({ since: z.string(), expires: z.string() });
export type BaselineEntry = Readonly<z.infer<typeof BaselineEntry>>;

/** What became of a result since the last complete run of the same scope. */
export const DriftChange = z.enum([
  /** Its target was there, it was not. */
  "new",
  "unchanged",
  /** FAIL now. */
  "regressed",
  /** FAIL no more. */
  "resolved",
  /** UNKNOWN now. */
  "lost-sight",
  /** UNKNOWN no more, whatever is seen now. */
  "regained",
  /** Its target was not there. */
  "target-appeared",
  /** No other of these: the facts, or what is said of them. */
  "facts-changed",
]);
export type DriftChange = z.infer<typeof DriftChange>;

export const Drift = z.object({
  change: DriftChange,
  /**
   * `policy` or `tool`: what was seen last time, judged by the policy or program of today, changes just so; `aws`: it does not.
   * Null where nothing changed, and where the policy or program did and what was seen then is no longer kept, or not of all of the window.
   */
  by: z.enum(["policy", "tool", "aws"]).nullable(),
  /** Settings that changed: their path, as JSON values before and after; null where there was none. At most 50. */
  facts: z.array(z.object({ path: z.string(), old: z.unknown(), new: z.unknown() })),
});
export type Drift = Readonly<z.infer<typeof Drift>>;

/** A requirement that a control supports: `CIS v8`, `8.10`. */
export const FrameworkRequirement = z.object({ framework: z.string(), requirement: z.string(), summary: z.string() });
export type FrameworkRequirement = Readonly<z.infer<typeof FrameworkRequirement>>;

/** A fact that could not be read, and the class of error that says why. */
export const UnreadFact = z.object({ fact: z.string(), class: z.string() });
export type UnreadFact = Readonly<z.infer<typeof UnreadFact>>;

export const ControlResult = z.object({
  /** First 32 hex of SHA-256 over `control LF account LF region LF resource`. */
  id: z.string(),
  control: z.string(),
  title: z.string(),
  account: z.string(),
  region: z.string(),
  resource: z.string(),
  verdict: Verdict,
  severity: Severity,
  code: z.string(),
  reason: z.string(),
  keptDays: Days,
  readableDays: Days,
  notes: z.array(ControlNote),
  gaps: z.array(LoggingGap).default([]),
  /** The rule or setting that decided how long a store keeps, with the fields that AWS gave it; null: there is none. */
  decidedBy: z.record(z.string(), z.unknown()).nullable().default(null),
  /** In force for this result; it is then counted as WAIVED, and `verdict` is the one beneath. */
  waiver: WaiverInForce.nullable().default(null),
  baseline: BaselineEntry.nullable().default(null),
  /** Null before the second run of a scope. */
  drift: Drift.nullable().default(null),
  frameworks: z.array(FrameworkRequirement).default([]),
  /** Why it is UNKNOWN, fact by fact; empty for any other verdict. */
  unread: z.array(UnreadFact).default([]),
  remediation: z.string().nullable(),
  evidence: z.array(FactEvidence),
});
export type ControlResult = Readonly<z.infer<typeof ControlResult>>;

/** A verdict as it is shown and counted: a waiver in force goes over it. */
export const ShownVerdict = z.enum([...Verdict.options, "WAIVED"]);
export type ShownVerdict = z.infer<typeof ShownVerdict>;

export function shownVerdict({ verdict, waiver }: Pick<ControlResult, "verdict" | "waiver">): ShownVerdict {
  return waiver === null ? verdict : "WAIVED";
}

export const TargetState = z.enum(["evaluated", "unknown", "not-applicable", "excluded"]);

export const TargetResult = z.object({
  account: z.string(),
  region: z.string(),
  state: TargetState,
  /** Why it was not evaluated; null when it was. */
  code: z.string().nullable(),
  verdict: Verdict,
});
export type TargetResult = Readonly<z.infer<typeof TargetResult>>;

/** A target that was looked at in the last complete run of the same scope, and is not any more. */
export const GoneTarget = z.object({
  account: z.string(),
  region: z.string(),
  /** What it was excluded as, or why it does not apply; `not-listed`: nothing names it any more. */
  reason: z.string(),
  /** Its last one. */
  verdict: Verdict,
});
export type GoneTarget = Readonly<z.infer<typeof GoneTarget>>;

/** Findings that a publication did not bring to their place, all for one reason. */
export const NotPublished = z.object({
  account: z.string(),
  /** Null: every region of the account. */
  region: z.string().nullable(),
  /** Of the service, or of Node. */
  code: z.string(),
  /** What it means, and what mends it, in our words. */
  reason: z.string(),
  findings: z.array(z.object({ id: z.string(), control: z.string(), region: z.string(), resource: z.string() })),
});
export type NotPublished = Readonly<z.infer<typeof NotPublished>>;

/** What became of a run's findings in AWS Security Hub. */
export const Publication = z.object({
  /** Findings that were taken as they are now. */
  imported: z.number().int(),
  /** Findings of the run before that there are no more, and that were put aside. */
  archived: z.number().int(),
  /** Why none was put aside; null: each that is gone was, or is among `failed`. */
  notArchived: z.string().nullable(),
  /** Those of accounts that are closed or not looked at any more, and that let nobody in: they stay as they are, and are not tried again. */
  forgotten: z.array(NotPublished).default([]),
  failed: z.array(NotPublished),
});
export type Publication = Readonly<z.infer<typeof Publication>>;

/** What one run of the check found: the JSON format of the script, and what the Compliance page shows. */
export const CheckReport = z.object({
  schemaVersion: z.literal(1),
  run: z.object({
    id: z.string(),
    startedAt: z.string(),
    finishedAt: z.string(),
    clock: z.string(),
    complete: z.boolean(),
    exitCode: z.number().int(),
    caller: z.string().nullable(),
    tool: z.string(),
    /** Day of the list of Bedrock's regions that this program carries; null: it was not noted then. */
    catalogueDate: z.string().nullable().default(null),
  }),
  policy: z.object({ name: z.string(), sha256: z.string(), settings: z.record(z.string(), z.unknown()) }),
  window: z.object({ from: z.string(), to: z.string() }),
  summary: z.object({
    /** Of all accounts; null: it was not noted then. */
    verdict: Verdict.nullable().default(null),
    verdicts: z.object({
      FAIL: z.number().int(),
      UNKNOWN: z.number().int(),
      PASS: z.number().int(),
      NOT_APPLICABLE: z.number().int(),
      WAIVED: z.number().int(),
    }),
    failAtOrAbove: z.number().int(),
    allowedUnknown: z.number().int(),
    targets: z.object({
      total: z.number().int(),
      evaluated: z.number().int(),
      unknown: z.number().int(),
      notApplicable: z.number().int(),
      excluded: z.number().int(),
    }),
  }),
  /** Each account, by its targets that were assessed. */
  accounts: z.array(z.object({ account: z.string(), verdict: Verdict })).default([]),
  targets: z.array(TargetResult),
  results: z.array(ControlResult),
  /** The waivers that the run was given: their ids by what became of them, and what each says. */
  waivers: z
    .object({
      used: z.array(z.string()),
      expiring: z.array(z.string()),
      expired: z.array(z.string()),
      unused: z.array(z.string()),
      given: z.array(GivenWaiver).default([]),
    })
    .default({ used: [], expiring: [], expired: [], unused: [], given: [] }),
  /** The run that the results' drift speaks of; null: none of this scope is kept. */
  previous: z.object({ id: z.string(), clock: z.string() }).nullable().default(null),
  targetsGone: z.array(GoneTarget).default([]),
  /** Of the saved evidence; null when none was saved. */
  manifestSha256: z.string().nullable().default(null),
  /** In AWS Security Hub; null where it was not asked for. */
  published: Publication.nullable().default(null),
});
export type CheckReport = Readonly<z.infer<typeof CheckReport>>;

/** What the API tells of a control itself. */
export const ControlWords = z.object({
  id: z.string(),
  title: z.string(),
  severity: Severity,
  why: z.string(),
});
export type ControlWords = Readonly<z.infer<typeof ControlWords>>;

/** A run without its results. */
export const CheckRunHead = CheckReport.pick({ run: true, policy: true, summary: true }).extend({
  /** Same for the runs that are asked the same: accounts, regions and controls. Opaque. */
  scope: z.string(),
  /** It was asked for less than is configured. */
  part: z.boolean().default(false),
});
export type CheckRunHead = Readonly<z.infer<typeof CheckRunHead>>;

/** What a run was asked for. */
export const RunScope = z.object({
  /** Ids; `organization of` an id: all of its accounts. */
  accounts: z.array(z.string()),
  /** Empty: all. */
  regions: z.array(z.string()),
  /** Ids of the controls that were not asked, beside those that the policy disables. */
  without: z.array(z.string()),
});
export type RunScope = Readonly<z.infer<typeof RunScope>>;

/** A run that is not shown: it is newer, and was asked for less. */
export const NarrowerRun = z.object({ id: z.string(), clock: z.string(), scope: RunScope.nullable() });
export type NarrowerRun = Readonly<z.infer<typeof NarrowerRun>>;

/** A verdict that was not the same in the run before. */
export const VerdictChange = z.object({
  runId: z.string(),
  at: z.string(),
  scope: z.string(),
  /** Id of the result. */
  id: z.string(),
  control: z.string(),
  account: z.string(),
  region: z.string(),
  resource: z.string(),
  change: DriftChange.or(z.literal("gone")),
  by: Drift.shape.by,
  /** Null: there was no such result. */
  from: Verdict.nullable(),
  /** Null: there is no such result any more. */
  to: Verdict.nullable(),
});
export type VerdictChange = Readonly<z.infer<typeof VerdictChange>>;

/** Newest first. */
export const ComplianceHistory = z.object({
  from: z.string(),
  to: z.string(),
  runs: z.array(CheckRunHead),
  changes: z.array(VerdictChange),
  /** There are more than are told. */
  truncated: z.object({ runs: z.boolean(), changes: z.boolean() }),
});
export type ComplianceHistory = Readonly<z.infer<typeof ComplianceHistory>>;
