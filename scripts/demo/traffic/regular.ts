import { attemptsOf } from "./calls.ts";
import { load } from "./day-shape.ts";
import type { Call } from "./exchange.ts";
import { weatherAt } from "./incidents.ts";
import { hourMs } from "./layout.ts";
import { openRandom, type Random } from "./random.ts";
import type { Use, Workload } from "./workload.ts";

export interface Season {
  readonly seed: number;
  /** Start of the traffic and the present, in milliseconds. */
  readonly start: number;
  readonly now: number;
  /** Multiplies the traffic of every workload. */
  readonly scale: number;
}

/** Starts of the conversations of one hour, in seconds after it. */
function starts(random: Random, workload: Workload, hour: number, { start, now, scale }: Season): number[] {
  const every = workload.everyMinutes;
  if (every !== undefined) return Array.from({ length: Math.floor(60 / every) }, (_, index) => index * every * 60 + 7);
  const age = Math.min(1, Math.max(0, (hour - start) / (now - start)));
  const mean = (workload.perDay / 24) * load(workload.shape, hour) * workload.growth ** age * scale;
  return Array.from({ length: random.poisson(mean) }, () => random.int(0, 3599));
}

function conversation(random: Random, workload: Workload, use: Use, began: number, end: number, now: number): Call[] {
  const identityArn = workload.identity(random);
  const calls: Call[] = [];
  let time = began;
  for (const step of use.talk(random, workload.scene)) {
    time += step.pause * 1000;
    if (time >= end) break;
    const { accountId, region } = workload;
    const { operation, model, how } = use;
    const request = { ...step, time, accountId, region, identityArn, operation, model, how };
    const { calls: made, answered } = attemptsOf(random, request, weatherAt(accountId, region, time, now));
    calls.push(...made.filter((call) => call.time < end));
    const last = made.at(-1);
    if (!answered || last === undefined) break;
    time = last.time + last.latencyMs;
  }
  return calls;
}

/** What one workload calls in one hour. A conversation does not outlast its hour, so that hours stay independent. */
export function regularCalls(workload: Workload, hour: number, season: Season): Call[] {
  const random = openRandom(season.seed, "workload", workload.id, hour / hourMs);
  return starts(random, workload, hour, season).flatMap((second) => {
    const use = random.weighted(workload.uses);
    return conversation(random, workload, use, hour + second * 1000, hour + hourMs, season.now);
  });
}
