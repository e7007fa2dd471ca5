import { GetMetricDataCommand, ListMetricsCommand, type MetricDataQuery } from "@aws-sdk/client-cloudwatch";
import type { AwsAccount } from "./clients.ts";
import { pagesOf, required } from "./pages.ts";
import { UnreadableAnswer } from "./raw-answer.ts";

export interface MetricName {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

export interface MetricPoint {
  /** Start of the period, ms. */
  readonly time: number;
  readonly sum: number;
}

export interface MetricRange {
  readonly from: number;
  readonly to: number;
  readonly periodSeconds: number;
}

/** AWS takes so many queries in one call. */
const queriesACall = 500;

/**
 * Sums of each metric, in the order of the question. No point for a period without data: an empty series is a real answer.
 * A series that AWS could not read whole is an error, never 0.
 */
export async function metricSums(
  account: AwsAccount,
  region: string,
  metrics: readonly MetricName[],
  range: MetricRange,
): Promise<readonly (readonly MetricPoint[])[]> {
  const sums: (readonly MetricPoint[])[] = [];
  for (let at = 0; at < metrics.length; at += queriesACall)
    sums.push(...(await someSums(account, region, metrics.slice(at, at + queriesACall), range)));
  return sums;
}

async function someSums(
  account: AwsAccount,
  region: string,
  metrics: readonly MetricName[],
  { from, periodSeconds, to }: MetricRange,
): Promise<readonly (readonly MetricPoint[])[]> {
  const client = await account.cloudwatch(region);
  const question = {
    MetricDataQueries: metrics.map((metric, index) => queryOf(metric, index, periodSeconds)),
    StartTime: new Date(from),
    EndTime: new Date(to),
  };
  const fetch = (token: string | undefined) =>
    client.send(new GetMetricDataCommand(token === undefined ? question : { ...question, NextToken: token }));
  const series = metrics.map((): { points: MetricPoint[]; whole: boolean } => ({ points: [], whole: false }));
  for await (const { MetricDataResults } of pagesOf(fetch, ({ NextToken }) => NextToken))
    for (const { Id, StatusCode, Timestamps = [], Values = [] } of required(MetricDataResults, "MetricDataResults")) {
      const one = series[Number(required(Id, "Id").slice(1))];
      if (one === undefined || Timestamps.length !== Values.length)
        throw new UnreadableAnswer("GetMetricData answered in an unknown shape.");
      if (StatusCode !== "Complete" && StatusCode !== "PartialData")
        throw new UnreadableAnswer("GetMetricData could not read a series.");
      one.points.push(...Timestamps.map((time, index) => point(time, Values[index])));
      one.whole = StatusCode === "Complete";
    }
  if (!series.every(({ whole }) => whole))
    throw new UnreadableAnswer("GetMetricData left a series out, or unfinished.");
  return series.map(({ points }) => inOrder(points));
}

/** A count: what is none, or below 0, must not pass for a time without calls; with more than can be counted, no sum is sure. */
function point(time: unknown, sum: unknown): MetricPoint {
  const at = time instanceof Date ? time.getTime() : NaN;
  if (Number.isNaN(at) || typeof sum !== "number" || !(sum >= 0 && sum <= Number.MAX_SAFE_INTEGER))
    throw new UnreadableAnswer("GetMetricData answered with a sum that is none.");
  return { time: at, sum };
}

function inOrder(points: readonly MetricPoint[]): readonly MetricPoint[] {
  const sorted = points.toSorted((a, b) => a.time - b.time);
  if (sorted.some(({ time }, index) => time === sorted[index - 1]?.time))
    throw new UnreadableAnswer("GetMetricData told of a period twice.");
  return sorted;
}

/** No unit: with one, values that were put under another are left out. */
function queryOf({ dimensions, name, namespace }: MetricName, index: number, Period: number): MetricDataQuery {
  const Dimensions = Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));
  return {
    Id: `m${index}`,
    MetricStat: { Metric: { Namespace: namespace, MetricName: name, Dimensions }, Period, Stat: "Sum" },
  };
}

/** Values of a dimension under which a metric was put in the last two weeks. */
export async function dimensionValues(
  account: AwsAccount,
  region: string,
  metric: { readonly namespace: string; readonly name: string; readonly dimension: string },
): Promise<readonly string[]> {
  const client = await account.cloudwatch(region);
  const { dimension, name, namespace } = metric;
  const question = { Namespace: namespace, MetricName: name, Dimensions: [{ Name: dimension }] };
  const fetch = (token: string | undefined) =>
    client.send(new ListMetricsCommand(token === undefined ? question : { ...question, NextToken: token }));
  const values = new Set<string>();
  for await (const { Metrics } of pagesOf(fetch, ({ NextToken }) => NextToken))
    for (const { Dimensions = [] } of required(Metrics, "Metrics"))
      for (const { Name, Value } of Dimensions) if (Name === dimension && Value !== undefined) values.add(Value);
  return [...values];
}
