import type { TimeRange } from "../server/domain/metric.ts";

export interface Preset {
  readonly label: string;
  readonly range: TimeRange;
  /** The period before it, in words: "vs the 7 days before". */
  readonly before: string;
}

export const presets: readonly Preset[] = [
  { label: "Last hour", range: { from: "now-1h", to: "now" }, before: "hour before" },
  { label: "Last 24 hours", range: { from: "now-24h", to: "now" }, before: "24 hours before" },
  { label: "Last 7 days", range: { from: "now-7d", to: "now" }, before: "7 days before" },
  { label: "Last 30 days", range: { from: "now-30d", to: "now" }, before: "30 days before" },
  { label: "Last 90 days", range: { from: "now-90d", to: "now" }, before: "90 days before" },
  { label: "This month", range: { from: "now/M", to: "now" }, before: "same span of last month" },
  { label: "Last month", range: { from: "now-1M/M", to: "now/M" }, before: "month before" },
];

export function presetOf(range: TimeRange): Preset | null {
  return presets.find((preset) => preset.range.from === range.from && preset.range.to === range.to) ?? null;
}

/** "7 days before", or what can be said of any window. */
export function wordsBefore(range: TimeRange): string {
  return presetOf(range)?.before ?? "period before";
}

/** The window of the same length beside this one. Both ends are instants. */
export function shifted(range: TimeRange, direction: -1 | 1): TimeRange {
  const [from, to] = [Date.parse(range.from), Date.parse(range.to)];
  const move = (to - from) * direction;
  return { from: new Date(from + move).toISOString(), to: new Date(to + move).toISOString() };
}
