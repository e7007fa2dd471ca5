import { describe, expect, test } from "vitest";
import { Invocation } from "../../server/domain/invocation.ts";
import { explainLine } from "../../server/normalize/explain.ts";
import { readLine } from "../../server/normalize/read-line.ts";
import { readOne, recordWith, testDeps } from "./deps.ts";

const deps = testDeps();

test("an empty line holds nothing", () => {
  for (const line of ["", " ", "\r", "\t \n"]) expect(readLine(line, deps)).toEqual([]);
});

test.each<[string, string]>([
  ["{", "not-json"],
  ['{"a":1} x', "not-json"],
  ["[]", "not-object"],
  ["5", "not-object"],
  ["null", "not-object"],
  ["{}", "wrong-schema-type"],
  [JSON.stringify(recordWith({ schemaType: "Other" })), "wrong-schema-type"],
  [JSON.stringify(recordWith({ timestamp: 5 })), "bad-timestamp"],
  [JSON.stringify(recordWith({ timestamp: "soon" })), "bad-timestamp"],
  [JSON.stringify(recordWith({ accountId: 111122223333 })), "no-account"],
  [JSON.stringify(recordWith({ region: "" })), "no-region"],
  // Each of them would have the name of the other one.
  [JSON.stringify(recordWith({ accountId: "a/b", region: "c" })), "no-account"],
  [JSON.stringify(recordWith({ accountId: "a", region: "b/c" })), "no-region"],
])("%s goes into quarantine, without a word of it", (line, reason) => {
  const [outcome] = readLine(line, deps);
  expect(outcome).toMatchObject({ kind: "quarantined", reason });
  expect(JSON.stringify(outcome)).not.toContain("soon");
});

describe("an envelope", () => {
  const event = (message: unknown) => ({ id: "1", timestamp: 1, message });
  const envelope = (messageType: string, ...messages: unknown[]) =>
    JSON.stringify({ messageType, logGroup: "g", logStream: "s", logEvents: messages.map(event) });

  test("counts each message as a line", () => {
    const record = JSON.stringify(recordWith());
    const nested = envelope("DATA_MESSAGE", record);
    const outcomes = readLine(envelope("DATA_MESSAGE", record, "{", 7, nested), deps);
    expect(outcomes.map((outcome) => (outcome.kind === "quarantined" ? outcome.reason : outcome.kind))).toEqual([
      "record",
      "not-json",
      "not-json",
      "wrong-schema-type",
    ]);
  });

  test("that only checks the line is ignored by rule", () => {
    expect(readLine(envelope("CONTROL_MESSAGE", "hello"), deps)).toEqual([
      { kind: "ignored", rule: "control-message" },
    ]);
  });
});

test("a byte order mark before a line is no part of it", () => {
  const line = JSON.stringify(recordWith());
  expect(readOne(Buffer.from(`\uFEFF${line}`))).toEqual(readOne(line));
  expect(readLine(Buffer.from("\uFEFF\r"), deps)).toEqual([]);
});

test("a count that no call can have is null, named and kept: no sum of counts leaves its column", () => {
  const input = { inputTokenCount: 2 ** 53 - 1, cacheReadInputTokenCount: 2 ** 38 };
  const { invocation } = readOne(recordWith({ input, output: { outputTokenCount: 2 ** 38 + 1 } }));
  expect(invocation).toMatchObject({ inputTokens: null, outputTokens: null, cacheReadTokens: 2 ** 38 });
  expect(invocation.anomalies).toEqual(["bad-field:/input/inputTokenCount", "bad-field:/output/outputTokenCount"]);
  expect(JSON.parse(invocation.extra ?? "")).toEqual({
    input: { inputTokenCount: 2 ** 53 - 1 },
    output: { outputTokenCount: 2 ** 38 + 1 },
  });
});

test("a failed call gives a row with nulls (requirement 1)", () => {
  const { invocation, content } = readOne(recordWith({ errorCode: "ThrottlingException" }));
  expect(Invocation.parse(invocation)).toMatchObject({
    status: "throttled",
    inputTokens: null,
    outputTokens: null,
    contextTokens: null,
    family: null,
    guardrailOutcome: null,
    latencyMs: null,
    inputBodyState: "absent",
    outputBodyState: "absent",
  });
  expect(content).toMatchObject({ segments: [], inputBody: null, outputBody: null, complete: true });
});

test("the place is told by the record alone (requirement 2)", () => {
  const { invocation } = readOne(recordWith({ modelId: "eu.amazon.nova-pro-v1:0", region: "eu-west-1", output: {} }));
  expect(invocation).toMatchObject({ region: "eu-west-1", inferenceRegion: null, residency: "not-recorded" });
});

