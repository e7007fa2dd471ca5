import { describe, expect, it } from "vitest";
import type { FaultDeed } from "../../scripts/demo/aws/faults.ts";
import { ingestExitCode } from "../../scripts/ingest-exit.ts";
import { homeRegion } from "../faults/stage.ts";
import { openTrial, type Trial } from "../faults/trial.ts";
import { hour } from "../faults/virtual-time.ts";

const down: FaultDeed = { kind: "error", status: 500, code: "InternalError" };

/** Four of ours, each of three of the client's. */
const triesOfOneListing = 12;

async function exitCode(trial: Trial): Promise<number> {
  const run = await trial.run();
  return ingestExitCode(run, await trial.status(), 0);
}

describe.each([
  ["s3", "ListObjectsV2", `BedrockModelInvocationLogs/${homeRegion}/`],
  ["cloudwatch", "FilterLogEvents", ""],
] as const)("of a run over the only source, in %s, the exit code", { timeout: 120_000 }, (delivery, api, match) => {
  async function opened(): Promise<Trial> {
    const trial = await openTrial({ deliveries: { [homeRegion]: delivery }, since: "1d" });
    const { stage, time } = trial;
    const at = time.now - 3 * hour;
    if (delivery === "s3") stage.put([stage.call(at)], at);
    else stage.log([stage.call(at)]);
    return trial;
  }

  it("is 0 where all of it was listed, and 0 again where nothing is new", async () => {
    const trial = await opened();
    expect(await exitCode(trial)).toBe(0);
    expect(await exitCode(trial)).toBe(0);
  });

  it("is 4 where a part of it was listed, be it what is newest or what is older, and 0 when the rest is, too", async () => {
    const trial = await opened();
    trial.plan([{ api, match, nth: 3, count: 9_999, do: down }]);
    expect(await exitCode(trial)).toBe(4);
    trial.plan([{ api, match, count: triesOfOneListing, do: down }]);
    trial.time.pass(hour);
    expect(await exitCode(trial)).toBe(4);
    trial.plan([]);
    expect(await exitCode(trial)).toBe(0);
  });

  it.each<[string, FaultDeed]>([
    ["does not answer", down],
    ["refuses", { kind: "deny" }],
  ])("is 3 where it %s, however much was read before", async (_, deed) => {
    const trial = await opened();
    await exitCode(trial);
    trial.plan([{ api, count: 9_999, do: deed }]);
    trial.time.pass(hour);
    expect(await exitCode(trial)).toBe(3);
  });
});
