import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Ajv } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { describe, expect, it } from "vitest";
import { validateXML } from "xmllint-wasm";
import { checkJsonSchema } from "../../server/reports/check-json.ts";
import { checkJunit } from "../../server/reports/check-junit.ts";
import { checkFormats } from "../../server/reports/check-list.ts";
import { checkReport, plainOptions } from "./check-document.ts";

const golden = path.join(import.meta.dirname, "..", "golden");
const folder = path.join(golden, "check");
const schemaFile = path.join(import.meta.dirname, "..", "..", "docs", "check-report.schema.json");
const place = { file: "policies/bedrock.yaml", lines: new Map([["s3-log-retention", 12]]) };
const options = { ...plainOptions, policyPlace: place };
const files = checkFormats.map(({ file, render }) => ({ file, text: render(checkReport(), options).text }));

/** Missing output is written, but fails where nobody would see it; a differing one is left beside it, to be read. */
function expectGolden(file: string, text: string): void {
  const changed = `${file}-changed`;
  rmSync(changed, { force: true });
  if (!existsSync(file)) {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
    expect(process.env["CI"], `${file} was missing`).toBeUndefined();
  }
  const approved = readFileSync(file, "utf8");
  if (approved !== text) writeFileSync(changed, text);
  expect(text).toBe(approved);
}

describe("a report of the check", () => {
  it.each(files)("is $file as it was read and approved", ({ file, text }) =>
    expectGolden(path.join(folder, file), text),
  );

  it("leaves no golden file that nobody makes, and no two of one name", () => {
    const kept = readdirSync(folder).filter((name) => !name.endsWith("-changed"));
    expect(kept.toSorted()).toEqual(files.map(({ file }) => file).toSorted());
    expect(new Set(checkFormats.map(({ id }) => id)).size).toBe(checkFormats.length);
  });

  it("gives the same bytes twice", () => {
    for (const [at, { render }] of checkFormats.entries())
      expect(render(checkReport(), options).text).toBe(files[at]?.text);
  });
});

function textOf(file: string): string {
  return files.find((made) => made.file === file)?.text ?? "";
}

function schemaText(name: string): string {
  return readFileSync(path.join(golden, "schemas", name), "utf8");
}

function schemaOf(name: string): object {
  return JSON.parse(schemaText(name)) as object;
}

describe("the public schemas", () => {
  it("SARIF 2.1.0 takes the log, and refuses one without a version", () => {
    const validate = addFormats
      // One of its patterns is none under the u flag.
      .default(new Ajv({ strict: false, allErrors: true, unicodeRegExp: false }))
      .compile(schemaOf("sarif-2.1.0.json"));
    const log = JSON.parse(textOf("check.sarif")) as object;
    validate(log);
    expect(validate.errors).toBeNull();
    expect(validate({ ...log, version: undefined })).toBe(false);
  });

  it("OCSF 1.5 takes each finding as a compliance finding, and refuses one of another class", () => {
    const validate = new Ajv2020({ strict: false, allErrors: true }).compile(
      schemaOf("ocsf-1.5.0-compliance-finding.json"),
    );
    const findings = JSON.parse(textOf("check.ocsf.json")) as object[];
    for (const finding of findings) {
      validate(finding);
      expect(validate.errors).toBeNull();
      expect(validate({ ...finding, severity_id: "high" })).toBe(false);
      for (const word of ["resource", "status_detail", "compliance_references"])
        expect(JSON.stringify(finding)).not.toContain(`"${word}":`);
    }
    expect(findings).toHaveLength(checkReport().results.length);
  });

  it("JUnit takes the suites, hostile words among them, and refuses a case without a name", async () => {
    const schema = schemaText("jenkins-junit-4.xsd");
    const errorsOf = async (xml: string) => (await validateXML({ xml, schema })).errors;
    const suites = textOf("check.xml");
    expect(await errorsOf(suites)).toEqual([]);
    const hostile = checkReport(`x"><b>]]>&\u0000\ud800\u001b`);
    expect(await errorsOf(checkJunit.render(hostile, options).text)).toEqual([]);
    expect(await errorsOf(suites.replace(/(<testcase[^>]*) name="[^"]*"/, "$1"))).not.toEqual([]);
  });

  it("our own JSON Schema is shipped as it is made, and takes the report", () => {
    expectGolden(schemaFile, `${JSON.stringify(checkJsonSchema(), null, 2)}\n`);
    const validate = new Ajv2020({ strict: false, allErrors: true }).compile(checkJsonSchema());
    const report = JSON.parse(textOf("check.json")) as object;
    validate(report);
    expect(validate.errors).toBeNull();
    expect(validate({ ...report, schemaVersion: 2 })).toBe(false);
  });
});
