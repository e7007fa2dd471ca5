import { control, fail, notApplicable, pass } from "./control.ts";
import { isCounted, shortNotes } from "./counted.ts";
import { isUnreadable, textAlone, type Unreadable, type Usage } from "./facts.ts";
import { windowDays } from "./policy.ts";
import { mendLogging } from "./remediation.ts";
import { destinationsIn } from "./stores-named.ts";
import { usageOf } from "./usage-sums.ts";

/** `isWhole`: they were counted in all of the window. */
function missedIn(usage: Usage | Unreadable, isWhole: boolean): string {
  if (isUnreadable(usage) || (!isWhole && usage.invocations === 0)) return "an unknown number of";
  return `${isWhole ? "" : "at least "}${usage.invocations}`;
}

const off = { set: false, s3: null, cloudWatch: null, delivered: textAlone };
const unused = usageOf([]);

export const invocationLoggingEnabled = control({
  id: "invocation-logging-enabled",
  title: "Model invocation logging is enabled",
  severity: "high",
  why: "Without invocation logs, misuse of a model leaves no trace.",
  requires: ["loggingConfig"],
  mayUse: ["usage"],
  evaluate({ loggingConfig, usage }, context) {
    const { policy, region } = context;
    const { cloudWatch, s3, set } = loggingConfig;
    const decidedBy = destinationsIn(loggingConfig);
    const destinations = [
      ...(s3 === null ? [] : [`bucket ${s3.bucket}`]),
      ...(cloudWatch === null ? [] : [`log group ${cloudWatch.logGroup}`]),
    ];
    if (destinations.length > 0) return [pass("on", `Logging is on: ${destinations.join(", ")}.`, { decidedBy })];
    const remediation = mendLogging(region);
    const isWhole = isCounted(context);
    if (isWhole && !isUnreadable(usage) && usage.invocations === 0 && usage.inferences === 0) {
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
    const reason = `Logging is off; ${missedIn(usage, isWhole)} invocations in ${windowDays(policy)} days are not recorded.`;
    const notes = isUnreadable(usage) ? [] : shortNotes(context);
    return [fail("off", reason, { notes, remediation, decidedBy })];
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
