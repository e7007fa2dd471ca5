import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { askedOfEvidence, judgeEvidence, openEvidence, saveEvidence } from "../../scripts/check-evidence.ts";
import type { CheckFlags } from "../../scripts/check-flags.ts";
import { openPolicy } from "../../server/check-settings.ts";
import type { Checked } from "../../server/check.ts";
import { judgeRun, type RunSnapshot } from "../../server/controls/check-report.ts";
import { nothingAccepted } from "../../server/controls/conclude.ts";
import { evidenceFiles, readEvidence } from "../../server/controls/evidence-files.ts";
import { factSchemas } from "../../server/controls/fact-schemas.ts";
import { type FactName, type Facts, isUnreadable, type Unreadable } from "../../server/controls/facts.ts";
import { controls } from "../../server/controls/list.ts";
import { defaultPolicy } from "../../server/controls/policy.ts";
import type { CheckReport } from "../../server/domain/compliance.ts";
import { UserError } from "../../server/lib/errors.ts";
import { sha256Hex } from "../../server/lib/hash.ts";
import { account, now } from "../aws/small-world.ts";
import { expiring, here, looked, worldOf } from "./kit.ts";

let folder = "";
let checked: Checked;
const gate = { failOn: "high", allowUnknown: [] } as const;
const flags: CheckFlags = { failOn: "high", format: [], color: false, history: true, progress: "none" };
const asked = { policy: openPolicy("default"), waiversText: null };

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "evidence-"));
  // A rule with a date, and something that cannot be read: both must come back as they were.
  const lifecycle = [expiring(40), { ...expiring(1), Expiration: { Date: new Date("2027-01-01T00:00:00.000Z") } }];
  checked = await looked(
    worldOf({ bucket: { lifecycle }, region: { denies: ["s3:GetBucketObjectLockConfiguration"] } }),
    { regions: [] },
  );
  return () => rmSync(folder, { recursive: true });
});

let count = 0;
function saved(): string {
  const place = path.join(folder, `run-${count++}`);
  saveEvidence(place, checked, asked);
  return place;
}

function again(place: string, over: Partial<CheckFlags> = {}): CheckReport {
  const evidence = openEvidence(place);
  return judgeEvidence(evidence, { ...askedOfEvidence({ ...flags, ...over }, evidence), ...gate });
}

describe("the control that looks back", () => {
  const runWithout = (without: readonly string[]) => {
    const evidence = openEvidence(saved());
    return { ...evidence, snapshot: { ...evidence.snapshot, without } };
  };
  const leftOut = (without: readonly string[], over: Partial<CheckFlags> = {}) =>
    askedOfEvidence({ ...flags, ...over }, runWithout(without)).leftOut;

  it("is said to be left out, by a flag or by the run that was saved", () => {
    expect(leftOut([])).toBeNull();
    expect(leftOut([], { history: false })).toBe("logging-unbroken is left out: --no-history.");
    const then = "logging-unbroken is left out: the run that was saved did not ask it.";
    expect(leftOut(["logging-unbroken"])).toBe(then);
    // Who names it is told what is not known.
    expect(leftOut(["logging-unbroken"], { controls: ["logging-unbroken"] })).toBeNull();
  });
});

