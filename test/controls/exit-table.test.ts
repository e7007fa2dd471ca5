import { describe, expect, it } from "vitest";
import { conclude } from "../../server/controls/conclude.ts";
import type { Gate } from "../../server/controls/summary.ts";
import { accountResults, summarise, targetResult } from "../../server/controls/summary.ts";
import type { ControlResult, TargetResult, Verdict } from "../../server/domain/compliance.ts";
import type { Waiver } from "../../server/domain/waiver.ts";
import { aResult, checkReport } from "../reports/check-document.ts";

const deciding = "invocation-logging-enabled";
type Over = Partial<ControlResult>;

/** In `us-east-1`, whose logging is on. */
const seen = (...over: readonly Over[]): readonly ControlResult[] => [
  aResult({ control: deciding, id: "a".repeat(32) }),
  ...over.map((one) => aResult({ id: "b".repeat(32), ...one })),
];
/** In a region whose logging could not be read. */
const blind = (over: Over = {}, region = "eu-west-1") => [
  aResult({ control: deciding, verdict: "UNKNOWN", region, id: "c".repeat(32), ...over }),
];
const fail = (over: Over = {}): Over => ({ verdict: "FAIL", ...over });
const unknown = (over: Over = {}): Over => ({ verdict: "UNKNOWN", ...over });
const left = (state: "excluded" | "not-applicable"): TargetResult => ({
  account: "111122223333",
  region: "ap-south-1",
  state,
  code: "filtered",
  verdict: "NOT_APPLICABLE",
});

const waiver = (over: Partial<Waiver> = {}): Waiver => ({
  id: "W-1",
  control: "s3-log-retention",
  match: { account: "111122223333" },
  accepts: "FAIL",
  reason: "Blocked",
  owner: "alice@example.com",
  ticket: "SEC-881",
  expires: "2026-12-31",
  ...over,
});
const baseline = {
  schemaVersion: 1 as const,
  expires: "2026-12-14",
  fails: [{ id: "b".repeat(32), severity: "high" as const, since: "2026-09-01" }],
};

interface Setup extends Partial<Gate> {
  readonly results: readonly ControlResult[];
  readonly left?: readonly TargetResult[];
  readonly waivers?: readonly Waiver[];
  readonly known?: boolean;
}

function exitOf({ allowUnknown = [], failOn = "high", known = false, left: rest = [], results, waivers = [] }: Setup) {
  const { summary: _summary, waivers: _waivers, ...report } = checkReport();
  const regions = [...new Set(results.map(({ region }) => region))];
  const targets = regions.map((region) =>
    targetResult(
      { account: "111122223333", region },
      results.filter((result) => result.region === region),
    ),
  );
  const accepted = { waivers, baseline: known ? baseline : null };
  return conclude(
    { ...report, targets: [...targets, ...rest], results: [...results] },
    { allowUnknown, failOn, accepted },
  ).run.exitCode;
}