describe("a body (requirements 5, 11)", () => {
  const answer = { generation: "Good day.", stop_reason: "stop" };
  test.each<[string, unknown]>([
    ["an object", answer],
    ["a list", [answer, "[DONE]"]],
    ["a text", JSON.stringify(answer)],
    ["a text of a list", JSON.stringify([answer])],
  ])("as %s is read", (_, outputBodyJson) => {
    const { invocation, content } = readOne(recordWith({ output: { outputBodyJson } }));
    expect(invocation).toMatchObject({ family: "llama", stopReason: "stop", outputBodyState: "inline" });
    expect(content.segments.map(({ text }) => text)).toEqual(["Good day."]);
  });

  test("as plain text is one segment that no reader knows", () => {
    const { invocation, content } = readOne(recordWith({ input: { inputBodyJson: "good {day" } }));
    expect(invocation).toMatchObject({ family: "unknown", anomalies: ["unknown-family"] });
    expect(content.segments).toMatchObject([{ kind: "unknown", role: null, text: "good {day", path: "" }]);
  });

  test.each<[Record<string, unknown>, string]>([
    [{ inputBodyJson: {} }, "inline"],
    [{ inputBodyJson: null }, "absent"],
    [{ inputBodyS3Path: "s3://b/k" }, "s3"],
    [{ inputBodyJson: null, inputBodyS3Path: "s3://b/k" }, "s3"],
    [{ inputTokenCount: 3 }, "absent"],
  ])("%j is %s", (input, state) => {
    const { invocation } = readOne(recordWith({ input }));
    expect(invocation.inputBodyState).toBe(state);
    expect(invocation.betaFlags === null).toBe(state !== "inline");
  });
});

describe("counts (requirement 9)", () => {
  test("come from the record, 28.0 is 28, anything else is null with a flag", () => {
    const line = JSON.stringify(recordWith({ input: { inputTokenCount: 28, cacheReadInputTokenCount: -1 } }));
    const { invocation } = readOne(line.replace("28", "28.0"));
    expect(invocation).toMatchObject({ inputTokens: 28, cacheReadTokens: null, contextTokens: 28 });
    expect(invocation.anomalies).toEqual(["bad-field:/input/cacheReadInputTokenCount"]);
    expect(invocation.extra).toBe('{"input":{"cacheReadInputTokenCount":-1}}');
  });

  test.each([1e308, 1.5, "7", true, [7]])("%j is no count", (inputTokenCount) => {
    expect(readOne(recordWith({ input: { inputTokenCount } })).invocation.inputTokens).toBeNull();
  });

  test("the hour's share of cache writes is split by the body, never more than the whole", () => {
    const usage = (tokens: number) => ({
      usage: {
        cacheDetails: [
          { ttl: "1h", inputTokens: tokens },
          { ttl: "5m", inputTokens: 9 },
        ],
      },
    });
    const read = (tokens: number) =>
      readOne(
        recordWith({
          operation: "Converse",
          input: { inputTokenCount: 1, cacheWriteInputTokenCount: 20 },
          output: { outputBodyJson: usage(tokens) },
        }),
      ).invocation;
    expect(read(11)).toMatchObject({ cacheWriteTokens: 20, cacheWrite1hTokens: 11 });
    expect(read(21)).toMatchObject({ cacheWriteTokens: 20, cacheWrite1hTokens: null });
    expect(read(21).anomalies).toEqual(["bad-field:/output/outputBodyJson/usage"]);
  });
});

test("what no column holds is kept whole", () => {
  const { invocation } = readOne(
    recordWith({
      timestamp: "2026-03-14 09:26:53.5",
      status: "OK",
      errorCode: 5,
      novelty: { a: 1 },
      input: { inputContentType: "text/plain", later: null },
      output: { outputVideoHeight: 720, outputVideoDurationSeconds: 6.5 },
    }),
  );
  expect(JSON.parse(invocation.extra ?? "")).toEqual({
    timestamp: "2026-03-14 09:26:53.5",
    status: "OK",
    errorCode: 5,
    novelty: { a: 1 },
    input: { inputContentType: "text/plain", later: null },
    output: { outputVideoHeight: 720 },
  });
  expect(invocation).toMatchObject({ time: "2026-03-14T09:26:53.500Z", videoSeconds: 6.5, errorCode: null });
  expect(invocation.anomalies).toEqual([
    "bad-field:/errorCode",
    "unknown-field:/input/later",
    "unknown-field:/novelty",
  ]);
});

