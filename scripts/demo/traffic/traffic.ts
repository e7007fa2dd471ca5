import { jailbreakSeries } from "./attacks/jailbreak-series.ts";
import { nearMisses } from "./attacks/near-misses.ts";
import { reseller } from "./attacks/reseller.ts";
import { smallSlips } from "./attacks/small-slips.ts";
import { stolenKey } from "./attacks/stolen-key.ts";
import { objectsOf, permissionCheck, type TrafficObject } from "./delivery.ts";
import type { Call, JsonObject } from "./exchange.ts";
import { hourMs, hourName, regionFolder, startOfHour } from "./layout.ts";
import { workloads } from "./organisation.ts";
import { type Delivery, recordOf } from "./record.ts";
import { type Season, regularCalls } from "./regular.ts";
import { type Plot, type Story, storyOf, type Truth } from "./story.ts";
import { type DeliveryTarget, isLogged, targetOf, targets } from "./targets.ts";
import { addCall, noTotals, type Totals } from "./totals.ts";

export interface TrafficOptions {
  readonly seed: number;
  /** The present, in milliseconds: stories are told relative to it. */
  readonly now: number;
  readonly days: number;
  /** Scales the daily round; the stories stay as they are. */
  readonly recordsPerDay?: number;
  /** Traffic goes on to here; default `now`. */
  readonly until?: number;
}

interface DayTotals extends Totals {
  readonly accountId: string;
  readonly region: string;
  /** `2026-11-24`, UTC. */
  readonly day: string;
  /** Of its records, how many are delivered somewhere. */
  readonly logged: number;
}

/** A month of model calls of one organisation. Each hour gives the same answer whatever was asked before. */
export interface Traffic {
  readonly targets: readonly DeliveryTarget[];
  /** Starts of the hours that have calls, ascending: `2026-11-24T02:00:00Z`. */
  hours(accountId: string, region: string): readonly string[];
  /** What was called in one hour, logged or not, by time. */
  calls(accountId: string, region: string, hour: string): readonly Call[];
  /** The records of one hour, as Bedrock writes them; none where logging is off. */
  records(accountId: string, region: string, hour: string): readonly JsonObject[];
  /** The S3 objects that carry the records of one hour, by key. */
  objects(accountId: string, region: string, hour: string): readonly TrafficObject[];
  /** Objects of no hour: the permission checks. */
  otherObjects(accountId: string, region: string): readonly TrafficObject[];
  readonly truth: {
    readonly stories: readonly Truth[];
    /** Exact sums a day, account and region, of all calls, logged or not. Walks over everything on the first call. */
    totals(): readonly DayTotals[];
  };
}

const plots: readonly Plot[] = [stolenKey, reseller, jailbreakSeries, ...smallSlips, ...nearMisses];

/** Records that the daily round makes on an average day at scale 1, measured. */
const usualRecordsPerDay = 2_300;
const keptHours = 48;

export function deliveryOf(target: DeliveryTarget): Delivery {
  return { bodies: target.s3, text: target.text };
}

const byTime = (a: Call, b: Call): number => a.time - b.time || (a.requestId < b.requestId ? -1 : 1);
const slotOf = (accountId: string, region: string, hour: number): string => `${accountId} ${region} ${hour}`;

function storyCalls(stories: readonly Story[]): Map<string, Call[]> {
  const bySlot = new Map<string, Call[]>();
  for (const call of stories.flatMap((story) => story.calls)) {
    const slot = slotOf(call.accountId, call.region, startOfHour(call.time));
    const known = bySlot.get(slot);
    if (known === undefined) bySlot.set(slot, [call]);
    else known.push(call);
  }
  return bySlot;
}

export function openTraffic({ seed, now, days, recordsPerDay, until = now }: TrafficOptions): Traffic {
  const start = startOfHour(now - days * 24 * hourMs);
  const season: Season = {
    seed,
    start,
    now,
    scale: recordsPerDay === undefined ? 1 : recordsPerDay / usualRecordsPerDay,
  };
  const stories = plots.map((plot) => storyOf(plot, seed, now));
  const told = storyCalls(stories);
  const kept = new Map<string, readonly Call[]>();

  function make(accountId: string, region: string, hour: number): Call[] {
    if (hour < start || hour > until) return [];
    const regular = workloads
      .filter((workload) => workload.accountId === accountId && workload.region === region)
      .flatMap((workload) => regularCalls(workload, hour, season));
    const extra = told.get(slotOf(accountId, region, hour)) ?? [];
    return [...regular, ...extra].filter((call) => call.time <= until).sort(byTime);
  }

  function callsAt(accountId: string, region: string, hour: number): readonly Call[] {
    const slot = slotOf(accountId, region, hour);
    const known = kept.get(slot);
    if (known !== undefined) return known;
    const calls = make(accountId, region, hour);
    kept.set(slot, calls);
    for (const oldest of kept.keys()) {
      if (kept.size <= keptHours) break;
      kept.delete(oldest);
    }
    return calls;
  }

  const logged = (target: DeliveryTarget, hour: number): readonly Call[] =>
    callsAt(target.accountId, target.region, hour).filter((call) => isLogged(target, call.time, now));

  const allHours = Array.from(
    { length: Math.floor((until - start) / hourMs) + 1 },
    (_, index) => start + index * hourMs,
  );
  const hours = (accountId: string, region: string): string[] =>
    allHours.filter((hour) => callsAt(accountId, region, hour).length > 0).map(hourName);

  function totals(): DayTotals[] {
    return targets.flatMap((target) => {
      const { accountId, region } = target;
      const byDay = new Map<string, DayTotals>();
      for (const hour of allHours) {
        const day = hourName(hour).slice(0, 10);
        const calls = callsAt(accountId, region, hour);
        if (calls.length === 0) continue;
        const before = byDay.get(day) ?? { accountId, region, day, logged: 0, ...noTotals };
        const logged = before.logged + calls.filter((call) => isLogged(target, call.time, now)).length;
        byDay.set(day, { ...before, ...calls.reduce<Totals>(addCall, before), logged });
      }
      return [...byDay.values()];
    });
  }

  let known: readonly DayTotals[] | null = null;
  return {
    targets,
    hours,
    calls: (accountId, region, hour) => callsAt(accountId, region, Date.parse(hour)),
    records(accountId, region, hour) {
      const target = targetOf(accountId, region);
      if (target === null) return [];
      return logged(target, Date.parse(hour)).map((call) => recordOf(call, deliveryOf(target)));
    },
    objects(accountId, region, hour) {
      const target = targetOf(accountId, region);
      if (target === null || target.s3 === null) return [];
      const at = { accountId, region, hour: Date.parse(hour), fresh: Date.parse(hour) > now - 2 * hourMs };
      return objectsOf(logged(target, at.hour), at, target.s3, deliveryOf(target));
    },
    otherObjects(accountId, region) {
      const place = targetOf(accountId, region)?.s3 ?? null;
      if (place === null) return [];
      return [permissionCheck(`${regionFolder(accountId, region, place)}amazon-bedrock-logs-permission-check`, start)];
    },
    truth: { stories: stories.flatMap((story) => story.truth), totals: () => (known ??= totals()) },
  };
}
