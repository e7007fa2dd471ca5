import type { Counts, SourceKind } from "../domain/coverage.ts";
import type { QuarantineReason, Side } from "../domain/invocation.ts";
import type { Target } from "../domain/target.ts";
import type { ResolvedModel } from "../normalize/endpoint.ts";
import type { ModelMapping } from "../normalize/model-mapping.ts";
import type { KeptBodies } from "../normalize/restored-record.ts";
import type { Hold } from "../store/catalog/holds.ts";
import type { SourceErrorClass } from "../sources/source.ts";
import type { StagedSegment } from "../store/lake.ts";
import type { Row } from "../store/store.ts";
import type { UnitLimits } from "./gunzip.ts";

/** What a worker thread needs once. */
export interface WorkerSetup {
  readonly hmacKey: Uint8Array;
  /** Folder of this ingest's staged segments. */
  readonly stagingDir: string;
  readonly limits: UnitLimits;
  /** Rows and bytes of bodies after which a batch is written. */
  readonly batch: { readonly rows: number; readonly bytes: number };
  readonly catalogId: string;
  /** Ways to models behind opaque ARNs that are known at the start. */
  readonly models: ReadonlyMap<string, ResolvedModel>;
  /** What the operator says of the others. */
  readonly mapping: ModelMapping;
  /** Hashes of calls whose content was erased, and of bytes that were taken out of the quarantine. */
  readonly erased: ReadonlySet<string>;
  /** Hashes of calls that were read before in another order → hash of the record that stays current of two conflicting ones. */
  readonly preferred: ReadonlyMap<string, bigint>;
  /** False: no text is searched for signals. */
  readonly signals: boolean;
}

/** One unit as a worker sees it. */
export interface UnitJob {
  readonly unitId: number;
  readonly sourceId: string;
  readonly kind: SourceKind;
  readonly scope: Target | null;
  /** True for the last attempt: what is readable is stored, the rest is quarantined. `from` is where the damage begins. */
  readonly salvage: { readonly from: number } | null;
  /**
   * Records before these instants (ms) are ignored, or stored without content, but for those of days that are `held`; null: kept, whatever
   * their age.
   */
  readonly retention: { readonly invocations: number; readonly content: number; readonly held: readonly Hold[] } | null;
  readonly ingestedAt: string;
  /** Decompressed bytes up to which a person lets it be read; null: the limits of all. */
  readonly maxBytes: number | null;
  /** True where a person put these bytes in place of what could not be read: its records say so. */
  readonly repaired?: boolean;
  /** True where an erasure has taken what stood here: nothing of its content is kept. */
  readonly erased?: boolean;
}

/**
 * Identities of a batch, `identityWords` each, with their days. The coordinator answers each with one byte of `Verdict`.
 */
export interface Claim {
  readonly group: number;
  readonly days: readonly string[];
  /** Index into `days`, a record. */
  readonly dayOf: Uint16Array;
  readonly words: Uint32Array;
  readonly ids: readonly string[];
}

export const verdicts = {
  /** Nobody has it: it is stored. */
  fresh: 0,
  /** The same record is stored, or claimed by this group. */
  duplicate: 1,
  /** A record of this id is stored, and its values must be compared. */
  differs: 2,
  /** A record of this id that differs is in this group. */
  differsHere: 3,
} as const;

/** What of a stored record is compared with a second copy. */
export interface Copy {
  /** Every column that does not come from a body, as JSON text, in the order of the table. */
  readonly fields: readonly (string | null)[];
  readonly inputBody: string | null;
  readonly outputBody: string | null;
  readonly inputPath: string | null;
  readonly outputPath: string | null;
}

/** What came of the path of a body. */
export type BodyAnswer =
  { readonly bytes: Uint8Array } | { readonly failure: SourceErrorClass | "path"; readonly code: string };

/** A body that was asked for, and is not at hand, or has come after its record. */
export interface BodyNote {
  /** The source and the unit of the record that names it. */
  readonly sourceId: string;
  readonly unitId: number;
  /** `account/region/request id`. */
  readonly call: string;
  /** UTC day of the call. */
  readonly dt: string;
  readonly side: Side;
  readonly path: string;
  /** `done`: it is in the lake now. `path`: the path leads out of the places of its target. */
  readonly outcome: "done" | "corrupt" | "oversize" | "path" | SourceErrorClass;
  readonly code: string;
}

/** A stored call that is to be read again. */
export interface AmendCall {
  /** Its row, as the engine gave it. */
  readonly row: Row;
  /** Its kept bodies; not loaded, hence null, where only the model is new. */
  readonly bodies: KeptBodies;
  /** Sides whose body is asked for again. */
  readonly sides: readonly Side[];
  /** Second copies that may say more than the stored one, in the order in which they are compared with it. */
  readonly copies: readonly PendingCopy[];
  /** Its content may be kept: it is neither too old nor erased. */
  readonly keepsContent: boolean;
}