test("an empty text is no error, no region and no path", () => {
  const { invocation } = readOne(
    recordWith({
      errorCode: "",
      inferenceRegion: "",
      input: { inputBodyS3Path: "" },
      output: { outputBodyJson: { generation: "Ho", stop_reason: "stop" } },
    }),
  );
  expect(invocation).toMatchObject({
    errorCode: null,
    inferenceRegion: null,
    inputBodyS3Path: null,
    inputBodyState: "absent",
    status: "success",
    residency: "in-region-endpoint",
  });
  expect(JSON.parse(invocation.extra ?? "")).toEqual({
    errorCode: "",
    inferenceRegion: "",
    input: { inputBodyS3Path: "" },
  });
  expect(invocation.anomalies).toEqual([
    "bad-field:/errorCode",
    "bad-field:/inferenceRegion",
    "bad-field:/input/inputBodyS3Path",
  ]);
});

test("unknown operations and versions are stored and named", () => {
  const { invocation } = readOne(recordWith({ operation: "StartAsyncInvoke", schemaVersion: "2.0" }));
  expect(invocation.anomalies).toEqual(["schema-version", "unknown-operation"]);
});

test("keys of the caller are data (requirement 13)", () => {
  const line = JSON.stringify(recordWith()).replace(
    "{",
    '{"requestMetadata":{"__proto__":"x","constructor":"y","a.b[0]":"z"},',
  );
  const { requestMetadata, anomalies } = readOne(line).invocation;
  expect(Object.entries(requestMetadata ?? {})).toEqual([
    ["__proto__", "x"],
    ["constructor", "y"],
    ["a.b[0]", "z"],
  ]);
  expect(Object.getPrototypeOf(requestMetadata)).toBeNull();
  expect(anomalies).toEqual([]);
  const odd = JSON.stringify(recordWith()).replace("{", '{"__proto__":{"x":1},');
  expect(readOne(odd).invocation).toMatchObject({
    extra: '{"__proto__":{"x":1}}',
    anomalies: ["unknown-field:/__proto__"],
  });
});

test("ids and account numbers stay texts (requirement 17)", () => {
  const { invocation } = readOne(recordWith({ accountId: "011122223333", requestId: "0012" }));
  expect(invocation).toMatchObject({ id: "011122223333/us-east-1/0012", accountId: "011122223333", requestId: "0012" });
});

test("a record without a request id is known by a keyed hash of itself", () => {
  const { requestId: _, ...record } = recordWith();
  const { invocation } = readOne(record);
  expect(invocation.id).toMatch(/^111122223333\/us-east-1\/hmac:[0-9a-f]{64}$/);
  expect(readOne(record, { ...deps, hmac: () => "k" }).invocation.id).toBe("111122223333/us-east-1/hmac:k");
});

describe("JSON that others could read differently", () => {
  const record = recordWith({ input: { inputBodyJson: { prompt: 'a "quoted": text\\', max_gen_len: 5 } } });
  const line = JSON.stringify(record);
  test.each([
    ["five", '"max_gen_len":5', false],
    ["a key twice", '"max_gen_len":5,"max_gen_len":6', true],
    ["a key twice, once as an escape", '"max_gen_len":5,"max\\u005fgen_len":6', true],
    ["infinity", '"max_gen_len":1e400', true],
    ["not quite nothing", '"max_gen_len":1e-400', true],
    ["nothing", '"max_gen_len":0e-400', false],
    ["an integer that a double rounds", '"max_gen_len":9007199254740993', true],
    ["a long fraction", '"max_gen_len":0.1234567890123456789', false],
    ["a thousand", '"max_gen_len":1e3', false],
    ["a list", '"max_gen_len":[1,9007199254740993]', true],
  ])("%s", (_, field, ambiguous) => {
    const { anomalies } = readOne(line.replace('"max_gen_len":5', field)).invocation;
    expect(anomalies.includes("ambiguous")).toBe(ambiguous);
  });

  test("white space is no difference", () => {
    expect(readOne(JSON.stringify(record, null, "\t")).invocation.anomalies).toEqual([]);
  });

  test("a number beyond a double stays in the stored body", () => {
    const { inputBody } = readOne(line.replace('_len":5', '_len":1e400')).content;
    expect(inputBody).toContain('"max_gen_len":1e999');
  });
});

