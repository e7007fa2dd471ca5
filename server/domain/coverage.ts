import { z } from "zod";

/** The numbers of the conservation law: `read = stored + duplicates + quarantined + ignored`, always. */
export const Counts = z.object({
  read: z.number().int(),
  stored: z.number().int(),
  duplicates: z.number().int(),
  quarantined: z.number().int(),
  ignored: z.number().int(),
});
export type Counts = Readonly<z.infer<typeof Counts>>;

export const noCounts: Counts = { read: 0, stored: 0, duplicates: 0, quarantined: 0, ignored: 0 };

export function addCounts(a: Counts, b: Counts): Counts {
  return {
    read: a.read + b.read,
    stored: a.stored + b.stored,
    duplicates: a.duplicates + b.duplicates,
    quarantined: a.quarantined + b.quarantined,
    ignored: a.ignored + b.ignored,
  };
}

export function lawHolds(counts: Counts): boolean {
  return counts.read === counts.stored + counts.duplicates + counts.quarantined + counts.ignored;
}

/** Where a unit (one object version, CloudWatch page, file or body) stands in the ledger. */
export const unitStates = [
  "listed",
  "fetching",
  "done",
  "ignored",
  "corrupt",
  "partial",
  "denied",
  "archived",
  "vanished",
  "replaced",
  "oversize",
  "crashed",
] as const;
export const UnitState = z.enum(unitStates);
export type UnitState = z.infer<typeof UnitState>;

/** Why a source does not read an object, which it counts. */
export const ignoreRules = [
  "permission-check",
  "empty",
  "not-a-log",
  "body-object",
  "before-since",
  "other-account",
  "other-region",
] as const;
export type IgnoreRule = (typeof ignoreRules)[number];

export const SourceKind = z.enum(["s3", "cloudwatch", "folder"]);
export type SourceKind = z.infer<typeof SourceKind>;

export const SourceState = z.enum(["active", "degraded", "denied", "missing", "retired"]);
export type SourceState = z.infer<typeof SourceState>;

export const SourceStatus = z.object({
  id: z.string(),
  kind: SourceKind,
  accountId: z.string().nullable(),
  region: z.string().nullable(),
  /** Bucket and prefixes, log group or folder, as shown. */
  place: z.string(),
  state: SourceState,
  reason: z.string().nullable(),
  /** Null: since it is known. */
  stateSince: z.string().nullable(),
  counts: Counts,
  /** Rule → objects or lines ignored by it. */
  ignoredBy: z.record(z.string(), z.number().int()),
  units: z.partialRecord(UnitState, z.number().int()),
  backlog: z.object({ units: z.number(), bytes: z.number(), etaSeconds: z.number().nullable() }),
});
export type SourceStatus = Readonly<z.infer<typeof SourceStatus>>;

/**
 * What AWS last said of a target's logging configuration: `off` names no destination, `unread` is no answer, and nothing can be called in
 * an account that is `inactive`.
 */
export const TargetLogging = z.enum(["on", "off", "unread", "inactive"]);
export type TargetLogging = z.infer<typeof TargetLogging>;

/** Up to when the picture of one account × region is complete, and why not further. Times are ISO 8601 or null for "not at all". */
export const TargetCoverage = z.object({
  accountId: z.string(),
  region: z.string(),
  /** Null where nobody asked AWS: a folder, a named bucket. */
  logging: TargetLogging.nullable(),
  /** Code of the error for `unread`, state of the account for `inactive`. */
  loggingError: z.string().nullable(),
  readThrough: z.string().nullable(),
  settledThrough: z.string().nullable(),
  asOf: z.string().nullable(),
  hole: z.object({ from: z.string(), reason: z.string() }).nullable(),
  exceptions: z.number().int(),
});
export type TargetCoverage = Readonly<z.infer<typeof TargetCoverage>>;

/** Why a target is not complete, where nothing is wrong: its time has not come yet. */
export const holeOfProgress = { unlisted: "not listed yet", waiting: "objects wait to be read" } as const;

/** How far what is read stays behind the calls. */
export interface Lag {
  /** Of the target that is furthest behind, in ms; null: none is read. */
  readonly behindMs: number | null;
  /** Targets of which nothing is read yet. */
  readonly unread: number;
}

export function lagOf(targets: readonly Pick<TargetCoverage, "readThrough">[], now: number): Lag {
  const read = targets.flatMap(({ readThrough }) => (readThrough === null ? [] : [now - Date.parse(readThrough)]));
  return { behindMs: read.length === 0 ? null : Math.max(0, ...read), unread: targets.length - read.length };
}

/** What reading itself can find at the sources. */
export const ingestFindingKinds = [
  "store-damaged",
  "segment-lost",
  "upkeep-failed",
  "place-not-opened",
  "clock-skew",
  "sources-disagree",
  "late-delivery",
  "log-object-deleted",
  "log-object-rewritten",
  "partial-object",
  "oversize-object",
  "crashed-object",
  "conflicting-copies",
  "body-missing",
  "body-path-refused",
  "model-unresolved",
] as const;
export type IngestFindingKind = (typeof ingestFindingKinds)[number];

export const IngestFinding = z.object({
  kind: z.enum(ingestFindingKinds),
  /** Null for what concerns all sources. */
  sourceId: z.string().nullable(),
  /** What it is about: an object, a window, a call, or in words. Hostile data. */
  key: z.string().nullable(),
  at: z.string(),
});
export type IngestFinding = Readonly<z.infer<typeof IngestFinding>>;

/** The answer of `ingest status --json`. */
export const IngestStatus = z.object({
  snapshot: z.number().int(),
  store: z.enum(["ok", "refilling", "read-only"]),
  /** Why what was read last could not be written; null: it could. */
  failure: z.object({ code: z.string(), at: z.string() }).nullable(),
  invocations: z.number().int(),
  counts: Counts,
  sources: z.array(SourceStatus),
  targets: z.array(TargetCoverage),
  findings: z.array(IngestFinding),
});
export type IngestStatus = Readonly<z.infer<typeof IngestStatus>>;
