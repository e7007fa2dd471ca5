import { UserError } from "./errors.ts";
import { firstInstant, nextChange, timeZone, toLocal, type TimeZone } from "./time-zone.ts";
import { startOfLocalUnit, type CalendarUnit, type Span } from "./time.ts";

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

export type BucketSize = "1m" | "5m" | "15m" | "1h" | "1d" | "1w" | "1M";

/** A part of the range: cut at its ends, labelled by the local unit that it belongs to. */
export interface TimeBucket extends Span {
  readonly label: string;
}

const maxBuckets = 400;

/** More buckets than a chart can show; `finest` is the smallest size that fits. */
export class TooManyBucketsError extends UserError {
  readonly finest: BucketSize;

  constructor(finest: BucketSize) {
    super(`The range has more than ${maxBuckets} buckets of this size.`, `The finest that fits is ${finest}.`);
    this.finest = finest;
  }
}

const clockSizes: ReadonlyMap<BucketSize, number> = new Map([
  ["1m", minute],
  ["5m", 5 * minute],
  ["15m", 15 * minute],
  ["1h", hour],
]);
const calendarUnits: ReadonlyMap<BucketSize, CalendarUnit> = new Map([
  ["1d", "d"],
  ["1w", "w"],
  ["1M", "M"],
]);
const sizes: readonly BucketSize[] = ["1m", "5m", "15m", "1h", "1d", "1w", "1M"];

export function autoBucket({ start, end }: Span): BucketSize {
  const length = end - start;
  if (length <= 3 * hour) return "1m";
  if (length <= 25 * hour) return "5m";
  if (length <= 4 * day) return "15m";
  if (length <= 16 * day) return "1h";
  return length <= 400 * day ? "1d" : "1M";
}

/**
 * The buckets of a range in a zone, by the rules of its calendar and clock. They ascend, touch, and cover the range exactly.
 * An hour that the clock shows twice is two buckets, labelled with their offsets.
 * @throws {TooManyBucketsError} beyond 400.
 */
export function bucketsOf(span: Span, size: BucketSize, zoneName: string): readonly TimeBucket[] {
  const buckets = cut(span, size, timeZone(zoneName));
  if (buckets === null) throw new TooManyBucketsError(finestFor(span, size, timeZone(zoneName)));
  return withOffsets(buckets, timeZone(zoneName));
}

function finestFor(span: Span, size: BucketSize, zone: TimeZone): BucketSize {
  return sizes.slice(sizes.indexOf(size) + 1).find((coarser) => cut(span, coarser, zone) !== null) ?? "1M";
}

function cut(span: Span, size: BucketSize, zone: TimeZone): TimeBucket[] | null {
  const buckets: TimeBucket[] = [];
  let start = span.start;
  while (start < span.end) {
    if (buckets.length === maxBuckets) return null;
    const end = Math.min(nextEdge(start, size, zone), span.end);
    buckets.push({ start, end, label: labelOf(start, size, zone) });
    start = end;
  }
  return buckets;
}

/** The first edge after an instant; always later. */
function nextEdge(instant: number, size: BucketSize, zone: TimeZone): number {
  const clock = clockSizes.get(size);
  return clock === undefined ? nextUnit(instant, size, zone) : nextTick(instant, clock, zone);
}

function nextTick(instant: number, length: number, zone: TimeZone): number {
  const local = toLocal(zone, instant);
  return nextChange(zone, instant, instant + length - modulo(local, length));
}

function nextUnit(instant: number, size: BucketSize, zone: TimeZone): number {
  let local = startOfLocalUnit(toLocal(zone, instant), unitOf(size));
  let edge = instant;
  // A day that a zone leaves out begins with the next one: no bucket of no length.
  while (edge <= instant) {
    local = startOfLocalUnit(afterUnit(local, size), unitOf(size));
    edge = firstInstant(zone, local);
  }
  return edge;
}

function unitOf(size: BucketSize): CalendarUnit {
  return calendarUnits.get(size) ?? "d";
}

function afterUnit(local: number, size: BucketSize): number {
  if (size === "1M") return local + 32 * day;
  return local + (size === "1w" ? 7 : 1) * day;
}

function labelOf(instant: number, size: BucketSize, zone: TimeZone): string {
  const local = toLocal(zone, instant);
  const clock = clockSizes.get(size);
  if (clock !== undefined) return new Date(local - modulo(local, clock)).toISOString().slice(0, 16).replace("T", " ");
  const text = new Date(startOfLocalUnit(local, unitOf(size))).toISOString();
  return text.slice(0, size === "1M" ? 7 : 10);
}

function withOffsets(buckets: readonly TimeBucket[], zone: TimeZone): readonly TimeBucket[] {
  const seen = new Map<string, number>();
  for (const { label } of buckets) seen.set(label, (seen.get(label) ?? 0) + 1);
  return buckets.map((bucket) =>
    seen.get(bucket.label) === 1
      ? bucket
      : { ...bucket, label: `${bucket.label} ${offsetText(zone.offsetMs(bucket.start))}` },
  );
}

function offsetText(offsetMs: number): string {
  const minutes = Math.abs(offsetMs) / minute;
  const two = (value: number) => String(Math.floor(value)).padStart(2, "0");
  return `${offsetMs < 0 ? "-" : "+"}${two(minutes / 60)}:${two(minutes % 60)}`;
}

function modulo(value: number, length: number): number {
  return ((value % length) + length) % length;
}