describe("ill-formed text", () => {
  test.each<[string, Uint8Array | string]>([
    [
      "bytes that are no UTF-8",
      Buffer.from(JSON.stringify(recordWith({ status: "\u0001x" })).replace("\\u0001", "\u00c3("), "latin1"),
    ],
    ["half a pair as an escape", JSON.stringify(recordWith()).replace("{", '{"status":"\\uD83D and \\\\ud83d",')],
    ["half a pair as a character", JSON.stringify(recordWith()).replace("{", '{"status":"\ud83d",')],
  ])("%s is repaired, with a flag", (_, line) => {
    const { invocation } = readOne(line);
    expect(invocation.anomalies).toContain("text-repaired");
    expect(invocation.extra).toContain("\uFFFD");
    expect(invocation.extra).not.toMatch(/\p{Surrogate}/u);
  });

  test("a whole pair and an escaped backslash are left alone", () => {
    const { invocation } = readOne(JSON.stringify(recordWith()).replace("{", '{"status":"\\ud83d\\ude00 \\\\ud83d",'));
    expect(invocation).toMatchObject({ anomalies: [], extra: '{"status":"😀 \\\\ud83d"}' });
  });
});

describe("limits", () => {
  const nested = (depth: number) => JSON.parse("[".repeat(depth) + '"end"' + "]".repeat(depth)) as unknown;

  test("a record that is nested too deep is stored without its bodies", () => {
    const fields = { input: { inputBodyJson: { a: nested(300) }, inputTokenCount: 3 }, surprise: nested(300) };
    const read = readOne(recordWith(fields));
    expect(read).toMatchObject({ tooDeep: true, content: { inputBody: null, complete: false, segments: [] } });
    expect(read.invocation).toMatchObject({ inputTokens: 3, anomalies: ["limit"] });
  });

  test("two records that are nested too deep and carry no id are two", () => {
    const line = (depth: number) => {
      const record = recordWith({ input: { inputBodyJson: { a: nested(depth) } } });
      return JSON.stringify(Object.fromEntries(Object.entries(record).filter(([key]) => key !== "requestId")));
    };
    const ids = [300, 301, 300].map((depth) => readOne(line(depth)).invocation.id);
    expect(ids[0]).toMatch(/\/hmac:/);
    expect([ids[0] === ids[1], ids[0] === ids[2]]).toEqual([false, true]);
  });

  test("a body that came as text and is nested too deep is not kept", () => {
    const { content, invocation, redacted, tooDeep } = readOne(
      recordWith({ input: { inputBodyJson: JSON.stringify({ a: nested(300) }) } }),
    );
    expect(content).toMatchObject({ inputBody: null, complete: false });
    expect(invocation).toMatchObject({ inputBodyState: "inline", anomalies: ["limit"] });
    expect(JSON.stringify(redacted)).not.toContain("end");
    expect(tooDeep).toBe(false);
  });

  test("a million brackets cost no stack", () => {
    const line = JSON.stringify(recordWith({ input: { inputBodyJson: 0 } })).replace(
      ":0}",
      `:${"[".repeat(1e6)}${"]".repeat(1e6)}}`,
    );
    expect(readOne(line).tooDeep).toBe(true);
  });

  test("segments stop at 2,000 and at depth 32, text at 2 MiB", () => {
    const content = Array.from({ length: 2500 }, () => ({ text: "x" }));
    const many = readOne(
      recordWith({ operation: "Converse", input: { inputBodyJson: { messages: [{ role: "user", content }] } } }),
    );
    expect(many.content).toMatchObject({ complete: false, segments: { length: 2000 } });
    const deep = readOne(recordWith({ input: { inputBodyJson: { a: nested(40) } } }));
    expect(deep).toMatchObject({ tooDeep: false, content: { complete: false, segments: { length: 0 } } });
    const long = readOne(recordWith({ input: { inputBodyJson: { prompt: "y".repeat(3e6), max_gen_len: 1 } } }));
    expect(long.content.segments[0]?.text?.length).toBe(2 * 1024 * 1024);
    for (const { invocation } of [many, deep, long]) expect(invocation.anomalies).toContain("limit");
  });
});

test("explain shows words only when asked", () => {
  const line = JSON.stringify(recordWith({ input: { inputBodyJson: { prompt: "hush now", max_gen_len: 1 } } }));
  expect(JSON.stringify(explainLine(1, line, deps, { content: false }))).not.toContain("hush");
  expect(explainLine(1, line, deps, { content: true })).toMatchObject([
    { line: 1, outline: [{ kind: "user", characters: 8 }], content: { segments: [{ text: "hush now" }] } },
  ]);
  expect(explainLine(3, "{", deps, { content: false })).toMatchObject([{ line: 3, quarantined: "not-json" }]);
});