describe("evidence that was saved", () => {
  it("is judged again to the byte, at the run's own time", () => {
    const place = saved();
    const report = again(place);
    const manifestSha256 = sha256Hex(readFileSync(path.join(place, "manifest.json")));
    expect(JSON.stringify(report)).toBe(JSON.stringify({ ...checked.report, manifestSha256 }));
    expect(readFileSync(path.join(place, "results.json"), "utf8")).toBe(`${JSON.stringify(checked.report)}\n`);
    expect(JSON.stringify(again(place))).toBe(JSON.stringify(report));
    expect(report.summary.targets.excluded).toBeGreaterThan(0);
    expect(report.summary.verdicts.UNKNOWN).toBeGreaterThan(0);
  });

  it("is judged by another policy, and at another time", async () => {
    const place = path.join(folder, "forty-days");
    saveEvidence(place, await looked(worldOf({ bucket: { lifecycle: [expiring(40)] } })), asked);
    const verdictOf = (report: CheckReport) =>
      report.results.find(({ control, region }) => control === "s3-log-retention" && region === here)?.verdict;
    const policy = path.join(folder, "stricter.yaml");
    writeFileSync(policy, "minimumDays: 60\n");
    const stricter = again(place, { policy });
    expect([stricter.policy.name, stricter.run.clock]).toEqual(["stricter.yaml", checked.report.run.clock]);
    expect([verdictOf(again(place)), verdictOf(stricter)]).toEqual(["PASS", "FAIL"]);
    const later = Date.parse("2026-12-31T00:00:00Z");
    expect(again(place, { now: later }).run.clock).toBe("2026-12-31T00:00:00.000Z");
  });

  it("asks the controls that were asked then, unless others are named", async () => {
    const narrow = await looked(worldOf({}), { controls: ["s3-log-retention"] });
    const place = path.join(folder, "narrow");
    saveEvidence(place, narrow, asked);
    expect(JSON.stringify({ ...again(place), manifestSha256: null })).toBe(JSON.stringify(narrow.report));
    const other = again(place, { controls: ["invocation-logging-enabled"] });
    expect(new Set(other.results.map(({ control }) => control))).toEqual(new Set(["invocation-logging-enabled"]));
  });

  it("lists every account and region, and each file with its size and hash", () => {
    const place = saved();
    const manifest = JSON.parse(readFileSync(path.join(place, "manifest.json"), "utf8")) as {
      files: { path: string; bytes: number; sha256: string }[];
      run: { id: string };
    };
    expect(manifest.run.id).toBe(checked.report.run.id);
    const regions = readdirSync(path.join(place, "snapshot", account));
    expect(regions.toSorted()).toEqual(checked.report.targets.map(({ region }) => `${region}.json`).toSorted());
    for (const file of manifest.files) {
      const bytes = readFileSync(path.join(place, file.path));
      expect([bytes.length, sha256Hex(bytes)]).toEqual([file.bytes, file.sha256]);
    }
    expect(manifest.files).toHaveLength(regions.length + 3);
  });

  it("names the evidence that was saved before it, beside it", () => {
    const parent = path.join(folder, "chain");
    const at = (minute: number): Checked => {
      const run = { ...checked.snapshot.run, startedAt: new Date(now + minute * 60_000).toISOString() };
      return { ...checked, snapshot: { ...checked.snapshot, run } };
    };
    const previousOf = (name: string) =>
      (JSON.parse(readFileSync(path.join(parent, name, "manifest.json"), "utf8")) as { previous: string | null })
        .previous;
    const first = saveEvidence(path.join(parent, "z"), at(1), asked);
    mkdirSync(path.join(parent, "other"));
    writeFileSync(path.join(parent, "other", "manifest.json"), '{"mine":true}');
    const second = saveEvidence(path.join(parent, "a"), at(2), asked);
    saveEvidence(path.join(parent, "b"), at(3), asked);
    expect(["z", "a", "b"].map(previousOf)).toEqual([null, first, second]);
  });
});

/** A copy that something was done to. */
function changed(change: (place: string) => void): string {
  const place = `${saved()}-changed`;
  cpSync(place.replace("-changed", ""), place, { recursive: true });
  change(place);
  return place;
}

const target = `snapshot/${account}/${here}.json`;

function emptyFile(file: string): string {
  writeFileSync(file, "");
  return file;
}

/** Writes a file, and the manifest as if it belonged there. */
function craft(file: string, text: string): string {
  return changed((place) => {
    writeFileSync(path.join(place, file), text);
    const manifest = path.join(place, "manifest.json");
    const content = JSON.parse(readFileSync(manifest, "utf8")) as { files: { path: string }[] };
    content.files = content.files.map((one) =>
      one.path === file ? { path: file, bytes: Buffer.byteLength(text), sha256: sha256Hex(text) } : one,
    );
    writeFileSync(manifest, JSON.stringify(content));
  });
}

function editManifest(edit: (manifest: Record<string, unknown>) => void): string {
  return changed((place) => {
    const file = path.join(place, "manifest.json");
    const manifest = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
    edit(manifest);
    writeFileSync(file, JSON.stringify(manifest));
  });
}

function good(): Record<string, unknown> {
  return JSON.parse(readFileSync(path.join(saved(), target), "utf8")) as Record<string, unknown>;
}

describe("a folder of evidence", () => {
  it("takes the place of nothing that lies beside it", () => {
    const place = path.join(folder, "beside");
    mkdirSync(`${place}.partial`, { recursive: true });
    writeFileSync(path.join(`${place}.partial`, "mine.txt"), "mine");
    saveEvidence(place, checked, asked);
    expect(readFileSync(path.join(`${place}.partial`, "mine.txt"), "utf8")).toBe("mine");
    expect(
      readdirSync(folder)
        .filter((name) => name.startsWith("beside"))
        .toSorted(),
    ).toEqual(["beside", "beside.partial"]);
  });

  it("holds the waivers that the run was judged by, though their file has changed since", () => {
    const waiversText = "waivers: [] # as they were\n";
    const place = path.join(folder, "with-waivers");
    saveEvidence(place, checked, { ...asked, waiversText });
    expect(readFileSync(path.join(place, "waivers.yaml"), "utf8")).toBe(waiversText);
  });
});