/** A copy that was kept to be compared with the current one. */
export interface PendingCopy {
  /** What tells it from all others. */
  readonly name: string;
  /** JSON text of its redacted record. */
  readonly record: string;
  readonly recordHash: bigint;
  readonly sourceId: string;
  readonly unitId: number;
  readonly position: number;
  readonly ingestedAt: string;
}

/** What reading stored calls again has brought. */
export interface StagedAmendment {
  readonly files: readonly StagedSegment[];
  /** Calls whose rows are replaced by those in the files. */
  readonly calls: readonly string[];
  /** Calls whose signals are replaced, too. */
  readonly rescanned: readonly string[];
  /** Calls whose stored content goes: the files hold all that stays. */
  readonly contents: readonly string[];
  /** Names of copies that are to be compared with what one before them has made of the call. */
  readonly unsettled: readonly string[];
  readonly bodies: readonly BodyNote[];
}

export interface QuarantinedBytes {
  readonly unitId: number;
  readonly reason: QuarantineReason;
  readonly detail: string;
  readonly byteFrom: number | null;
  readonly byteTo: number | null;
  readonly sha256: string | null;
  /** Null when they were too many to hold. */
  readonly bytes: Uint8Array | null;
}

export interface ConflictNote {
  readonly unitId: number;
  readonly id: string;
}

export interface UnitResult {
  readonly unitId: number;
  readonly state: "done" | "partial";
  readonly counts: Counts;
  readonly ignoredBy: Readonly<Record<string, number>>;
  /** Decompressed. */
  readonly bytes: number;
  readonly firstAt: number | null;
}

/** A unit that gave no result: damaged or over a limit. */
export interface UnitDamage {
  readonly unitId: number;
  readonly state: "corrupt" | "oversize";
  readonly code: string;
  /** Compressed byte where the damage begins. */
  readonly at: number;
}

/** A group that was read and written, and waits for its commit. */
export interface StagedGroup {
  readonly units: readonly UnitResult[];
  readonly damaged: readonly UnitDamage[];
  readonly files: readonly StagedSegment[];
  readonly quarantine: readonly QuarantinedBytes[];
  readonly conflicts: readonly ConflictNote[];
  /** ARNs that records called a model through, and that nothing explains yet. */
  readonly unexplained: readonly string[];
  /** Bodies that are not at hand: the rows of their records are stored without them. */
  readonly bodies: readonly BodyNote[];
}

export type ToWorker =
  | { readonly type: "unit"; readonly group: number; readonly job: UnitJob }
  | { readonly type: "bytes"; readonly chunk: Uint8Array }
  /** The unit's stream has ended; `whole` is false when the source failed: the unit is dropped. */
  | { readonly type: "unit-end"; readonly whole: boolean }
  /** No more units: write what is left and answer `staged`. */
  | { readonly type: "group-end"; readonly group: number }
  /** Nothing of the group will be kept: what is left of it is passed over, and no row is written any more. */
  | { readonly type: "group-drop"; readonly group: number }
  | {
      readonly type: "verdicts";
      readonly group: number;
      readonly verdicts: Uint8Array;
      /** For the index of each `differs`. */
      readonly copies: ReadonlyMap<number, Copy>;
    }
  /** Stored calls that are to be read again; answered by `amended`. */
  | { readonly type: "amend"; readonly group: number; readonly calls: readonly AmendCall[] }
  | { readonly type: "fetched"; readonly ticket: number; readonly answer: BodyAnswer }
  /** Models behind ARNs that have become known. */
  | { readonly type: "models"; readonly models: ReadonlyMap<string, ResolvedModel> }
  | { readonly type: "stop" };

export type FromWorker =
  /** It has started: if it dies from now on, what it reads is to blame. */
  | { readonly type: "ready" }
  | { readonly type: "consumed"; readonly bytes: number }
  | { readonly type: "claim"; readonly claim: Claim }
  /** A body that a record of this target names. */
  | { readonly type: "fetch"; readonly ticket: number; readonly target: Target; readonly path: string }
  | { readonly type: "amended"; readonly group: number; readonly result: StagedAmendment }
  | { readonly type: "progress"; readonly records: number; readonly bytes: number }
  | { readonly type: "staged"; readonly group: number; readonly result: StagedGroup }
  /** Nothing of the group can be used: rows of a failed unit were written already, or the worker itself failed. */
  | {
      readonly type: "spoiled";
      readonly group: number;
      readonly unitId: number | null;
      readonly damage: UnitDamage | null;
      readonly code: string;
    };
