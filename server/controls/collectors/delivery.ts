import { type Delivery, type DeliveryHour, isUnreadable } from "../facts.ts";
import type { Collector } from "./collector.ts";
import {
  type HourCounts,
  hourCounts,
  hoursOf,
  listMetrics,
  type Metric,
  modelsOf,
  readSums,
  totalOf,
} from "./hour-counts.ts";

const hourMs = 3_600_000;
const namespace = "AWS/Bedrock";
const channels = [
  "ModelInvocationLogsCloudWatchDelivery",
  "ModelInvocationLogsS3Delivery",
  "ModelInvocationLargeDataS3Delivery",
];

/** What Bedrock delivered, and what the log group took in. One hour more than the window: the last records come late. */
export const delivery: Collector<"delivery"> = {
  fact: "delivery",
  calls: [readSums, listMetrics],
  restsOn: ["loggingConfig"],
  async collect({ attempt, fact, reads, target: { from, to } }) {
    const config = await fact("loggingConfig");
    if (isUnreadable(config)) return config;
    const models = await attempt(
      "delivery.models",
      listMetrics,
      () => modelsOf(reads, { namespace, name: "Invocations" }),
      (found) => ({ used: { models: found } }),
    );
    if (isUnreadable(models)) return models;
    const group = config.cloudWatch?.logGroup ?? null;
    const metrics = [...channelMetrics(models), ...(group === null ? [] : [incoming(group)])];
    const counts = await attempt(
      "delivery",
      readSums,
      () => hourCounts(reads, metrics, { from, to: to + hourMs }),
      (found) => ({
        used: { group, ...Object.fromEntries(metrics.map(({ name }, at) => [name, totalOf(found[at])])) },
      }),
    );
    return isUnreadable(counts) ? counts : deliveryOf(counts, group);
  },
};

/** Each channel's successes and failures, one after the other. */
function channelMetrics(models: readonly string[]): readonly Metric[] {
  const names = channels.flatMap((channel) => [`${channel}Success`, `${channel}Failure`]);
  return names.map((name) => ({ namespace, name, models }));
}

function incoming(group: string): Metric {
  return { namespace: "AWS/Logs", name: "IncomingLogEvents", dimensions: { LogGroupName: group }, models: [] };
}

function deliveryOf(counts: readonly HourCounts[], group: string | null): Delivery {
  const [groupGood, groupBad, bucketGood, bucketBad, largeGood, largeBad, events = new Map<number, number>()] = counts;
  return {
    cloudWatch: deliveryHours(groupGood, groupBad),
    s3: deliveryHours(bucketGood, bucketBad),
    largeData: deliveryHours(largeGood, largeBad),
    logEvents: group === null ? null : hoursOf([events]).map((time) => ({ time, events: events.get(time) ?? 0 })),
  };
}

const none: HourCounts = new Map();

function deliveryHours(good: HourCounts = none, bad: HourCounts = none): readonly DeliveryHour[] {
  return hoursOf([good, bad]).map((time) => ({
    time,
    successes: good.get(time) ?? 0,
    failures: bad.get(time) ?? 0,
  }));
}