describe("evidence that is not as it was", () => {
  const cases: readonly (readonly [string, () => string, RegExp])[] = [
    [
      "an altered file",
      () => changed((place) => writeFileSync(path.join(place, "results.json"), "{}\n")),
      /results\.json.*altered/,
    ],
    ["a missing file", () => changed((place) => rmSync(path.join(place, target))), /us-east-1\.json.*missing/],
    [
      "an extra file",
      () => changed((place) => writeFileSync(path.join(place, "notes.txt"), "")),
      /notes\.txt.*does not list it/,
    ],
    [
      "an extra file of a target",
      () => changed((place) => writeFileSync(path.join(place, `snapshot/${account}/xx-none-9.json`), "{}")),
      /xx-none-9/,
    ],
    ["no manifest", () => changed((place) => rmSync(path.join(place, "manifest.json"))), /manifest\.json.*missing/],
    ["no folder", () => path.join(folder, "nowhere"), /nowhere.*ENOENT/],
    [
      "a link out of the folder",
      () =>
        changed((place) => {
          rmSync(path.join(place, target));
          symlinkSync("/etc/hostname", path.join(place, target));
        }),
      /no regular file/,
    ],
    [
      "a path out of the folder",
      () => editManifest((m) => (m["files"] = [{ path: "../x", bytes: 1, sha256: "0".repeat(64) }])),
      /manifest\.json.*files\.0\.path/,
    ],
    [
      "a file listed twice",
      () => editManifest((m) => (m["files"] = [...(m["files"] as object[]), ...(m["files"] as object[])])),
      /manifest\.json.*twice/,
    ],
    [
      "files that are too large together",
      () =>
        changed((place) => {
          for (let at = 0; at < 17; at++) truncateSync(emptyFile(path.join(place, `${at}.bin`)), 63 * 1024 * 1024);
        }),
      /larger than 1 GiB/,
    ],
    ["another version", () => editManifest((m) => (m["schemaVersion"] = 2)), /schemaVersion/],
    ["a member that nobody knows", () => editManifest((m) => (m["\u001b[31mred"] = 1)), /red/],
    [
      "bytes that are no text",
      () => changed((place) => writeFileSync(path.join(place, "results.json"), Buffer.from([0xff, 0xfe]))),
      /ERR_ENCODING/,
    ],
    [
      "a file too large",
      () => changed((place) => writeFileSync(path.join(place, "results.json"), Buffer.alloc(64 * 1024 * 1024 + 1))),
      /larger than/,
    ],
    ["no JSON", () => craft(target, "{"), /is no JSON/],
    ["JSON that is too deep", () => craft(target, "[".repeat(100_000) + "]".repeat(100_000)), /too deep/],
    ["a member twice", () => craft(target, '{"kind":"left","kind":"shut"}'), /two ways/],
    [
      "a member __proto__",
      () => craft(target, JSON.stringify(good()).replace('"facts":{', '"facts":{"__proto__":{"x":1},')),
      /__proto__/,
    ],
    [
      "a fact of another shape",
      () => craft(target, JSON.stringify(good()).replace('"set":true', '"set":"yes"')),
      /snapshot\.facts\.loggingConfig/,
    ],
    [
      "evidence whose hash is another",
      () => craft(target, JSON.stringify(good()).replace('"bucketName":"logs"', '"bucketName":"l0gs"')),
      /not the hash/,
    ],
    [
      "a file that speaks of another target",
      () =>
        craft(
          target,
          JSON.stringify({ schemaVersion: 1, kind: "shut", account, region: "eu-west-1", code: "x", reason: "y" }),
        ),
      /another target/,
    ],
  ];

  it.each(cases)("%s is refused by name, with 3", (_, make, words) => {
    const place = make();
    let error: unknown = null;
    try {
      again(place);
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).exitCode).toBe(3);
    expect((error as UserError).message).toMatch(words);
    expect((error as UserError).message).not.toContain("\u001b");
  });
});

