import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { WriteStream } from "node:tty";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { checkOptions } from "../../scripts/check-flags.ts";
import { deliver, isColored, type OutputOptions } from "../../scripts/check-output.ts";
import type { CheckReport } from "../../server/domain/compliance.ts";
import { checkGithub } from "../../server/reports/check-github.ts";
import { checkMarkdown } from "../../server/reports/check-markdown.ts";
import { checkText } from "../../server/reports/check-text.ts";
import { aResult, checkReport, plainOptions, withResults } from "../reports/check-document.ts";

afterEach(() => void vi.unstubAllEnvs());

const silent = { counts: () => {}, leftOut: () => {} };

function aFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), "check-output-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** Delivers into a folder; what goes to stdout is not looked at. */
async function delivered(report: CheckReport, over: Partial<OutputOptions> = {}): Promise<void> {
  const stdout = vi.spyOn(process.stdout, "write").mockImplementation((...given: readonly unknown[]) => {
    const done = given.at(-1);
    if (typeof done === "function") done();
    return true;
  });
  try {
    await deliver(report, { ...plainOptions, formats: [checkGithub], folder: aFolder(), ...over }, silent);
  } finally {
    stdout.mockRestore();
  }
}

describe("the step summary of GitHub", () => {
  const before = "what another step said\n";
  function summaryFile(): string {
    const file = path.join(aFolder(), "summary.md");
    writeFileSync(file, before);
    vi.stubEnv("GITHUB_STEP_SUMMARY", file);
    return file;
  }

  it("is the markdown of the report, behind what is there already", async () => {
    const file = summaryFile();
    await delivered(checkReport());
    const text = readFileSync(file, "utf8");
    expect(text).toBe(`${before}${checkMarkdown.render(checkReport(), plainOptions).text}`);
    expect(text).toContain("<!-- bedrock-audit -->");
  });

  it("stays below 1 MiB, whatever was found, and says what it leaves out", async () => {
    const file = summaryFile();
    const many = Array.from({ length: 10_000 }, (_, at) =>
      aResult({
        id: at.toString(16).padStart(32, "0"),
        verdict: "FAIL",
        resource: `bucket:${"ü".repeat(200)}${at}`,
        reason: "|<script>".repeat(200),
      }),
    );
    await delivered(withResults(checkReport(), many));
    const text = readFileSync(file, "utf8");
    expect(Buffer.byteLength(text)).toBeLessThan(1024 * 1024);
    expect(text).toMatch(/more/);
  });

  it("is written for that format alone, and where there is one", async () => {
    const file = summaryFile();
    await delivered(checkReport(), { formats: [checkText] });
    expect(readFileSync(file, "utf8")).toBe(before);
    vi.stubEnv("GITHUB_STEP_SUMMARY", "");
    await delivered(checkReport());
    expect(readFileSync(file, "utf8")).toBe(before);
  });

  it("that cannot be written is told with its name", async () => {
    const folder = aFolder();
    vi.stubEnv("GITHUB_STEP_SUMMARY", folder);
    await expect(delivered(checkReport())).rejects.toMatchObject({
      message: `${folder} could not be written: EISDIR`,
      exitCode: 3,
    });
  });
});

describe("colours", () => {
  const flagOf = (...args: readonly string[]) =>
    checkOptions().parse(args, { from: "user" }).opts<{ color: boolean }>().color;
  /** Of Node, without a terminal behind it. */
  const terminal = (isTTY = true): Pick<WriteStream, "hasColors" | "isTTY"> =>
    Object.assign(Object.create(WriteStream.prototype) as WriteStream, { isTTY });
  const onTerminal = (environment: Readonly<Record<string, string>> = {}) => {
    for (const name of ["FORCE_COLOR", "NO_COLOR", "NODE_DISABLE_COLORS", "CI"]) vi.stubEnv(name, undefined);
    for (const [name, value] of Object.entries({ TERM: "xterm-256color", ...environment })) vi.stubEnv(name, value);
    return terminal();
  };

  it("are on a terminal that has them, unless somebody does not want them", () => {
    expect(isColored(flagOf(), onTerminal())).toBe(true);
    expect(isColored(flagOf("--no-color"), onTerminal())).toBe(false);
    expect(isColored(flagOf(), onTerminal({ NO_COLOR: "1" }))).toBe(false);
    expect(isColored(flagOf(), onTerminal({ TERM: "dumb" }))).toBe(false);
    expect(isColored(flagOf(), terminal(false))).toBe(false);
  });

  it("stand in no text without them", () => {
    const text = (color: boolean) => checkText.render(checkReport(), { ...plainOptions, color }).text;
    expect(text(true)).toContain("\u001b[31mFAIL");
    expect(text(false)).not.toContain("\u001b");
  });
});

describe("the text of --verbose", () => {
  const read =
    "    read s3Store.lifecycle: s3 GetBucketLifecycleConfiguration at 2026-09-15T12:00:01.000Z, status 200, request REQUEST1\n";
  const text = (verbose: boolean, report = checkReport()) =>
    checkText.render(report, { ...plainOptions, verbose }).text;

  it("has a line of each call that a result rests on", () => {
    expect(text(true)).toContain(read);
    expect(text(false)).not.toContain("REQUEST1");
  });

  it("has those too that failed, and that nobody answered", () => {
    const [evidence] = checkReport().results.flatMap((result) => result.evidence);
    const failed = { errorCode: "AccessDenied", errorClass: "permission", httpStatus: null, requestId: null };
    const one = aResult({ verdict: "UNKNOWN", evidence: evidence === undefined ? [] : [{ ...evidence, ...failed }] });
    expect(text(true, withResults(checkReport(), [one]))).toContain(
      "    failed s3Store.lifecycle: AccessDenied (permission), s3 GetBucketLifecycleConfiguration at 2026-09-15T12:00:01.000Z, status none, request unknown\n",
    );
  });
});
