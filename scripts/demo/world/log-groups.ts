import type { SimulatedLogEvent, SimulatedLogGroup } from "../aws/world.ts";
import { hourMs, hourName, startOfHour } from "../traffic/layout.ts";
import type { Call } from "../traffic/exchange.ts";
import { recordOf } from "../traffic/record.ts";
import { openRandom } from "../traffic/random.ts";
import { type DeliveryTarget, isLogged, targets } from "../traffic/targets.ts";
import { deliveryOf, type Traffic } from "../traffic/traffic.ts";

const retention: Readonly<Record<string, number>> = { "eu-west-1": 90, "eu-central-1": 30 };

const digits = (name: string): string => {
  const random = openRandom("event", name);
  return Array.from({ length: 55 }, () => random.int(0, 9)).join("");
};

function eventOf(call: Call, target: DeliveryTarget): SimulatedLogEvent {
  const timestamp = Math.floor(call.time / 1_000) * 1_000;
  const delay = openRandom("ingestion", call.requestId).int(5_000, 14_000);
  return {
    id: `3${digits(call.requestId)}`,
    timestamp,
    ingestionTime: timestamp + delay,
    logStream: "aws/bedrock/modelinvocations",
    message: JSON.stringify(recordOf(call, deliveryOf(target))),
  };
}

function eventsOfHour(traffic: Traffic, target: DeliveryTarget, hour: number, now: number): SimulatedLogEvent[] {
  return traffic
    .calls(target.accountId, target.region, hourName(hour))
    .filter((call) => isLogged(target, call.time, now))
    .map((call) => eventOf(call, target))
    .sort((a, b) => a.timestamp - b.timestamp || (a.id < b.id ? -1 : 1));
}

/** Listings ask again for the hours that they are in: a few are kept. */
function openEvents(
  traffic: Traffic,
  target: DeliveryTarget,
  now: number,
): (hour: number) => readonly SimulatedLogEvent[] {
  const kept = new Map<number, readonly SimulatedLogEvent[]>();
  return (hour) => {
    const known = kept.get(hour) ?? eventsOfHour(traffic, target, hour, now);
    kept.set(hour, known);
    for (const oldest of kept.keys()) {
      if (kept.size <= 24) break;
      kept.delete(oldest);
    }
    return known;
  };
}

/** The log groups of one account that get its records, and one that waits for some. */
export function demoLogGroups(
  traffic: Traffic,
  accountId: string,
  span: { readonly start: number; readonly until: number; readonly now: number },
): SimulatedLogGroup[] {
  return targets.flatMap((target) => {
    if (target.accountId !== accountId || target.logGroup === null) return [];
    const eventsAt = openEvents(traffic, target, span.now);
    return [
      {
        name: target.logGroup,
        region: target.region,
        retentionInDays: retention[target.region] ?? null,
        logGroupClass: "STANDARD" as const,
        deletionProtectionEnabled: target.region === "eu-west-1",
        bearerTokenAuthenticationEnabled: false,
        creationTime: span.start - 40 * 24 * hourMs,
        *events(from: number, to: number) {
          const first = Math.max(startOfHour(from), span.start);
          for (let hour = first; hour < Math.min(to, span.until + 1); hour += hourMs)
            for (const event of eventsAt(hour)) if (event.timestamp >= from && event.timestamp < to) yield event;
        },
      },
    ];
  });
}
