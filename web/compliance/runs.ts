import type { CheckRunHead, ComplianceHistory, ShownVerdict } from "../../server/domain/compliance.ts";
import type { BarsInput } from "../charts/stacked-bars.ts";
import type { Ink } from "../charts/palette.ts";
import type { InkedSeries } from "../charts/series.ts";
import { format } from "../format.ts";
import { formatTime } from "../format-time.ts";
import { verdictWord } from "../ui/badges.tsx";
import { worstFirst } from "./answers.ts";

/** More bars than this are one a day. */
const maxBars = 60;

export interface RunsShown {
  /** Oldest first. */
  readonly runs: readonly CheckRunHead[];
  /** Only the last of each day is among the runs. */
  readonly daily: boolean;
  /** Runs that were asked something else: their counts cannot be compared. */
  readonly others: number;
}

/** The runs that were asked the same as the newest one that was asked for all that is configured. */
export function runsShown({ runs }: Pick<ComplianceHistory, "runs">, zone: string): RunsShown {
  const complete = runs.filter(({ run }) => run.complete);
  const newest = complete.find(({ part }) => !part) ?? complete[0] ?? runs[0];
  const same = runs.filter(({ scope }) => scope === newest?.scope).toReversed();
  const others = runs.length - same.length;
  if (same.length <= maxBars) return { runs: same, daily: false, others };
  const lastOfDay = new Map(same.map((one) => [formatTime(one.run.clock, zone, "date"), one]));
  return { runs: [...lastOfDay.values()], daily: true, others };
}

const inks: Readonly<Record<ShownVerdict, Ink>> = {
  FAIL: { colour: "--status-server-error", pattern: "plain" },
  UNKNOWN: { colour: "--status-client-error", pattern: "hatch" },
  WAIVED: { colour: "--status-blocked", pattern: "dots" },
  PASS: { colour: "--series-2", pattern: "plain" },
  NOT_APPLICABLE: { colour: "--series-other", pattern: "hatch" },
};

/** One series a verdict, the worst at the foot of the bars. */
export function verdictSeries(runs: readonly CheckRunHead[]): readonly InkedSeries[] {
  return worstFirst.map((verdict) => {
    const values = runs.map(({ summary }) => summary.verdicts[verdict]);
    const sum = values.reduce((total, value) => total + value, 0);
    return { key: verdict, other: false, label: verdictWord(verdict), values, sum, ink: inks[verdict] };
  });
}

/** Bars of runs: one that was cut short is drawn open. */
export function runBars(
  { runs, daily }: RunsShown,
  { series, zone, ticks }: { series: readonly InkedSeries[]; zone: string; ticks: number },
): BarsInput {
  const step = Math.max(1, Math.ceil(runs.length / ticks));
  return {
    buckets: runs.map(({ run }) => ({
      start: run.clock,
      end: run.clock,
      label: formatTime(run.clock, zone, "dayMinute"),
      state: run.complete ? "complete" : "in-progress",
    })),
    series,
    before: null,
    gaps: [],
    ticks: runs.map(({ run }, index) =>
      index % step === 0 ? formatTime(run.clock, zone, daily ? "day" : "dayMinute") : "",
    ),
    formatValue: format.count,
    formatTick: format.count,
  };
}
