import { isUnreadable } from "../facts.ts";
import { call, type Collector, type MetricSum } from "./collector.ts";

const sums = call("cloudwatch", "GetMetricData");
const values = call("cloudwatch", "ListMetrics");
const invocations = { namespace: "AWS/Bedrock", name: "Invocations" };
const inferences = { namespace: "AWS/BedrockMantle", name: "Inferences" };

/** Calls in the window. Some come without dimension, some by model only: of each hour the larger count is taken. */
export const usage: Collector<"usage"> = {
  fact: "usage",
  calls: [sums, values],
  async collect({ attempt, reads, target: { from, to } }) {
    const models = await attempt(
      "usage.models",
      values,
      async () => [
        await reads.dimensionValues({ ...invocations, dimension: "ModelId" }),
        await reads.dimensionValues({ ...inferences, dimension: "ModelId" }),
      ],
      ([runtime, other]) => ({ used: { runtime, other } }),
    );
    if (isUnreadable(models)) return models;
    const [runtime = [], other = []] = models;
    const read = async (metric: typeof invocations, ids: readonly string[]) => {
      const dimensions = [{}, ...ids.map((ModelId) => ({ ModelId }))];
      return total(
        await reads.metricSums(
          dimensions.map((each) => ({ ...metric, dimensions: each })),
          { from, to },
        ),
      );
    };
    return attempt(
      "usage",
      sums,
      async () => ({ invocations: await read(invocations, runtime), inferences: await read(inferences, other) }),
      (used) => ({ used }),
    );
  },
};

/** The first series is the one without dimension. */
function total([all = [], ...byModel]: readonly (readonly MetricSum[])[]): number {
  const models = new Map<number, number>();
  for (const { sum, time } of byModel.flat()) models.set(time, (models.get(time) ?? 0) + sum);
  const hours = new Map(all.map(({ sum, time }) => [time, sum]));
  return [...new Set([...hours.keys(), ...models.keys()])]
    .map((time) => Math.max(hours.get(time) ?? 0, models.get(time) ?? 0))
    .reduce((sum, count) => sum + count, 0);
}
