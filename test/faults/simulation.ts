import { describe, it, type TestContext } from "vitest";
import type { Fault, FaultDeed } from "../../scripts/demo/aws/faults.ts";
import { Chances } from "./chances.ts";
import { FlakyDisk } from "./flaky-disk.ts";
import { type Delivery, homeRegion } from "./stage.ts";
import { openTrial, type Trial, trialStart } from "./trial.ts";
import { hour, minute } from "./virtual-time.ts";

/*
 * Random deliveries, faults, ends and starts, then quiet: the store must be exact in a bounded time. `SIM_SEED` runs one seed,
 * `SIM_SEEDS` so many from 1 on. They take minutes: two files share them, so that they run side by side.
 */

/** Some hours before the first calls: empty hours more would only be listed in the same way. */
const since = new Date(trialStart - 4 * hour).toISOString();

const only = process.env["SIM_SEED"];
const last = Number(process.env["SIM_SEEDS"] ?? 200);

/** The seeds of one of the two files. A seed that runs alone is in the first, whatever its number. */
function seedsOf(half: "first" | "second"): readonly number[] {
  if (only !== undefined) return half === "first" ? [Number(only)] : [];
  const seeds = Array.from({ length: last }, (_, index) => index + 1);
  const middle = Math.ceil(last / 2);
  return half === "first" ? seeds.slice(0, middle) : seeds.slice(middle);
}

const deliveries: readonly [Delivery, ...Delivery[]] = ["cloudwatch", "s3", "both"];
const deeds: readonly [FaultDeed, ...FaultDeed[]] = [
  { kind: "error", status: 500, code: "InternalFailure" },
  { kind: "error", status: 503, code: "ServiceUnavailable" },
  { kind: "throttle" },
  { kind: "deny" },
  { kind: "cut", afterBytes: 40 },
  { kind: "replace", body: "" },
  { kind: "replace", status: 200, body: "{}" },
  { kind: "empty-page" },
  { kind: "repeat-token" },
  { kind: "late", ms: 20 * minute },
  { kind: "duplicate" },
  { kind: "reorder" },
];
const apis: readonly [string, ...string[]] = [
  "*",
  "FilterLogEvents",
  "ListObjectsV2",
  "GetObject",
  "GetModelInvocationLoggingConfiguration",
];

function somePlan(chance: Chances): readonly Fault[] {
  return Array.from({ length: chance.between(0, 3) }, () => ({
    api: chance.of(apis),
    nth: chance.between(1, 12),
    count: chance.between(1, 20),
    share: chance.of([1, 0.5, 0.2]),
    do: chance.of(deeds),
  }));
}

/** Calls of the last hours, most of them delivered in time, all before the third pass over their hour; now and then some a second time. */
function deliver({ stage, time }: Trial, chance: Chances, delivery: Delivery): void {
  for (let batch = chance.between(0, 3); batch > 0; batch -= 1) {
    const at = time.now - chance.between(2, 100) * minute;
    const calls = Array.from({ length: chance.between(1, 12) }, () =>
      stage.call(at - (at % minute) + chance.between(0, 59) * 1_000),
    );
    const shownAt = Math.max(at + minute, chance.happens(0.2) ? time.now + chance.between(0, 60) * minute : 0);
    if (delivery !== "s3") stage.log(calls, { shownAt });
    if (delivery !== "cloudwatch") stage.put(calls, at, { shownAt });
    if (chance.happens(0.2) && delivery !== "cloudwatch") stage.put(calls, at, { shownAt });
    if (chance.happens(0.2) && delivery !== "s3") stage.log(calls, { shownAt });
  }
}

/** A run in bad times: it may fail, be told to stop, or find the disk full. */
async function troubled(trial: Trial, chance: Chances, disk: FlakyDisk): Promise<void> {
  trial.plan(somePlan(chance));
  if (chance.happens(0.4)) disk.failAt(chance.between(1, 40), chance.happens(0.5));
  const stop = new AbortController();
  const timer = chance.happens(0.3) ? setTimeout(() => stop.abort(), chance.between(1, 300)) : undefined;
  await trial.run({ signal: stop.signal }).catch(() => undefined);
  clearTimeout(timer);
  disk.mend();
}

async function simulate(seed: number, { onTestFinished }: TestContext): Promise<void> {
  const chance = new Chances(seed);
  const disk = new FlakyDisk();
  const delivery = chance.of(deliveries);
  const trial = await openTrial({ deliveries: { [homeRegion]: delivery }, seed, disk, since }, onTestFinished);
  for (let step = chance.between(2, 5); step > 0; step -= 1) {
    deliver(trial, chance, delivery);
    await troubled(trial, chance, disk);
    if (chance.happens(0.5)) await trial.close();
    trial.time.pass(chance.between(1, 120) * minute);
  }
  trial.plan([]);
  // The passes over an ended hour that find what came late, and what was refused is tried again after six hours.
  for (const wait of [20 * minute, 4 * hour, 7 * hour]) {
    trial.time.pass(wait);
    await trial.run();
  }
  await trial.expectExact();
}

/** Declares the tests of one file. */
export function simulateHalf(half: "first" | "second"): void {
  const seeds = seedsOf(half);
  // Side by side, for much of it is waiting.
  describe.skipIf(seeds.length === 0)("W1: random plans, ends and starts", { timeout: 300_000 }, () => {
    it.concurrent.for(seeds)("seed %i ends exact", simulate);
  });
}
