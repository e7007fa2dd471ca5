import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { judgeEvidence, openEvidence, saveEvidence } from "../../scripts/check-evidence.ts";
import { openPolicy } from "../../server/check-settings.ts";
import { nothingAccepted } from "../../server/controls/conclude.ts";
import { controls } from "../../server/controls/list.ts";
import { type CheckPolicy, defaultPolicy } from "../../server/controls/policy.ts";
import type { CheckReport, ControlResult } from "../../server/domain/compliance.ts";
import { hourMs, now } from "../aws/small-world.ts";
import { calls, change, group, here, looked, type Setup, toGroup, toS3, worldOf } from "./kit.ts";

const dayMs = 24 * hourMs;

interface Over {
  readonly policy?: Partial<CheckPolicy>;
  readonly now?: number;
}

/** A run of 30 days, saved, read back and judged under another policy, or by another clock. */
async function judgedAgain(setup: Setup, over: Over): Promise<CheckReport> {
  const folder = mkdtempSync(path.join(tmpdir(), "other-window-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const place = path.join(folder, "run");
  saveEvidence(place, await looked(worldOf(setup)), { policy: openPolicy("default"), waiversText: null });
  const policy = { name: "other", file: null, settings: { ...defaultPolicy, ...over.policy } };
  const ids = controls.map(({ id }) => id);
  const asked = { policy, controls: ids, accepted: nothingAccepted, now: over.now ?? now };
  return judgeEvidence(openEvidence(place), { ...asked, failOn: "high", allowUnknown: [] });
}

function resultOf({ results }: CheckReport, control: string): ControlResult {
  const found = results.find((result) => result.control === control && result.region === here);
  if (found === undefined) throw new Error(`no result of ${control}`);
  return found;
}

const flags = {
  textDataDeliveryEnabled: true,
  imageDataDeliveryEnabled: false,
  embeddingDataDeliveryEnabled: false,
  videoDataDeliveryEnabled: false,
  audioDataDeliveryEnabled: false,
};
const put = (days: number) =>
  change("PutModelInvocationLoggingConfiguration", days, { loggingConfig: { ...toS3, ...flags } });
const deleted = (days: number) => change("DeleteModelInvocationLoggingConfiguration", days, null);

const unused: Setup = { config: null };
const quiet: Setup = {};
const busy: Setup = {
  config: toGroup,
  groups: [group(90)],
  region: {
    metrics: [
      calls(10, 480),
      calls(10, 480, "ModelInvocationLogsCloudWatchDeliverySuccess"),
      { ...calls(10, 480, "IncomingLogEvents", "AWS/Logs"), dimensions: [{ name: "LogGroupName", value: "/b/log" }] },
    ],
  },
};
const broken: Setup = { region: { metrics: [calls(10, 480)] } };
const elsewhere: Setup = { region: { metrics: [calls(3, 480, "Inferences", "AWS/BedrockMantle")] } };
const interrupted: Setup = { region: { trailEvents: [put(80), deleted(50), put(40)], metrics: [calls(10, 2_400)] } };
const young: Setup = { region: { trailEvents: [put(5)], metrics: [calls(10, 2_400)] } };
const offAndUsed: Setup = { config: null, region: { metrics: [calls(10, 480)] } };

const longer: Over = { policy: { windowDays: 90 } };
const kept: Over = { policy: { minimumDays: 90 } };
const later: Over = { now: Date.parse("2026-12-31T00:00:00Z") };
const week: Over = { now: now + 7 * dayMs };
const tooShort = "UNKNOWN history-too-short";

const rows: readonly (readonly [what: string, setup: Setup, over: Over, control: string, told: string])[] = [
  ["logging that is off, unused as far as was looked", unused, longer, "invocation-logging-enabled", "FAIL off"],
  ["the same, by a longer retention", unused, kept, "invocation-logging-enabled", "FAIL off"],
  [
    "the same, where a region in use alone needs it",
    unused,
    { policy: { windowDays: 90, regions: "in-use" } },
    "invocation-logging-enabled",
    "FAIL off",
  ],
  ["the same, later", unused, later, "invocation-logging-enabled", "FAIL off"],
  ["deliveries of a part of the window", busy, longer, "delivery-alive", tooShort],
  ["deliveries of before the window", busy, later, "delivery-alive", tooShort],
  ["no call in a part of the window", quiet, longer, "delivery-alive", tooShort],
  ["calls without a delivery in a part of it", broken, longer, "delivery-alive", "FAIL broken"],
  ["calls without a delivery, of before the window", broken, later, "delivery-alive", tooShort],
  ["records of a part of the window", busy, longer, "logs-complete", tooShort],
  ["records of before the window", busy, later, "logs-complete", tooShort],
  ["no call that must have left a record in a part of it", quiet, longer, "logs-complete", tooShort],
  ["days without a record in a part of it", broken, longer, "logs-complete", "FAIL hole"],
  ["no call elsewhere in a part of the window", quiet, longer, "endpoints-covered", tooShort],
  ["no call elsewhere before the window", quiet, later, "endpoints-covered", tooShort],
  ["calls elsewhere in a part of it", elsewhere, longer, "endpoints-covered", "FAIL uncovered"],
  ["calls elsewhere a week ago", elsewhere, week, "endpoints-covered", "FAIL uncovered"],
  ["calls elsewhere, of before the window", elsewhere, later, "endpoints-covered", tooShort],
  ["logging that was on until the look", busy, week, "logging-unbroken", tooShort],
  ["logging that was on before the window", busy, later, "logging-unbroken", tooShort],
  [
    "logging that was off, with calls counted in a part of it",
    unused,
    longer,
    "logging-unbroken",
    "UNKNOWN gap-not-measured",
  ],
  ["logging that was off, later", unused, later, "logging-unbroken", tooShort],
  ["a gap in which no call was counted", interrupted, longer, "logging-unbroken", "UNKNOWN gap-not-measured"],
  ["a gap that is counted in a part", offAndUsed, longer, "logging-unbroken", "FAIL gap"],
  ["a gap a week ago", offAndUsed, week, "logging-unbroken", "FAIL gap"],
  ["a change that came after the clock", young, { now: now - 8 * dayMs }, "logging-unbroken", "FAIL gap"],
];

describe("what was looked at for another window", () => {
  it.each(rows.map(([what, setup, over, control, told]) => ({ what, setup, over, control, told })))(
    "$what: $control $told",
    async ({ control, over, setup, told }) => {
      const report = await judgedAgain(setup, over);
      const { code, reason, unread, verdict } = resultOf(report, control);
      expect(`${verdict} ${code}`).toBe(told);
      expect(reason).toMatch(/\.$/);
      expect(report.run.exitCode).not.toBe(0);
      if (code === "history-too-short" && control !== "logging-unbroken")
        expect(unread).toEqual([{ fact: "usage", class: "history-too-short" }]);
    },
  );

  it("says what was counted, and what mends it", async () => {
    const { reason, remediation } = resultOf(await judgedAgain(quiet, longer), "endpoints-covered");
    expect(reason).toBe(
      "Calls were counted 2026-08-16T11:00Z–2026-09-15T11:00Z, not in all of the window 2026-06-17T11:00Z–2026-09-15T11:00Z.",
    );
    expect(remediation).toContain("bedrock-audit check --region us-east-1");
  });

  it("counts a gap where calls were counted, and says that the rest of it was not", async () => {
    const { gaps } = resultOf(await judgedAgain(offAndUsed, longer), "logging-unbroken");
    expect(gaps.map(({ from, invocations, to }) => [from, to, invocations])).toEqual([
      ["2026-06-17T12:00:00.000Z", "2026-08-16T11:00:00.000Z", null],
      ["2026-08-16T11:00:00.000Z", "2026-09-15T11:45:00.000Z", 4_790],
    ]);
  });

  it("counts at least what was seen", async () => {
    const { reason } = resultOf(await judgedAgain(offAndUsed, longer), "invocation-logging-enabled");
    expect(reason).toBe("Logging is off; at least 4790 invocations in 90 days are not recorded.");
  });

  it("counts in a shorter window what belongs to it alone", async () => {
    const report = await judgedAgain(offAndUsed, { policy: { windowDays: 1 } });
    expect(resultOf(report, "invocation-logging-enabled").reason).toBe(
      "Logging is off; 240 invocations in 1 days are not recorded.",
    );
  });

  it.each(["invocation-logging-enabled", "delivery-alive", "logs-complete", "endpoints-covered", "logging-unbroken"])(
    "says the same of the same window: %s",
    async (control) => {
      const report = await judgedAgain(busy, { policy: { windowDays: 30 } });
      expect(resultOf(report, control).verdict).toBe("PASS");
    },
  );
});
