import { describe, it } from "vitest";
import { openTrial } from "./trial.ts";
import { minute } from "./virtual-time.ts";

describe("a log group", { timeout: 120_000 }, () => {
  it("W2: five empty pages with tokens, then events: exact", async () => {
    const trial = await openTrial();
    const { stage, time } = trial;
    stage.log(Array.from({ length: 20 }, (_, n) => stage.call(time.now - (n + 2) * minute)));
    trial.plan([{ api: "FilterLogEvents", count: 5, do: { kind: "empty-page" } }]);
    await trial.run();
    await trial.expectExact();
  });
});
