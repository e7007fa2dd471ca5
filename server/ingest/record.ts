import type { Invocation, InvocationContent } from "../domain/invocation.ts";
import type { Features, Signal } from "../domain/signal.ts";

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
  /** Reads the redacted record again, for a copy that is kept beside the current one: few are, and to hold them all is dear. */
  readonly redacted: () => unknown;
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
