import type { SimulatedMetric } from "../aws/world.ts";
import { hourMs, startOfHour } from "../traffic/layout.ts";
import { accounts, type DeliveryTarget } from "../traffic/targets.ts";
import type { HourCounts, Hours } from "./hours.ts";

interface Span {
  readonly start: number;
  readonly until: number;
}

function series(
  hours: Hours,
  target: DeliveryTarget,
  { start, until }: Span,
  [namespace, name, dimensions]: readonly [string, string, SimulatedMetric["dimensions"]],
  value: (counts: HourCounts) => number,
): SimulatedMetric {
  return {
    namespace,
    name,
    dimensions,
    *points(from, to) {
      for (let hour = Math.max(start, startOfHour(from)); hour < Math.min(to, until); hour += hourMs) {
        const { counts } = hours.summary(target, hour);
        if (hour >= from && counts.succeeded + counts.clientErrors + counts.serverErrors + counts.throttles > 0)
          yield { time: hour, value: value(counts) };
      }
    },
  };
}

/** An afternoon with another endpoint, which leaves no invocation log. */
function uncovered({ until }: Span): SimulatedMetric {
  const first = startOfHour(until) - 100 * hourMs;
  return {
    namespace: "AWS/BedrockMantle",
    name: "Inferences",
    dimensions: [],
    *points(from, to) {
      for (const [index, value] of [12, 88, 64, 31, 17].entries()) {
        const time = first + index * hourMs;
        if (time >= from && time < to) yield { time, value };
      }
    },
  };
}

/** What CloudWatch says of one target, hour by hour: the counts of its calls, and of their delivery. */
export function demoMetrics(hours: Hours, target: DeliveryTarget, span: Span): SimulatedMetric[] {
  const of = (name: string, value: (counts: HourCounts) => number): SimulatedMetric =>
    series(hours, target, span, ["AWS/Bedrock", name, []], value);
  const none = (): number => 0;
  const usage = [
    // Throttled calls are no invocations (CloudWatch counts them apart).
    of("Invocations", (counts) => counts.succeeded + counts.clientErrors + counts.serverErrors),
    of("InvocationClientErrors", (counts) => counts.clientErrors),
    of("InvocationServerErrors", (counts) => counts.serverErrors),
    of("InvocationThrottles", (counts) => counts.throttles),
    of("InputTokenCount", (counts) => counts.inputTokens),
    of("OutputTokenCount", (counts) => counts.outputTokens),
  ];
  const s3 =
    target.s3 === null
      ? []
      : [
          of("ModelInvocationLogsS3DeliverySuccess", (counts) => counts.delivered),
          of("ModelInvocationLogsS3DeliveryFailure", none),
        ];
  const group = target.logGroup;
  const logs =
    group === null
      ? []
      : [
          of("ModelInvocationLogsCloudWatchDeliverySuccess", (counts) => counts.delivered),
          of("ModelInvocationLogsCloudWatchDeliveryFailure", none),
          series(
            hours,
            target,
            span,
            ["AWS/Logs", "IncomingLogEvents", [{ name: "LogGroupName", value: group }]],
            (counts) => counts.delivered,
          ),
        ];
  const elsewhere = target.accountId === accounts.lab && target.region === "us-east-1" ? [uncovered(span)] : [];
  return [...usage, ...s3, ...logs, ...elsewhere];
}
