import { control, fail, notApplicable, pass } from "./control.ts";
import { isUnreadable, textAlone } from "./facts.ts";
import { windowDays } from "./policy.ts";
import { mendLogging } from "./remediation.ts";
import { destinationsIn } from "./stores-named.ts";
import { usageOf } from "./usage-sums.ts";

const off = { set: false, s3: null, cloudWatch: null, delivered: textAlone };
const unused = usageOf([]);

export const invocationLoggingEnabled = control({
  id: "invocation-logging-enabled",
  title: "Model invocation logging is enabled",
  severity: "high",
  why: "Without invocation logs, misuse of a model leaves no trace.",
  requires: ["loggingConfig"],
  mayUse: ["usage"],
  evaluate({ loggingConfig, usage }, { policy, region }) {
    const { cloudWatch, s3, set } = loggingConfig;
    const decidedBy = destinationsIn(loggingConfig);
    const destinations = [
      ...(s3 === null ? [] : [`bucket ${s3.bucket}`]),
      ...(cloudWatch === null ? [] : [`log group ${cloudWatch.logGroup}`]),
    ];
    if (destinations.length > 0) return [pass("on", `Logging is on: ${destinations.join(", ")}.`, { decidedBy })];
    const remediation = mendLogging(region);
    if (!isUnreadable(usage) && usage.invocations === 0 && usage.inferences === 0) {
      const { inferences, invocations } = usage;
      const unused = { ...decidedBy, invocations, inferences };
      const reason = `Logging is off; no model was called in ${windowDays(policy)} days.`;
      if (policy.regions === "in-use") return [notApplicable("region-unused", reason, { decidedBy: unused })];
      return [fail("off-unused", reason, { severity: "low", remediation, decidedBy: unused })];
    }
    if (set)
      return [
        fail("no-destination", "A configuration exists but names no destination: nothing is written.", {
          remediation,
          decidedBy,
        }),
      ];
    const missed = isUnreadable(usage) ? "an unknown number of" : usage.invocations;
    const reason = `Logging is off; ${missed} invocations in ${windowDays(policy)} days are not recorded.`;
    return [fail("off", reason, { remediation, decidedBy })];
  },
  examples: [
    { facts: { loggingConfig: { ...off, set: true, s3: { bucket: "logs", prefix: "" } } }, gives: ["PASS", "on"] },
    {
      facts: {
        loggingConfig: { ...off, set: true, cloudWatch: { logGroup: "/b/log", roleArn: null, largeData: null } },
      },
      gives: ["PASS", "on"],
    },
    { facts: { loggingConfig: off }, gives: ["FAIL", "off"] },
    { facts: { loggingConfig: off, usage: usageOf([{ time: 0, invocations: 7 }]) }, gives: ["FAIL", "off"] },
    { facts: { loggingConfig: off, usage: usageOf([{ time: 0, inferences: 3 }]) }, gives: ["FAIL", "off"] },
    { facts: { loggingConfig: off, usage: unused }, gives: ["FAIL", "off-unused"] },
    {
      facts: { loggingConfig: off, usage: unused },
      policy: { regions: "in-use" },
      gives: ["NOT_APPLICABLE", "region-unused"],
    },
    { facts: { loggingConfig: { ...off, set: true } }, gives: ["FAIL", "no-destination"] },
  ],
});
