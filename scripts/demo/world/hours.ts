import type { TrafficObject } from "../traffic/delivery.ts";
import type { Call } from "../traffic/exchange.ts";
import { hourName } from "../traffic/layout.ts";
import { type DeliveryTarget, isLogged } from "../traffic/targets.ts";
import type { Traffic } from "../traffic/traffic.ts";

/** What CloudWatch counts of one hour. */
export interface HourCounts {
  readonly succeeded: number;
  readonly clientErrors: number;
  readonly serverErrors: number;
  readonly throttles: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly delivered: number;
}

export interface HourObject extends Pick<TrafficObject, "key" | "lastModified" | "etag"> {
  /** Of its bytes. */
  readonly size: number;
}

/** One hour, without its texts: small enough to be kept. */
interface HourSummary {
  readonly counts: HourCounts;
  readonly objects: readonly HourObject[];
}

export interface Hours {
  summary(target: DeliveryTarget, hour: number): HourSummary;
  /** The bytes of an object of an hour; made again when they were let go. */
  body(target: DeliveryTarget, hour: number, key: string): Uint8Array;
}

const keptBytes = 96 * 1024 * 1024;

const slotOf = ({ accountId, region }: DeliveryTarget, key: string): string => `${accountId} ${region} ${key}`;

function countsOf(calls: readonly Call[], target: DeliveryTarget, now: number): HourCounts {
  const failedBy = (test: (code: string) => boolean): number =>
    calls.filter((call) => call.errorCode !== null && test(call.errorCode)).length;
  const throttles = failedBy((code) => code === "ThrottlingException");
  const serverErrors = failedBy((code) => /^(Service|Internal|Model)/.test(code));
  const failed = failedBy(() => true);
  return {
    succeeded: calls.length - failed,
    clientErrors: failed - throttles - serverErrors,
    serverErrors,
    throttles,
    inputTokens: calls.reduce((sum, call) => sum + call.usage.input, 0),
    outputTokens: calls.reduce((sum, call) => sum + call.usage.output, 0),
    delivered: calls.filter((call) => isLogged(target, call.time, now)).length,
  };
}

/** Makes each hour of calls once and keeps what listings and metrics ask for. */
export function openHours(traffic: Traffic, now: number): Hours {
  const summaries = new Map<string, HourSummary>();
  const bodies = new Map<string, Uint8Array>();
  let bytes = 0;

  function summarise(target: DeliveryTarget, hour: number): HourSummary {
    const { accountId, region } = target;
    const name = hourName(hour);
    const calls = traffic.calls(accountId, region, name);
    const objects = calls.length === 0 ? [] : traffic.objects(accountId, region, name);
    return {
      counts: countsOf(calls, target, now),
      // Made at once, while its calls are known: they take longer than the bytes.
      objects: objects.map((object) => {
        const { key, lastModified, etag } = object;
        return { key, lastModified, etag, size: keep(slotOf(target, key), object.body()).length };
      }),
    };
  }

  function keep(name: string, body: Uint8Array): Uint8Array {
    bodies.set(name, body);
    bytes += body.length;
    for (const [oldest, { length }] of bodies) {
      if (bytes <= keptBytes) break;
      bodies.delete(oldest);
      bytes -= length;
    }
    return body;
  }

  return {
    summary(target, hour) {
      const slot = `${target.accountId} ${target.region} ${hour}`;
      const known = summaries.get(slot) ?? summarise(target, hour);
      summaries.set(slot, known);
      return known;
    },
    body(target, hour, key) {
      const slot = slotOf(target, key);
      const known = bodies.get(slot);
      if (known !== undefined) return known;
      const objects = traffic.objects(target.accountId, target.region, hourName(hour));
      return keep(slot, objects.find((object) => object.key === key)?.body() ?? new Uint8Array());
    },
  };
}