const unreadable: fc.Arbitrary<Unreadable> = fc.record({
  unreadable: fc.string(),
  service: fc.string(),
  operation: fc.string(),
  action: fc.string(),
  class: fc.constantFrom("permission", "transient", "deadline"),
  errorCode: fc.string(),
  attempts: fc.nat(9),
  notApplicable: fc.boolean(),
});
const or = <T>(value: fc.Arbitrary<T>) => fc.oneof(value, unreadable);
const place = fc.record({ bucket: fc.string({ minLength: 1 }), prefix: fc.string() });
const lifecycle = fc.array(
  // The members' order is S3's, not ours.
  fc.record({
    Status: fc.constantFrom("Enabled" as const, "Disabled" as const),
    ID: fc.string(),
    Expiration: fc.oneof(
      fc.record({ Days: fc.integer({ min: 1, max: 900 }) }),
      fc.record({ Date: fc.date({ min: new Date(0), max: new Date("2100-01-01"), noInvalidDate: true }) }),
    ),
    Filter: fc.record({ Prefix: fc.string() }),
  }),
  { maxLength: 3 },
);
const store = fc.oneof(
  fc.constant(null),
  place.map((at) => ({ ...at, owner: "missing" as const })),
  place.map((at) => ({ ...at, owner: "foreign" as const })),
  fc
    .record({
      at: place,
      region: or(fc.constantFrom(here, "eu-west-1")),
      lifecycle: or(lifecycle),
      versioning: or(fc.constantFrom("Enabled" as const, "Suspended" as const, null)),
      lock: or(fc.constant(null)),
    })
    .map(({ at, ...rest }) => ({ ...at, owner: "own" as const, ...rest })),
);
const flag = fc.constantFrom(true, false, null);
const hour = now - 48 * 3_600_000;
const facts: fc.Arbitrary<Partial<Facts>> = fc.record(
  {
    loggingConfig: or(
      fc.record({
        set: fc.boolean(),
        s3: fc.oneof(fc.constant(null), place),
        cloudWatch: fc.oneof(
          fc.constant(null),
          fc.record({
            logGroup: fc.string({ minLength: 1 }),
            roleArn: fc.constant(null),
            largeData: fc.oneof(fc.constant(null), place),
          }),
        ),
        delivered: fc.record({ text: flag, image: flag, embedding: flag, video: flag, audio: flag }),
      }),
    ),
    s3Store: or(store),
    largeDataStore: or(store),
    usage: or(
      fc.nat(1e6).map((calls) => {
        const counts = { invocations: calls, clientErrors: 0, serverErrors: 0, inferences: 0 };
        return { ...counts, from: hour, to: now, hours: calls === 0 ? [] : [{ ...counts, time: hour }] };
      }),
    ),
    delivery: or(
      fc.nat(9).map((successes) => ({
        cloudWatch: [],
        s3: [{ time: hour, successes, failures: 0 }],
        largeData: [],
        logEvents: null,
      })),
    ),
    batches: or(fc.record({ s3: or(fc.constant(null)), lastIngestion: or(fc.constant(null)) })),
  },
  { requiredKeys: [] },
);

/** As if a run had seen just that. */
function runOf(seen: Partial<Facts>): RunSnapshot {
  const read = checked.snapshot.targets.find(({ kind }) => kind === "read");
  if (read?.kind !== "read") throw new Error("nothing was read");
  return { ...checked.snapshot, targets: [{ kind: "read", snapshot: { ...read.snapshot, facts: seen } }] };
}

describe("whatever a run saw", () => {
  const options = { ...gate, controls, policy: defaultPolicy, now, accepted: nothingAccepted, policyName: "default" };
  const texts = { policyName: "default", policy: "", waivers: "" };

  it("comes back from its files with every unread fact, and is judged to the byte", () => {
    fc.assert(
      fc.property(facts, (seen) => {
        const run = runOf(seen);
        const report = judgeRun(run, options);
        const back = readEvidence("evidence", evidenceFiles(run, report, texts, null)).snapshot;
        expect(back).toEqual(run);
        expect(JSON.stringify(judgeRun(back, options))).toBe(JSON.stringify(report));
        expect(JSON.stringify(judgeRun(run, options))).toBe(JSON.stringify(report));
      }),
      { numRuns: 200 },
    );
  });

  it("an unread fact of any name is read back as just that", () => {
    fc.assert(
      fc.property(fc.constantFrom(...(Object.keys(factSchemas) as FactName[])), unreadable, (fact, why) => {
        const back: unknown = factSchemas[fact].parse(JSON.parse(JSON.stringify(why)));
        expect(isUnreadable(back)).toBe(true);
        expect(back).toEqual(why);
      }),
    );
  });
});
