import { call, type MetricSeries, type MetricSum, type Reads, type Target } from "./collector.ts";

export const readSums = call("cloudwatch", "GetMetricData");
export const listMetrics = call("cloudwatch", "ListMetrics");

/** A metric that is put without dimension, by model, or both ways. */
export interface Metric {
  readonly namespace: string;
  readonly name: string;
  readonly models: readonly string[];
  /** Those that it always has; default none. */
  readonly dimensions?: MetricSeries["dimensions"];
}

/** What was counted, by the start of the hour, or of the period that was asked for. */
export type HourCounts = ReadonlyMap<number, number>;

/** Models under which the metric was put in the last two weeks. */
export function modelsOf(reads: Reads, { name, namespace }: Omit<Metric, "models">): Promise<readonly string[]> {
  return reads.dimensionValues({ namespace, name, dimension: "ModelId" });
}

/** Counts of each metric, in the order of the question; of each hour the larger of "no dimension" and "all models" counts. */
export async function hourCounts(
  reads: Reads,
  metrics: readonly Metric[],
  range: Pick<Target, "from" | "to"> & { readonly periodSeconds?: number },
): Promise<readonly HourCounts[]> {
  const questions = metrics.map(seriesOf);
  const answers = await reads.metricSums(questions.flat(), range);
  let at = 0;
  return questions.map(({ length }) => {
    const [all = [], ...byModel] = answers.slice(at, at + length);
    at += length;
    return larger(byHour(all), byHour(byModel.flat()));
  });
}

/** The hours in which any of them counted something, in order. */
export function hoursOf(counts: readonly HourCounts[]): readonly number[] {
  const some = counts.flatMap((each) => [...each].filter(([, count]) => count > 0).map(([time]) => time));
  return [...new Set(some)].toSorted((a, b) => a - b);
}

/** The first series is the one without dimension. */
function seriesOf({ dimensions, models, name, namespace }: Metric): readonly MetricSeries[] {
  const keys = [{}, ...models.map((ModelId) => ({ ModelId }))];
  return keys.map((key) => ({ namespace, name, dimensions: { ...dimensions, ...key } }));
}

function byHour(sums: readonly MetricSum[]): HourCounts {
  const hours = new Map<number, number>();
  for (const { sum, time } of sums) hours.set(time, (hours.get(time) ?? 0) + sum);
  return hours;
}

function larger(a: HourCounts, b: HourCounts): HourCounts {
  const times = new Set([...a.keys(), ...b.keys()]);
  return new Map([...times].map((time) => [time, Math.max(a.get(time) ?? 0, b.get(time) ?? 0)]));
}

export function totalOf(counts: HourCounts = new Map()): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}