const rows: readonly (readonly [exit: number, what: string, setup: Setup])[] = [
  [1, "a FAIL at the threshold", { results: seen(fail()) }],
  [1, "a FAIL above it", { results: seen(fail({ severity: "critical" })) }],
  [1, "a FAIL at a lower threshold", { results: seen(fail({ severity: "low" })), failOn: "low" }],
  [1, "a FAIL, whatever else is UNKNOWN", { results: [...seen(fail(), unknown()), ...blind()] }],
  [1, "a FAIL where nothing was evaluated", { results: [...blind(), ...blind(fail({ control: "delivery-alive" }))] }],
  [1, "a FAIL graver than the baseline knows", { results: seen(fail({ severity: "critical" })), known: true }],
  [1, "a FAIL whose waiver has ended", { results: seen(fail()), waivers: [waiver({ expires: "2026-09-14" })] }],
  [1, "a FAIL whose waiver accepts UNKNOWN", { results: seen(fail()), waivers: [waiver({ accepts: "UNKNOWN" })] }],
  [1, "a FAIL that is allowed to be UNKNOWN", { results: seen(fail()), allowUnknown: ["s3-log-retention"] }],

  [3, "no target in scope", { results: [] }],
  [3, "all targets excluded", { results: [], left: [left("excluded")] }],
  [3, "all NOT_APPLICABLE", { results: [], left: [left("not-applicable")] }],
  [3, "row 64: all regions UNKNOWN", { results: [...blind(), ...blind({}, "us-west-2")] }],
  [3, "all UNKNOWN, though allowed", { results: blind(), allowUnknown: [deciding] }],
  [3, "all UNKNOWN, though waived", { results: blind(), waivers: [waiver({ control: deciding, accepts: "UNKNOWN" })] }],
  [3, "all UNKNOWN, though FAIL is silenced", { results: blind(), failOn: null }],

  [4, "a target that was not evaluated", { results: [...seen(), ...blind()] }],
  [4, "… though its severity is low", { results: [...seen(), ...blind({ severity: "low" })] }],
  [4, "an UNKNOWN at the threshold", { results: seen(unknown()) }],
  [4, "an UNKNOWN, with FAIL silenced: by threshold high", { results: seen(unknown()), failOn: null }],
  [4, "an UNKNOWN whose waiver is for FAIL", { results: seen(unknown()), waivers: [waiver()] }],
  [4, "an UNKNOWN in the baseline", { results: seen(unknown()), known: true }],
  [4, "an UNKNOWN beside a FAIL below the threshold", { results: seen(unknown(), fail({ severity: "low" })) }],
  [4, "an UNKNOWN beside a waived FAIL", { results: seen(fail(), unknown({ control: "x" })), waivers: [waiver()] }],
  [4, "an UNKNOWN of another control than is allowed", { results: seen(unknown()), allowUnknown: ["delivery-alive"] }],

  [0, "all is well", { results: seen({}) }],
  [0, "a FAIL below the threshold", { results: seen(fail({ severity: "medium" })) }],
  [0, "a FAIL that is silenced", { results: seen(fail({ severity: "critical" })), failOn: null }],
  [0, "a FAIL that is waived", { results: seen(fail()), waivers: [waiver()] }],
  [0, "a FAIL that is known", { results: seen(fail()), known: true }],
  [
    0,
    "a FAIL of the deciding control that is waived: evaluated all the same",
    {
      results: [aResult({ control: deciding, verdict: "FAIL" })],
      waivers: [waiver({ control: deciding })],
    },
  ],
  [0, "an UNKNOWN below the threshold", { results: seen(unknown({ severity: "medium" })) }],
  [0, "an UNKNOWN below a threshold of critical", { results: seen(unknown()), failOn: "critical" }],
  [0, "an UNKNOWN that is allowed", { results: seen(unknown()), allowUnknown: ["s3-log-retention"] }],
  [0, "an UNKNOWN that is waived", { results: seen(unknown()), waivers: [waiver({ accepts: "UNKNOWN" })] }],
  [
    0,
    "a target that was not evaluated, waived",
    {
      results: [...seen(), ...blind()],
      waivers: [waiver({ control: deciding, accepts: "UNKNOWN", match: { region: "eu-west-1" } })],
    },
  ],
  [
    0,
    "targets that do not apply or are excluded, beside one that is well",
    {
      results: seen(),
      left: [left("not-applicable"), left("excluded")],
    },
  ],
];

describe("the exit code, the first row that applies", () => {
  it.each(rows.map(([exit, what, setup]) => ({ exit, what, setup })))("$exit: $what", ({ exit, setup }) => {
    expect(exitOf(setup)).toBe(exit);
  });

  it("does not depend on the order of results", () => {
    for (const [exit, , setup] of rows) expect(exitOf({ ...setup, results: setup.results.toReversed() })).toBe(exit);
  });
});

describe("the verdict of an account, and of the whole", () => {
  const of = (account: string, verdict: Verdict) =>
    ({ account, region: "r", state: "evaluated", code: null, verdict }) as const;

  it.each<readonly [Verdict, readonly Verdict[]]>([
    ["FAIL", ["PASS", "UNKNOWN", "FAIL"]],
    ["UNKNOWN", ["PASS", "UNKNOWN", "NOT_APPLICABLE"]],
    ["PASS", ["NOT_APPLICABLE", "PASS"]],
    ["UNKNOWN", ["NOT_APPLICABLE"]],
  ])("is %s of %s", (verdict, targets) => {
    expect(accountResults(targets.map((one) => of("a", one)))).toEqual([{ account: "a", verdict }]);
    expect(
      summarise(
        targets.map((one) => of(one, one)),
        [],
        { failOn: null, allowUnknown: [] },
      ).verdict,
    ).toBe(verdict);
  });

  it("is each account's own", () => {
    expect(accountResults([of("a", "PASS"), of("b", "FAIL"), of("a", "UNKNOWN")])).toEqual([
      { account: "a", verdict: "UNKNOWN" },
      { account: "b", verdict: "FAIL" },
    ]);
  });
});
