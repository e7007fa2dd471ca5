import { isUnreadable, type UsageHour } from "../facts.ts";
import { usageOf } from "../usage-sums.ts";
import type { Collector } from "./collector.ts";
import { type HourCounts, hourCounts, hoursOf, listMetrics, modelsOf, readSums } from "./hour-counts.ts";

const invocations = { namespace: "AWS/Bedrock", name: "Invocations" };
const clientErrors = { namespace: "AWS/Bedrock", name: "InvocationClientErrors" };
const serverErrors = { namespace: "AWS/Bedrock", name: "InvocationServerErrors" };
const inferences = { namespace: "AWS/BedrockMantle", name: "Inferences" };

/** Calls in the window, hour by hour. */
export const usage: Collector<"usage"> = {
  fact: "usage",
  calls: [readSums, listMetrics],
  restsOn: [],
  async collect({ attempt, reads, target: { from, to } }) {
    const models = await attempt(
      "usage.models",
      listMetrics,
      async () => {
        const [runtime, other] = await Promise.all([modelsOf(reads, invocations), modelsOf(reads, inferences)]);
        return { runtime, other };
      },
      (used) => ({ used }),
    );
    if (isUnreadable(models)) return models;
    const metrics = [
      ...[invocations, clientErrors, serverErrors].map((metric) => ({ ...metric, models: models.runtime })),
      { ...inferences, models: models.other },
    ];
    return attempt(
      "usage",
      readSums,
      async () => usageOf(counted(await hourCounts(reads, metrics, { from, to })), { from, to }),
      ({ hours: _, ...used }) => ({ used }),
    );
  },
};

function counted(counts: readonly HourCounts[]): readonly UsageHour[] {
  const [called, client, server, elsewhere] = counts;
  return hoursOf(counts).map((time) => ({
    time,
    invocations: called?.get(time) ?? 0,
    clientErrors: client?.get(time) ?? 0,
    serverErrors: server?.get(time) ?? 0,
    inferences: elsewhere?.get(time) ?? 0,
  }));
}
