import { describe, expect, it } from "vitest";
import { ignoredAnywhere, parseLogKey, targetFolder, wholePrefix } from "../../server/sources/key-grammar.ts";

const folder = "AWSLogs/111122223333/BedrockModelInvocationLogs/us-east-1/2026/09/15/14";
const target = { accountId: "111122223333", region: "us-east-1" };
const hour = "2026-09-15T14:00:00.000Z";

describe("a delivered object's key", () => {
  it.each([
    [`${folder}/20260915T140000000Z_0123456789abcdef.json.gz`, "record"],
    [`${folder}/a.json`, "record"],
    [`${folder}/a.jsonl`, "record"],
    [`${folder}/with\nnewline.jsonl.gz`, "record"],
    [`${folder}/data/0b3c_input.json.gz`, "body"],
    [`${folder}/data/0b3c_input_media_00.png`, "body"],
  ])("%j is a %s object", (key, kind) => {
    expect(parseLogKey(key)).toEqual({ kind, target, hour });
  });

  it.each([
    `x${folder}/a.json`,
    `${folder}/a.json.bz2`,
    `${folder}/a.json\n`,
    `${folder}/.json`,
    `${folder}/deeper/a.json`,
    `${folder}/data/deeper/a.json`,
    `${folder}/`,
    folder.replace("/14", "/24/a.json"),
    folder.replace("09/15", "02/30") + "/a.json",
    folder.replace("111122223333", "11112222333") + "/a.json",
    folder.replace("us-east-1", "us_east_1") + "/a.json",
    folder.replace("BedrockModelInvocationLogs", "CloudTrail") + "/a.json",
  ])("%j is none", (key) => {
    expect(parseLogKey(key)).toBeNull();
  });

  it.each(["us-gov-west-1", "eusc-de-east-1", "ap-southeast-7", "mx-central-1"])("may name the region %s", (region) => {
    const key = `${targetFolder({ accountId: "111122223333", region })}2026/09/15/14/a.json`;
    expect(parseLogKey(key)?.target.region).toBe(region);
  });
});

describe("an object that is not read", () => {
  it.each([
    ["amazon-bedrock-logs-permission-check", 0, "permission-check"],
    ["a/b/amazon-bedrock-logs-permission-check.json", 12, "permission-check"],
    ["a/b/my-amazon-bedrock-logs-permission-check", 12, null],
    ["a.json", 0, "empty"],
    ["a.json", 1, null],
  ])("%s of %i bytes: %s", (key, size, rule) => {
    expect(ignoredAnywhere(key, size)).toBe(rule);
  });
});

describe("a prefix", () => {
  it.each([
    ["", ""],
    ["logs", "logs/"],
    ["logs/", "logs/"],
    ["a/b", "a/b/"],
  ])("%j stands for %j", (prefix, whole) => {
    expect(wholePrefix(prefix)).toBe(whole);
  });
});
