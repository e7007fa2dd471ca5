import type { Readable } from "node:stream";
import type { IgnoreRule, SourceKind } from "../domain/coverage.ts";
import type { Target } from "../domain/target.ts";

/** An hour folder, or an hour of event time: ISO 8601 UTC, half-open. Flat files share one window, whose `start` is `flat`. */
export interface Window {
  readonly start: string;
  readonly end: string;
}

/** One object version, one CloudWatch page or one file: committed whole or not at all. */
export interface UnitRef {
  readonly kind: "object" | "page" | "file";
  /** Hostile data: never a path, never raw in a log. */
  readonly key: string;
  /** versionId, ETag or SHA-256: another version is another unit. */
  readonly version: string;
  readonly size: number;
  /** Displayed, never compared. */
  readonly lastModified: string | null;
  /** `start` of the window that lists it. */
  readonly window: string;
  readonly ignored: IgnoreRule | null;
  /** Of a page: the ids of its events, in the order in which `open` gives them. */
  readonly eventIds?: readonly string[];
}

/** Objects of an hour that is not read: they are counted, and no more. Log events are counted as one for each day. */
export interface LeftHour {
  /** The folder that holds them, or the day in words. Hostile data. */
  readonly key: string;
  readonly window: Window;
  readonly bytes: number;
  /** Rule → objects that it ignores. */
  readonly ignoredBy: Readonly<Record<string, number>>;
}

/** Objects that lie in no hour's folder: they are counted, and no more. */
export interface LooseFolder {
  /** The folder in which, or below which, they lie. Hostile data. */
  readonly key: string;
  /** Start of the day that it names, or that begins the year or month; null: it names none. In ms. */
  readonly day: number | null;
  readonly bytes: number;
  /** Rule → objects that it ignores. Empty: the folder is read now, and was perhaps left out before. */
  readonly ignoredBy: Readonly<Record<string, number>>;
  /** It is that of several sources of this place, and counts for one of them. */
  readonly isShared: boolean;
}

/** What a source holds that no window shows: from before the time since when it is read, or in no hour. */
export interface Rest {
  /**
   * Starts of the UTC days that hold anything, newest first, in ms; and what lies in no day's folder. What was there before `from` was
   * counted, and from `to` on all is read: a source to which nothing old comes need not look there.
   */
  days(
    range: { readonly from: number; readonly to: number },
    signal: AbortSignal,
  ): Promise<{ readonly days: readonly number[]; readonly loose: readonly LooseFolder[] }>;
  /** Of each hour of a day that begins before a time (ms), the objects that its window would list; and what lies in no hour's folder. */
  day(
    day: number,
    time: number,
    signal: AbortSignal,
  ): Promise<{ readonly hours: readonly LeftHour[]; readonly loose: readonly LooseFolder[] }>;
}

export interface OpenedUnit {
  /** As stored, compressed or not. Errors with a `SourceError` when the source gives less or more than it promised. */
  readonly bytes: Readable;
  readonly length: number | null;
  readonly version: string;
  /** Of a page: the ids of the events that it gives. */
  readonly eventIds?: readonly string[];
}

/** Where the bodies of records lie that a record names by an S3 path. */
export interface BodyPlace {
  /**
   * The key under which this place holds a body of this target; null for a path that leads anywhere else. A path is what a record says,
   * and anyone may have written it: nothing is asked for under a path that has no key here.
   */
  keyOf(path: string, target: Target): string | null;
  /** The body as it lies there now, or a `SourceError`. At most `maxBytes`. */
  open(key: string, options: { readonly maxBytes: number; readonly signal: AbortSignal }): Promise<OpenedUnit>;
}

/** Where records come from. Every answer that did not come, or came in an unknown shape, is a `SourceError`: never "nothing there". */
export interface Source {
  readonly kind: SourceKind;
  /** From the place, never from the name; ends `:<account>:<region>` when the source has a scope. */
  readonly id: string;
  readonly scope: Target | null;
  /** Bucket and prefixes, log group or folder, as shown. */
  readonly place: string;
  readonly name: string;
  /** The windows of a range (ISO 8601), newest first, as far as the source can have any. `now` is source time in ms. */
  windows(range: { readonly from: string; readonly to: string }, now: number): AsyncIterable<Window>;
  /** Page by page; ends normally only if the listing was complete. A unit that two passes list has the same key and version. */
  scan(window: Window, signal: AbortSignal): AsyncIterable<readonly UnitRef[]>;
  /**
   * What has come in `[from, to)`, in ms: pages like those of `scan`, each of one window. A source that has it shows what is new so
   * between two passes; of any other its newest windows are scanned.
   */
  readonly tail?: (
    range: readonly [from: number, to: number],
    signal: AbortSignal,
  ) => AsyncIterable<readonly UnitRef[]>;
  /** Absent: what no window shows can't be counted. */
  readonly rest?: Rest;
  /** A listed page will not be opened. */
  readonly forget?: (unit: UnitRef) => void;
  /**
   * `isWanted` says of an event's id whether a page shall give it, of other kinds it is not asked. A page gives what is still there: it
   * is `gone` when nothing is.
   */
  open(unit: UnitRef, signal: AbortSignal, isWanted?: (eventId: string) => boolean): Promise<OpenedUnit>;
  /** Where bodies lie that the records of this source's target name by path. */
  readonly bodies: readonly BodyPlace[];
}

/**
 * - `transport`: reset, time-out, 5xx, cut body, answer in an unknown shape; `throttle`: too fast. Try again.
 * - `refused`: not allowed. `gone`: place, object or page is not there (any more). `archived`: in a class that must be restored first.
 * - `replaced`: overwritten since it was listed. `wrong-region`: `region` says where the bucket is. `too-large`: over what was allowed.
 */
export type SourceErrorClass =
  "transport" | "throttle" | "refused" | "gone" | "archived" | "replaced" | "wrong-region" | "too-large";

/** The place refuses us as a whole, or is not there. */
export function isClosed(error: unknown): error is SourceError {
  return error instanceof SourceError && !error.isPart && (error.class === "refused" || error.class === "gone");
}

export class SourceError extends Error {
  override readonly name = "SourceError";
  readonly class: SourceErrorClass;
  /** The service's error code, or a fixed word of ours; safe to store and to log. */
  readonly code: string;
  readonly region: string | null;
  /** True: it concerns a part of a place, and the rest can be read. */
  readonly isPart: boolean;

  constructor(
    errorClass: SourceErrorClass,
    code: string,
    message: string,
    options: { readonly region?: string | null; readonly isPart?: boolean; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.class = errorClass;
    this.code = code;
    this.region = options.region ?? null;
    this.isPart = options.isPart ?? false;
  }
}
