import { describe, expect, it } from "vitest";
import { type Facts, type LoggingConfig, textAlone, type Unreadable } from "../../server/controls/facts.ts";
import { countedWindow } from "../../server/controls/counted.ts";
import { controls } from "../../server/controls/list.ts";
import { type CheckPolicy, defaultPolicy } from "../../server/controls/policy.ts";
import { judgeTarget } from "../../server/controls/target-snapshot.ts";
import { usageOf } from "../../server/controls/usage-sums.ts";
import { account, now } from "../aws/small-world.ts";
import { here } from "./kit.ts";

const dayMs = 86_400_000;
const absent: Unreadable = {
  unreadable: "loggingConfig",
  service: "bedrock",
  operation: "GetModelInvocationLoggingConfiguration",
  action: "bedrock:GetModelInvocationLoggingConfiguration",
  class: "operation-absent",
  errorCode: "UnknownOperationException",
  attempts: 1,
  notApplicable: true,
};
const off: LoggingConfig = { set: false, s3: null, cloudWatch: null, delivered: textAlone };
const trail = { from: now - 90 * dayMs, to: now - 15 * 60_000, wholeSince: now - 90 * dayMs, changes: [] };
const unused = usageOf([], countedWindow({ now, policy: defaultPolicy }));

function judged(facts: Partial<Facts>, policy: Partial<CheckPolicy> = {}) {
  const target = { account, region: here, caller: null, from: unused.from, to: unused.to, now };
  const seen = { kind: "read" as const, snapshot: { target, facts, evidence: [] } };
  return judgeTarget(seen, { controls, policy: { ...defaultPolicy, ...policy }, now });
}

describe("a target where logging itself has nothing to say", () => {
  it("is listed without results where nothing is wrong", () => {
    const { results, target } = judged({ loggingConfig: absent, usage: unused });
    expect([target.state, target.code, results.length]).toEqual(["not-applicable", "operation-absent", 0]);
  });

  it("keeps what is proven to be wrong: calls of an endpoint that is not logged", () => {
    const usage = usageOf([{ time: now - dayMs, inferences: 40 }]);
    const { results, target } = judged({ loggingConfig: absent, usage });
    expect(results.find(({ verdict }) => verdict === "FAIL")?.code).toBe("uncovered");
    expect([target.state, target.verdict]).toEqual(["unknown", "FAIL"]);
  });

  it("keeps a gap with calls in a region that was not used in the window", () => {
    const callPeriods = [{ time: now - 30 * 60_000, seconds: 60, invocations: 7 }];
    const change = {
      id: "1",
      name: "DeleteModelInvocationLoggingConfiguration",
      time: now - dayMs,
      actor: null,
      errorCode: null,
      parameters: null,
    };
    const facts = {
      loggingConfig: off,
      usage: unused,
      configEvents: { ...trail, changes: [change] },
      storeEvents: trail,
      callPeriods,
    };
    const { results, target } = judged(facts, { regions: "in-use" });
    expect(results.find(({ verdict }) => verdict === "FAIL")?.code).toBe("gap");
    expect([target.state, target.verdict]).toEqual(["evaluated", "FAIL"]);
  });
});
