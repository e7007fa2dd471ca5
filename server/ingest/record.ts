import type { Invocation, InvocationContent } from "../domain/invocation.ts";
import type { Features, Signal } from "../domain/signal.ts";
import type { FetchedBodies } from "../normalize/bodies.ts";
import type { NormalizedRecord } from "../normalize/read-record.ts";

/** A record on its way into the lake. */
export interface IngestRecord {
  readonly unitId: number;
  readonly sourceId: string;
  /** 0-based line in the unit. */
  readonly position: number;
  readonly invocation: Invocation;
  /** Null when it is too old to be kept. */
  readonly content: InvocationContent | null;
  readonly recordHash: bigint;
  /**
   * Reads the line again: with bodies that lay beside it, or for a copy that is kept beside the current one. Few are, and to hold every
   * record is dear.
   */
  readonly again: (fetched?: FetchedBodies) => NormalizedRecord | null;
  readonly ingestedAt: string;
}

/** What was found out about a record before it becomes rows. */
export interface Judged {
  readonly record: IngestRecord;
  readonly signals: readonly Signal[];
  readonly features: Features;
  readonly priceKey: string | null;
  readonly priceFlags: readonly string[];
}

/** All of an id after its second "/": the account and the region hold none. */
export function requestIdOf(invocation: Invocation): string {
  return invocation.id.slice(invocation.accountId.length + invocation.region.length + 2);
}

/** The UTC day of an ISO time. */
export function dayOf(time: string): string {
  return time.slice(0, 10);
}
