import fc from "fast-check";
import { conclude } from "../../server/controls/conclude.ts";
import type { Gate } from "../../server/controls/summary.ts";
import { targetResult } from "../../server/controls/summary.ts";
import { type CheckReport, type ControlResult, Verdict } from "../../server/domain/compliance.ts";
import { severities } from "../../server/domain/severity.ts";
import { now } from "../aws/small-world.ts";
import { aResult, checkReport } from "./check-document.ts";

const controls = ["invocation-logging-enabled", "s3-log-retention", "delivery-alive"];

const anyResult = fc.record({
  account: fc.constantFrom("111122223333", "444455556666"),
  region: fc.constantFrom("us-east-1", "eu-west-1"),
  control: fc.constantFrom(...controls),
  verdict: fc.constantFrom(...Verdict.options),
  severity: fc.constantFrom(...severities),
});

const waivers = fc.subarray(
  (["FAIL", "UNKNOWN"] as const).map((accepts) => ({
    id: `W-${accepts}`,
    control: "s3-log-retention",
    match: { account: "111122223333" },
    accepts,
    reason: "Blocked",
    owner: "alice@example.com",
    ticket: "SEC-881",
    expires: "2026-12-31",
  })),
);

export const anyGate: fc.Arbitrary<Gate> = fc.record({
  failOn: fc.constantFrom(null, ...severities),
  allowUnknown: fc.subarray(controls),
});

/** A report whose parts belong together, as a run would make it: with waivers, a baseline and whatever verdicts. */
export const anyReport: fc.Arbitrary<{ readonly report: CheckReport; readonly gate: Gate }> = fc
  .record({ all: fc.array(anyResult, { maxLength: 25 }), waivers, gate: anyGate, isKnown: fc.boolean() })
  .map(({ all, gate, isKnown, waivers: accepted }) => {
    const results = all.map((over, at): ControlResult => aResult({ ...over, id: String(at).padStart(32, "0") }));
    const fails = results.slice(0, 5).map(({ id }) => ({ id, severity: "high" as const, since: "2026-09-01" }));
    const baseline = isKnown ? { schemaVersion: 1 as const, expires: "2026-10-01", fails } : null;
    const { summary: _summary, waivers: _waivers, ...rest } = checkReport();
    const targets = [...targetsOf(results), ...rest.targets.filter(({ state }) => state === "excluded")];
    const unweighed = { ...rest, run: { ...rest.run, clock: new Date(now).toISOString() }, targets, results };
    return { report: conclude(unweighed, { ...gate, accepted: { waivers: accepted, baseline } }), gate };
  });

function targetsOf(results: readonly ControlResult[]) {
  const places = new Map(results.map(({ account, region }) => [`${account} ${region}`, { account, region }]));
  return [...places.values()].map((place) =>
    targetResult(
      place,
      results.filter(({ account, region }) => account === place.account && region === place.region),
    ),
  );
}
