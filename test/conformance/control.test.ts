import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { AnyControl, ControlExample } from "../../server/controls/control.ts";
import { collectors } from "../../server/controls/collectors/list.ts";
import { countedWindow } from "../../server/controls/counted.ts";
import type { FactName, Facts, Unreadable } from "../../server/controls/facts.ts";
import { judge } from "../../server/controls/judge.ts";
import { controls } from "../../server/controls/list.ts";
import { defaultPolicy } from "../../server/controls/policy.ts";

const now = Date.parse("2026-09-15T12:00:00Z");
const place = { account: "111122223333", region: "us-east-1", caller: null };

const folder = new URL("../../server/controls/", import.meta.url);

it("every control's file is in the list, under its own name", () => {
  const files = readdirSync(folder)
    .filter((name) => name.endsWith(".ts") && readFileSync(new URL(name, folder), "utf8").includes(" = control({"))
    .map((name) => name.replace(/\.ts$/, ""));
  expect(files.toSorted()).toEqual(controls.map(({ id }) => id).toSorted());
});

function refused(name: string): Unreadable {
  const call = { service: "bedrock", operation: "Read", action: "bedrock:Read" };
  return {
    unreadable: name,
    ...call,
    class: "permission",
    errorCode: "AccessDenied",
    attempts: 1,
    notApplicable: false,
  };
}

function judged(control: AnyControl, { facts, policy }: Pick<ControlExample, "facts" | "policy">) {
  const unread = Object.fromEntries(Object.keys(collectors).map((name) => [name, refused(name)]));
  const judging = { policy: { ...defaultPolicy, ...policy }, now };
  const target = { ...place, ...countedWindow(judging), now };
  const snapshot = { target, facts: { ...unread, ...facts } as Facts, evidence: [] };
  return judge([control], snapshot, judging);
}

describe.each(controls.map((control) => ({ control, id: control.id })))("$id", ({ control }) => {
  it("says what it is, and asks for facts that somebody collects", () => {
    expect(control.title).not.toBe("");
    expect(control.why).toMatch(/\.$/);
    for (const fact of [...control.requires, ...control.mayUse])
      expect(collectors[fact].calls.length + collectors[fact].restsOn.length).toBeGreaterThan(0);
  });

  it("has examples on both sides, two of each", () => {
    const verdicts = control.examples.map(({ gives: [verdict] }) => verdict);
    for (const side of ["PASS", "FAIL"])
      expect(verdicts.filter((verdict) => verdict === side).length).toBeGreaterThan(1);
  });

  it.each(control.examples.map((example) => ({ example, gives: example.gives.join(" ") })))("$gives", ({ example }) => {
    const [first] = judged(control, example);
    expect([first?.verdict, first?.code]).toEqual(example.gives);
    expect(first?.reason).toMatch(/\.$/);
  });

  it("never passes on a fact that it needs and that was not read", () => {
    for (const example of control.examples.filter(({ gives: [verdict] }) => verdict === "PASS")) {
      for (const name of control.requires) {
        const rest = Object.entries(example.facts).filter(([fact]) => fact !== name);
        const results = judged(control, { ...example, facts: Object.fromEntries(rest) });
        expect(results.map(({ verdict }) => verdict)).toEqual(["UNKNOWN"]);
        expect(results[0]?.reason).toContain(
          `${name} could not be read: AccessDenied (permission). Grant bedrock:Read.`,
        );
      }
    }
  });

  it("names what decided, wherever it fails, and wherever it passes by a setting or a count", () => {
    // What is kept for ever is ended by no rule.
    const byNoRule = control.id.endsWith("-retention");
    for (const example of control.examples)
      for (const { code, decidedBy, verdict } of judged(control, example))
        if (verdict === "FAIL" || (verdict === "PASS" && !byNoRule)) {
          expect([code, decidedBy]).not.toEqual([code, null]);
          expect(JSON.parse(JSON.stringify(decidedBy))).toEqual(decidedBy);
        }
  });

  it("says the same where logging is off, whatever it would have read where it is on", () => {
    const off = { set: false, s3: null, cloudWatch: null, delivered: {} } as unknown as Facts["loggingConfig"];
    for (const name of control.whereOn ?? []) {
      const [result] = judged(control, { facts: { loggingConfig: off, [name]: { trap: true } } });
      expect(control.mayUse).toContain(name);
      expect([result?.verdict, result?.code]).toEqual(["NOT_APPLICABLE", "logging-off"]);
    }
  });

  it("touches no fact that it did not ask for", () => {
    const asked = new Set<FactName>([...control.requires, ...control.mayUse]);
    for (const { facts, policy } of control.examples) {
      for (const name of Object.keys(facts)) expect(asked).toContain(name);
      const without = judged(control, { facts, ...(policy === undefined ? {} : { policy }) });
      const others = Object.keys(collectors).filter((name) => !asked.has(name as FactName));
      const traps = Object.fromEntries(others.map((name) => [name, { trap: true }]));
      const snapshotted = judged(control, {
        facts: { ...facts, ...traps } as Partial<Facts>,
        ...(policy === undefined ? {} : { policy }),
      });
      expect(snapshotted).toEqual(without);
    }
  });
});
