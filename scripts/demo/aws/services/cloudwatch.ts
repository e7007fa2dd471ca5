import { type Answer, answer, AwsError } from "../answer.ts";
import { type Call, type Operation, page, type Service } from "../operation.ts";
import type { SimulatedMetric } from "../world.ts";
import { jsonTarget } from "./json-target.ts";

interface Dimension {
  readonly Name: string;
  readonly Value?: string;
}

interface Query {
  readonly Id: string;
  readonly Label?: string;
  readonly MetricStat?: {
    readonly Metric: {
      readonly Namespace: string;
      readonly MetricName: string;
      readonly Dimensions?: readonly Dimension[];
    };
    /** Seconds. */
    readonly Period: number;
    readonly Stat: string;
  };
}

interface GetMetricData {
  readonly MetricDataQueries: readonly Query[];
  /** Seconds. */
  readonly StartTime: number;
  readonly EndTime: number;
  readonly ScanBy?: "TimestampAscending" | "TimestampDescending";
}

interface ListMetrics {
  readonly Namespace?: string;
  readonly MetricName?: string;
  readonly Dimensions?: readonly Dimension[];
  readonly NextToken?: string;
}

const listedMs = 14 * 24 * 3_600_000;

export const cloudwatch: Service = {
  protocol: "json-1.0",
  route(request): Operation | null {
    const { api, input } = jsonTarget<GetMetricData & ListMetrics>(request);
    const action = `cloudwatch:${api}`;
    if (api === "ListMetrics")
      return { api, action, resource: input.Namespace ?? "", answer: (call) => listMetrics(call, input) };
    if (api !== "GetMetricData") return null;
    const resource = input.MetricDataQueries[0]?.MetricStat?.Metric.Namespace ?? "";
    return { api, action, resource, answer: (call) => metricData(call, input) };
  },
};

/** AWS lists only what had values in the last two weeks. */
function listMetrics({ here, now }: Call, input: ListMetrics): Answer {
  const wanted = (metric: SimulatedMetric) =>
    (input.Namespace === undefined || metric.namespace === input.Namespace) &&
    (input.MetricName === undefined || metric.name === input.MetricName) &&
    (input.Dimensions ?? []).every(({ Name, Value }) =>
      metric.dimensions.some(({ name, value }) => name === Name && (Value === undefined || value === Value)),
    );
  const listed = here.metrics.filter((metric) => wanted(metric) && hasPoint(metric, now - listedMs, now));
  const { items, next } = page(listed, 500, input.NextToken);
  const Metrics = items.map(({ namespace, name, dimensions }) => ({
    Namespace: namespace,
    MetricName: name,
    Dimensions: dimensions.map((dimension) => ({ Name: dimension.name, Value: dimension.value })),
  }));
  return answer("json-1.0", JSON.stringify({ Metrics, NextToken: next }));
}

function hasPoint(metric: SimulatedMetric, from: number, to: number): boolean {
  for (const _ of metric.points(from, to)) return true;
  return false;
}

function metricData(call: Call, input: GetMetricData): Answer {
  if (!(input.EndTime > input.StartTime))
    throw new AwsError(400, "ValidationError", "EndTime must be after StartTime.");
  const MetricDataResults = input.MetricDataQueries.map((query) => series(call, query, input));
  return answer("json-1.0", JSON.stringify({ MetricDataResults, Messages: [] }));
}

function series({ here, now }: Call, { Id, Label, MetricStat }: Query, input: GetMetricData): object {
  if (MetricStat === undefined) throw new AwsError(400, "ValidationError", "Only MetricStat is known here.");
  const { Metric, Period, Stat } = MetricStat;
  const periodMs = Period * 1_000;
  const metric = here.metrics.find((metric) => isSame(metric, Metric));
  // Periods are whole ones: the one that StartTime lies in counts from its beginning.
  const from = Math.floor((input.StartTime * 1_000) / periodMs) * periodMs;
  const to = Math.min(input.EndTime * 1_000, now);
  const values = new Map<number, number[]>();
  for (const { time, value } of metric?.points(from, to) ?? []) {
    const start = Math.floor(time / periodMs) * periodMs;
    values.set(start, [...(values.get(start) ?? []), value]);
  }
  const points = [...values].toSorted(([a], [b]) => (input.ScanBy === "TimestampAscending" ? a - b : b - a));
  return {
    Id,
    Label: Label ?? Metric.MetricName,
    Timestamps: points.map(([time]) => time / 1_000),
    Values: points.map(([, found]) => statistic(Stat, found)),
    StatusCode: "Complete",
  };
}

/** A series is its whole set of dimensions: none is a series of its own. */
function isSame(
  metric: SimulatedMetric,
  {
    Namespace,
    MetricName,
    Dimensions = [],
  }: { Namespace: string; MetricName: string; Dimensions?: readonly Dimension[] },
): boolean {
  return (
    metric.namespace === Namespace &&
    metric.name === MetricName &&
    metric.dimensions.length === Dimensions.length &&
    metric.dimensions.every(({ name, value }) => Dimensions.some(({ Name, Value }) => Name === name && Value === value))
  );
}

function statistic(name: string, values: readonly number[]): number {
  const sum = values.reduce((a, b) => a + b, 0);
  const of: Record<string, number> = {
    Sum: sum,
    SampleCount: values.length,
    Average: sum / values.length,
    Minimum: Math.min(...values),
    Maximum: Math.max(...values),
  };
  const value = of[name];
  if (value === undefined) throw new AwsError(400, "ValidationError", "The statistic is not known here.");
  return value;
}
