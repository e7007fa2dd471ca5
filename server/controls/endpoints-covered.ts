import { control, fail, pass } from "./control.ts";
import { overWindow } from "./counted.ts";
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
  evaluate({ usage: { inferences } }, context) {
    const decidedBy = { endpoint: uncovered, inferences };
    const none = pass("covered", `No traffic on uncovered endpoints. ${notShown}`, { decidedBy });
    if (inferences === 0) return [overWindow(none, context)];
    const reason = `${inferences} inferences on ${uncovered} left no invocation log.`;
    return [overWindow(fail("uncovered", reason, { remediation: mendUncovered(uncovered), decidedBy }), context)];
  },
  examples: [
    { facts: { usage: counted({}) }, gives: ["PASS", "covered"] },
    { facts: { usage: counted({ invocations: 12 }) }, gives: ["PASS", "covered"] },
    { facts: { usage: counted({ inferences: 1 }) }, gives: ["FAIL", "uncovered"] },
    { facts: { usage: counted({ invocations: 9, inferences: 40 }) }, gives: ["FAIL", "uncovered"] },
    { facts: {}, gives: ["UNKNOWN", "permission"] },
  ],
});
