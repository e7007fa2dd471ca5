import { control, fail, pass } from "./control.ts";
import type { UsageCounts } from "./facts.ts";
import { mendUncovered } from "./remediation.ts";
import { usageOf } from "./usage-sums.ts";

/** Takes model calls, and is not covered by invocation logging. */
const uncovered = "bedrock-mantle";
const notShown = "Not shown: bidirectional streams, asynchronous calls, batch jobs.";

const counted = (counts: Partial<UsageCounts>) => usageOf([{ time: 0, ...counts }]);

export const endpointsCovered = control({
  id: "endpoints-covered",
  title: "Models are called only where calls are logged",
  severity: "high",
  why: "Invocation logging covers one endpoint: a call on another leaves no record, however well logging is set up.",
  requires: ["usage"],
  mayUse: [],
  evaluate({ usage: { inferences } }) {
    const decidedBy = { endpoint: uncovered, inferences };
    if (inferences === 0) return [pass("covered", `No traffic on uncovered endpoints. ${notShown}`, { decidedBy })];
    return [
      fail("uncovered", `${inferences} inferences on ${uncovered} left no invocation log.`, {
        remediation: mendUncovered(uncovered),
        decidedBy,
      }),
    ];
  },
  examples: [
    { facts: { usage: counted({}) }, gives: ["PASS", "covered"] },
    { facts: { usage: counted({ invocations: 12 }) }, gives: ["PASS", "covered"] },
    { facts: { usage: counted({ inferences: 1 }) }, gives: ["FAIL", "uncovered"] },
    { facts: { usage: counted({ invocations: 9, inferences: 40 }) }, gives: ["FAIL", "uncovered"] },
    { facts: {}, gives: ["UNKNOWN", "permission"] },
  ],
});
