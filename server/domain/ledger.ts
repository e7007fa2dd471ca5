import { z } from "zod";
import { Counts, SourceKind, SourceState, UnitState } from "./coverage.ts";

/** Where the conservation law does not hold. */
export const LawBreak = z.object({
  what: z.enum(["unit", "window"]),
  sourceId: z.string(),
  /** Of a unit its number, of a window its start, ISO 8601, or `flat`. */
  name: z.string(),
  counts: Counts,
});
export type LawBreak = Readonly<z.infer<typeof LawBreak>>;

/** The law over everything. Days and sources are sums of windows: where no window breaks it, none of them does. */
export const LedgerLaw = z.object({
  counts: Counts,
  /** In total, for each window and for each unit that has not moved to the lake, where it moves only if it holds. */
  holds: z.boolean(),
  /** The first 100 units and the first 100 windows. */
  broken: z.array(LawBreak),
});
export type LedgerLaw = Readonly<z.infer<typeof LedgerLaw>>;

/** A UTC day of the ledger. */
export const LedgerDay = z.object({
  day: z.string(),
  counts: Counts,
  /** Units that are not accounted for yet: not read, refused, damaged. */
  waiting: z.number().int(),
  /** Units of which something is missing for good. */
  lost: z.number().int(),
});
export type LedgerDay = Readonly<z.infer<typeof LedgerDay>>;

/** An hour of a source; flat files of a folder, and objects that lie in no hour's folder, have none, and are one window a day. */
export const LedgerWindow = z.object({
  /** ISO 8601; null: what lies in no hour. */
  from: z.string().nullable(),
  to: z.string().nullable(),
  /** `before-since`: it is counted, and not read. */
  state: z.enum(["open", "provisional", "settled", "before-since"]),
  /** Code of the error that its last listing ended with; null: it was listed, or never was. */
  error: z.string().nullable(),
  counts: Counts,
  /** Whether the law holds and its numbers are the sums of its units'; null: not known, as the store was being written. */
  holds: z.boolean().nullable(),
  units: z.number().int(),
  waiting: z.number().int(),
  lost: z.number().int(),
});
export type LedgerWindow = Readonly<z.infer<typeof LedgerWindow>>;

/** Why a unit waits or is lost, and what to do about it, in our words. */
export const UnitTrouble = z.object({ code: z.string().nullable(), reason: z.string(), remedy: z.string() });
export type UnitTrouble = Readonly<z.infer<typeof UnitTrouble>>;

/** An object version, a page of events, a file or a body. */
export const LedgerUnit = z.object({
  /** By which `ingest retry --unit` knows it. */
  id: z.number().int(),
  kind: z.enum(["object", "page", "file", "body"]),
  /** Hostile data. */
  name: z.string(),
  version: z.string(),
  sizeBytes: z.number(),
  /** Start of its window, ISO 8601; null: a flat file. */
  window: z.string().nullable(),
  state: UnitState,
  /** The rule by which the whole of it is ignored. */
  rule: z.string().nullable(),
  counts: Counts,
  /** Rule → lines ignored by it. */
  ignoredBy: z.record(z.string(), z.number().int()),
  holds: z.boolean(),
  attempts: z.number().int(),
  seenAt: z.string(),
  /** Null: at once, or never. */
  nextAttemptAt: z.string().nullable(),
  /** Null: it is accounted for. */
  trouble: UnitTrouble.nullable(),
});
export type LedgerUnit = Readonly<z.infer<typeof LedgerUnit>>;

/** One source on one day: its windows, and a page of its units. */
export const SourceDay = z.object({
  source: z.object({
    id: z.string(),
    kind: SourceKind,
    place: z.string(),
    state: SourceState,
    reason: z.string().nullable(),
  }),
  day: z.string(),
  /** Of the whole day. */
  counts: Counts,
  /** Of the whole day, oldest first. */
  windows: z.array(LedgerWindow),
  /** What waits first, what was refused before all; then what is lost; then the rest by window. */
  items: z.array(LedgerUnit),
  /** Opaque cursor; null on the last page. */
  next: z.string().nullable(),
  /** Units of the day, or of the window that was asked for. */
  total: z.number().int(),
});
export type SourceDay = Readonly<z.infer<typeof SourceDay>>;

export const SourceDayQuery = z.strictObject({
  source: z.string().max(400),
  /** `YYYY-MM-DD`, UTC. */
  day: z.iso.date(),
  /** Start of one hour of the day: its units alone. */
  window: z.iso.datetime({ offset: true }).optional(),
  cursor: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
export type SourceDayQuery = Readonly<z.infer<typeof SourceDayQuery>>;
