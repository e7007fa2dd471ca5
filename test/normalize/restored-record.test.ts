import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { anomaliesAgain, restoredRecord } from "../../server/normalize/restored-record.ts";
import { readLine } from "../../server/normalize/read-line.ts";
import { readOne, recordWith, testDeps } from "./deps.ts";

const folder = new URL("../golden/records/input/", import.meta.url);
const lines = readdirSync(folder).flatMap((name) =>
  readFileSync(new URL(name, folder), "utf8")
    .split("\n")
    .map((line) => [name, line] as const),
);
const read = lines.flatMap(([name, line]) =>
  readLine(line, testDeps()).flatMap((outcome) => (outcome.kind === "record" ? [{ name, ...outcome }] : [])),
);

describe("a record made again from its row and its kept bodies", () => {
  it("is read as the row that was stored", () => {
    expect(read.length).toBeGreaterThan(40);
    for (const { name, invocation, content } of read) {
      const { record } = restoredRecord(invocation, { input: content.inputBody, output: content.outputBody });
      const again = readOne({ ...record });
      const anomalies = anomaliesAgain(invocation.anomalies, again.invocation.anomalies);
      expect({ name, ...again.invocation, id: invocation.id, anomalies }).toEqual({ name, ...invocation });
      expect(again.content.segments).toEqual(content.segments);
    }
  });

  it("holds a body that lay beside the record apart from it", () => {
    const inputBodyS3Path = "s3://logs/AWSLogs/x_input.json.gz";
    const line = recordWith({ input: { inputBodyS3Path, inputTokenCount: 3 }, output: {} });
    const fetched = { input: JSON.stringify({ prompt: "Where is my order?", max_gen_len: 9 }) };
    const first = readOne(line, { ...testDeps(), fetched });
    expect(first.invocation).toMatchObject({ inputBodyState: "s3", family: "llama", maxTokens: 9 });
    expect(first.content.segments.map(({ text }) => text)).toEqual(["Where is my order?"]);
    expect(first.recordHash).toBe(readOne(line).recordHash);
    const kept = { input: first.content.inputBody, output: first.content.outputBody };
    const again = restoredRecord(first.invocation, kept);
    expect(again.fetched).toEqual(fetched);
    expect(readOne({ ...again.record }, { ...testDeps(), fetched: again.fetched }).invocation).toEqual(
      first.invocation,
    );
  });

  it.each(["plain words", "[1, 2", '"quoted"'])("gives back a fetched body that is the text %s", (input) => {
    const line = recordWith({ input: { inputBodyS3Path: "s3://logs/x" } });
    const { invocation, content } = readOne(line, { ...testDeps(), fetched: { input } });
    expect(restoredRecord(invocation, { input: content.inputBody, output: null }).fetched).toEqual({ input });
  });
});
