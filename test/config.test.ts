import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeSettings, loadConfig } from "../server/config.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "bedrock-audit-config-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function file(text: string): string {
  const name = path.join(folder, "settings.yaml");
  writeFileSync(name, text);
  return name;
}

describe("the configuration", () => {
  it("is complete without a file", () => {
    const config = loadConfig({}, {}, null);
    expect(config.server).toEqual({ host: "127.0.0.1", port: 8080 });
    expect(Object.isFrozen(config.aws.accounts)).toBe(true);
  });

  it("takes flags over environment over file", () => {
    const config = file("server:\n  port: 1\nweb:\n  timeZone: Europe/Berlin\ningest:\n  since: 7d\n");
    const environment = { BEDROCK_AUDIT_SERVER_PORT: "2", BEDROCK_AUDIT_INGEST_SINCE: "8d", AWS_REGION: "eu-west-1" };
    const loaded = loadConfig({ config, port: 3 }, environment);
    expect(loaded.server.port).toBe(3);
    expect(loaded.ingest.since).toBe("8d");
    expect(loaded.web.timeZone).toBe("Europe/Berlin");
    expect(loaded.aws.region).toBe("eu-west-1");
  });

  it.each([
    ["an unknown key", "server:\n  prt: 1\n", /unknown setting server\.prt .*:2:8/],
    ["a value of another type", "server:\n  port: x\n", /setting server\.port .*:2:9/],
    ["a zone that is none", "web: { timeZone: Mars/X }\n", /web\.timeZone.*IANA/],
    ["an account that YAML reads as a number", "aws:\n  accounts: [111122223333]\n", /aws\.accounts\.0/],
    [
      "a role that is none",
      "sources: [{ kind: cloudwatch, logGroupArn: 'arn:x', roleArn: reader }]\n",
      /setting sources\.0\.roleArn .*not the ARN of a role/,
    ],
    [
      "two readers of a source",
      `sources:\n  - { kind: s3, bucket: logs, bucketOwner: "111122223333", account: "111122223333", roleArn: "arn:aws:iam::111122223333:role/r" }\n`,
      /setting sources\.0 .*:2:5.*: name a roleArn/,
    ],
    [
      "an external id without its role",
      `sources:\n  - { kind: s3, bucket: logs, bucketOwner: "111122223333", externalId: "x-1" }\n`,
      /setting sources\.0 .*: name a roleArn/,
    ],
    ["what is no YAML", "server: [\n", /:\d+:\d+: not readable as YAML/],
    ["a list in place of settings", "- a\n", /holds no settings/],
  ])("refuses %s and names the place", (_name, text, message) => {
    expect(() => loadConfig({ config: file(text) }, {})).toThrow(message);
  });

  it("refuses an unknown setting of the environment, and a file that is not there", () => {
    expect(() => loadConfig({}, { BEDROCK_AUDIT_SERVER_PROT: "1" }, null)).toThrow(/BEDROCK_AUDIT_SERVER_PROT/);
    expect(() => loadConfig({ config: path.join(folder, "none.yaml") }, {})).toThrow(/could not be read/);
  });

  it("stands in the README, setting by setting", () => {
    const rows = describeSettings().map(
      ({ name, fallback, meaning }) => `| \`${name}\` | ${shown(fallback)} | ${meaning} |`,
    );
    const table = ["| setting | default | meaning |", "| --- | --- | --- |", ...rows].join("\n");
    const readme = readFileSync(path.join(import.meta.dirname, "../README.md"), "utf8");
    const [, written = ""] = readme.split(/<!-- \/?settings -->/);
    const tight = (text: string) => text.replaceAll(/ +/g, " ").replaceAll(/-{3,}/g, "---").trim();
    expect(tight(written)).toBe(tight(table));
  });
});

function shown(value: unknown): string {
  if (value === null) return "–";
  if (Array.isArray(value)) return "none";
  return typeof value === "object" ? "empty" : `\`${JSON.stringify(value).replaceAll('"', "")}\``;
}
