import { expect, it } from "vitest";
import { homeRegion } from "./stage.ts";
import { openTrial, type Trial } from "./trial.ts";
import { day, hour, minute } from "./virtual-time.ts";

async function disagreements(trial: Trial) {
  return (await trial.status()).findings.filter(({ kind }) => kind === "sources-disagree");
}

it(
  "sources of a target that have settled and differ are told, and which of them lacks how much",
  { timeout: 120_000 },
  async () => {
    const trial = await openTrial({ deliveries: { [homeRegion]: "both" } });
    const { stage, time } = trial;
    const first = Math.floor(time.now / hour) * hour - 60 * hour;
    for (let at = 0; at < 50; at += 1) {
      const calls = [5, 25].map((minutes) => stage.call(first + at * hour + minutes * minute));
      stage.log(calls);
      // Two calls of one hour in the middle never reach the bucket.
      if (at !== 30) stage.put(calls, first + at * hour);
    }
    await trial.run();
    expect(await disagreements(trial)).toEqual([]);
    time.pass(8 * day);
    await trial.run();
    await trial.expectExact();
    const found = await disagreements(trial);
    expect(found).toHaveLength(1);
    const { sources } = await trial.status();
    expect(sources.find(({ id }) => id === found[0]?.sourceId)?.kind).toBe("s3");
    expect(found[0]?.key).toMatch(/^at least 2 of the records from 2026-11-18T00:00:00.000Z to /);
  },
);
