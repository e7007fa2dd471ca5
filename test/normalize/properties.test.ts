import { readdirSync, readFileSync } from "node:fs";
import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import { Invocation } from "../../server/domain/invocation.ts";
import { compareCopies } from "../../server/ingest/copies.ts";
import { copyOf } from "../../server/ingest/group.ts";
import { readLine } from "../../server/normalize/read-line.ts";
import { readOne, recordWith, testDeps } from "./deps.ts";

const deps = testDeps();
const folder = new URL("../golden/records/input/", import.meta.url);
const records = readdirSync(folder)
  .flatMap((name) => readFileSync(new URL(name, folder), "utf8").split("\n"))
  .filter((line) => line.includes('"ModelInvocationLog"') && !line.includes("logEvents"))
  .map((line) => JSON.parse(line) as Record<string, unknown>);

const words = [
  "messages",
  "content",
  "role",
  "text",
  "type",
  "output",
  "message",
  "trace",
  "guardrail",
  "modelOutput",
  "choices",
  "generations",
  "results",
  "toolUse",
  "usage",
  "contentBlockDelta",
  "delta",
  "images",
  "embedding",
  "arn",
  "__proto__",
  "constructor",
  "inputBodyJson",
  "outputBodyJson",
  "inputTokenCount",
];
const key = fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...words) }, fc.string());
const value = fc.letrec((tie) => ({
  node: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.oneof(fc.string(), fc.double(), fc.boolean(), fc.constant(null), fc.constantFrom("message", "tool_use", "text")),
    fc.array(tie("node"), { maxLength: 4 }),
    fc.array(fc.tuple(key, tie("node")), { maxLength: 5 }).map((entries) => {
      const fields = Object.create(null) as Record<string, unknown>;
      for (const [name, field] of entries) fields[name] = field;
      return fields;
    }),
  ),
})).node;

test.prop([value])("any JSON that is no record goes into quarantine", (json) => {
  for (const outcome of readLine(JSON.stringify(json), deps)) expect(outcome.kind).toBe("quarantined");
});

const field = fc.constantFrom(
  "operation",
  "modelId",
  "identity",
  "requestId",
  "requestMetadata",
  "input",
  "output",
  "errorCode",
  "performanceConfig",
);
const operation = fc.constantFrom("Converse", "InvokeModel", "InvokeModelWithResponseStream", "Odd");

test.prop([fc.dictionary(field, value), operation, value, value], { numRuns: 500 })(
  "any field and any body of a record gives a whole row",
  (fields, name, inputBodyJson, outputBodyJson) => {
    const bodies = { operation: name, input: { inputBodyJson }, output: { outputBodyJson } };
    const { invocation, content } = readOne(recordWith({ ...bodies, ...fields }));
    expect(Invocation.safeParse(invocation).error).toBeUndefined();
    expect(content.segments.map(({ index }) => index)).toEqual(content.segments.map((_, index) => index));
  },
);

test.prop([fc.uint8Array({ maxLength: 200 })])("any bytes have an outcome", (bytes) => {
  expect(readLine(bytes, deps).length).toBeLessThanOrEqual(1);
});

test.prop([fc.constantFrom(...records), fc.nat(), fc.integer({ min: 1, max: 8 })])(
  "a record with a cut or torn line has an outcome",
  (record, at, length) => {
    const line = JSON.stringify(record);
    const start = at % line.length;
    readLine(line.slice(0, start), deps);
    readLine(line.slice(0, start) + line.slice(start + length), deps);
  },
);

/** The same value with the keys of every object in another order. */
function shuffled(json: unknown, turn: number): unknown {
  if (Array.isArray(json)) return json.map((item) => shuffled(item, turn));
  if (typeof json !== "object" || json === null) return json;
  const entries = Object.entries(json).map(([name, inner]) => [name, shuffled(inner, turn)] as const);
  const by = entries.length === 0 ? 0 : turn % entries.length;
  return Object.fromEntries([...entries.slice(by), ...entries.slice(0, by)].toReversed());
}

test.prop([fc.constantFrom(...records), fc.nat()])("key order changes nothing (requirement 19)", (record, turn) => {
  const { redacted: _, ...plain } = readOne(record);
  const { redacted: __, ...turned } = readOne(shuffled(record, turn) as Record<string, unknown>);
  expect(turned.invocation).toEqual(plain.invocation);
  expect(turned.content.segments).toEqual(plain.content.segments);
  expect(compareCopies(copyOf(plain), copyOf(turned))).toBe("delivery");
});

test.prop([fc.constantFrom(...records), fc.nat()])(
  "the order of a record's own fields is not hashed",
  (record, turn) => {
    const { input, output, ...fields } = record as Record<string, unknown>;
    const turned = { ...(shuffled(fields, turn) as Record<string, unknown>), output, input };
    expect(readOne(turned).recordHash).toBe(readOne(record).recordHash);
  },
);

test.prop([fc.constantFrom(...records), fc.constantFrom("input", "output"), fc.string({ minLength: 1 })])(
  "a body that says something else has another hash",
  (record, side, more) => {
    const group = (record as Record<string, Record<string, unknown>>)[side];
    const changed = { ...record, [side]: { ...group, [`${side}BodyJson`]: { ...body(record, side), more } } };
    expect(readOne(changed).recordHash).not.toBe(readOne(record).recordHash);
  },
);

function body(record: unknown, side: string): object {
  const logged = (record as Record<string, Record<string, unknown>>)[side]?.[`${side}BodyJson`];
  return typeof logged === "object" && logged !== null ? logged : {};
}

const countLike = [
  "inputTokens",
  "outputTokens",
  "inputTokenCount",
  "outputTokenCount",
  "input_tokens",
  "output_tokens",
  "prompt_token_count",
  "totalTokens",
];

/** Count-like keys in every object of a body. */
function withCounts(json: unknown, count: number): unknown {
  if (Array.isArray(json)) return json.map((item) => withCounts(item, count));
  if (typeof json !== "object" || json === null) return json;
  const entries = Object.entries(json).map(([name, inner]) => [name, withCounts(inner, count)] as const);
  return { ...Object.fromEntries(entries), ...Object.fromEntries(countLike.map((name) => [name, count])) };
}

test.prop([fc.constantFrom(...records.filter(({ output }) => output !== undefined)), fc.nat()])(
  "count-like keys in a body change nothing (requirement 9)",
  (record, count) => {
    const output = record["output"] as Record<string, unknown>;
    const body = output["outputBodyJson"];
    const changed = { ...record, output: { ...output, outputBodyJson: withCounts(body, count) } };
    const { invocation } = readOne(record);
    expect(readOne(body === undefined ? record : changed).invocation).toEqual(invocation);
  },
);
