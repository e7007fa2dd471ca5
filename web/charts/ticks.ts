import type { MetricBucket } from "../../server/domain/metric.ts";
import { formatTime, startsDay, type TimeStyle } from "../format-time.ts";

const dayMs = 86_400_000;

/** The label under each bucket, "" for most: local midnights over days, round hours within one. At most `most` of them. */
export function tickLabels(buckets: readonly MetricBucket[], timeZone: string, most: number): readonly string[] {
  const first = buckets[0];
  if (first === undefined) return [];
  const size = Date.parse(first.end) - Date.parse(first.start);
  const last = buckets.at(-1) ?? first;
  const span = Date.parse(last.end) - Date.parse(first.start);
  if (size >= 27 * dayMs) return thinned(buckets, () => true, "month", timeZone, most);
  if (size >= dayMs - 3_600_000) return thinned(buckets, () => true, "day", timeZone, most);
  if (span > 2 * dayMs) return thinned(buckets, ({ start }) => startsDay(start, timeZone), "weekday", timeZone, most);
  const hours = [1, 2, 3, 6, 12].find((step) => span / (step * 3_600_000) <= most) ?? 24;
  if (span < 3 * 3_600_000)
    return thinned(buckets, (bucket) => minuteOf(bucket, timeZone) % 15 === 0, "minute", timeZone, most);
  return thinned(buckets, (bucket) => minuteOf(bucket, timeZone) % (hours * 60) === 0, "minute", timeZone, most);
}

/** Minutes since local midnight. */
function minuteOf({ start }: MetricBucket, timeZone: string): number {
  const [hours = "0", minutes = "0"] = formatTime(start, timeZone, "minute").split(":");
  return Number(hours) * 60 + Number(minutes);
}

/** Half of a label as a share of the axis, about; where few have room, it is narrow. A label nearer to its end would be cut. */
function halfLabel(most: number): number {
  return most < 6 ? 0.06 : 0.015;
}

function thinned(
  buckets: readonly MetricBucket[],
  isTick: (bucket: MetricBucket) => boolean,
  style: TimeStyle,
  timeZone: string,
  most: number,
): readonly string[] {
  const room = buckets.length * (1 - halfLabel(most)) - 0.5;
  const places = buckets.flatMap((bucket, index) => (isTick(bucket) && index <= room ? [index] : []));
  const step = Math.max(1, Math.ceil(places.length / most));
  const kept = new Set(places.filter((_, order) => order % step === 0));
  return buckets.map(({ start }, index) => (kept.has(index) ? formatTime(start, timeZone, style) : ""));
}
