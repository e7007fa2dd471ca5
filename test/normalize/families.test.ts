import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { families as familyIds } from "../../server/domain/invocation.ts";
import { families } from "../../server/normalize/families/list.ts";
import { readOne, recordWith } from "./deps.ts";

interface Read {
  readonly family: string | null;
  readonly stopReason: string | null;
  /** `side kind role text`, one a segment. */
  readonly said: readonly string[];
}

function read(input: unknown, output: unknown, operation = "InvokeModel"): Read & ReturnType<typeof readOne> {
  const outcome = readOne(
    recordWith({ operation, input: { inputBodyJson: input }, output: { outputBodyJson: output } }),
  );
  const said = outcome.content.segments.map(({ side, kind, role, text }) => `${side} ${kind} ${role} ${text}`);
  return { ...outcome, family: outcome.invocation.family, stopReason: outcome.invocation.stopReason, said };
}

test("every family has a reader", () => {
  const ids = families.map(({ id }) => id);
  expect([...ids, "unknown"]).toEqual([...familyIds]);
  const files = new Set(readdirSync(new URL("../../server/normalize/families/", import.meta.url)));
  expect(ids.filter((id) => !files.has(`${id}.ts`))).toEqual([]);
});

test.each<[string, unknown, unknown, string | null, readonly string[]]>([
  [
    "anthropic-messages",
    {
      anthropic_version: "bedrock-2023-05-31",
      system: [{ type: "text", text: "Be kind." }],
      messages: [
        { role: "user", content: "Hi" },
        {
          role: "assistant",
          content: [
            { type: "thinking", thinking: "Hm", signature: "c2ln" },
            { type: "text", text: "Ho" },
          ],
        },
        {
          role: "user",
          content: [{ type: "image", source: { type: "base64", media_type: "image/png", data: "aGk=" } }],
        },
      ],
    },
    { type: "message", role: "assistant", content: [], stop_reason: "refusal" },
    "refusal",
    [
      "input system system Be kind.",
      "input user user Hi",
      "input reasoning assistant Hm",
      "input assistant assistant Ho",
      "input image user null",
    ],
  ],
  [
    "anthropic-text",
    { prompt: "Hi", max_tokens_to_sample: 5 },
    [{ completion: "H" }, { completion: "o", stop_reason: "stop_sequence" }],
    "stop_sequence",
    ["input user user Hi", "output assistant assistant Ho"],
  ],
  [
    "nova",
    { system: [{ text: "Be kind." }], messages: [{ role: "user", content: [{ text: "Hi" }] }], inferenceConfig: {} },
    [
      { messageStart: { role: "assistant" } },
      { contentBlockDelta: { contentBlockIndex: 0, delta: { text: "H" } } },
      { contentBlockDelta: { contentBlockIndex: 0, delta: { text: "o" } } },
      { contentBlockStart: { contentBlockIndex: 1, start: { toolUse: { name: "look", toolUseId: "t1" } } } },
      { contentBlockDelta: { contentBlockIndex: 1, delta: { toolUse: { input: '{"b":1,"a"' } } } },
      { contentBlockDelta: { contentBlockIndex: 1, delta: { toolUse: { input: ":2}" } } } },
      { messageStop: { stopReason: "tool_use" } },
    ],
    "tool_use",
    [
      "input system system Be kind.",
      "input user user Hi",
      "output assistant assistant Ho",
      'output toolCall assistant {"a":2,"b":1}',
    ],
  ],
  [
    "titan-text",
    { inputText: "Hi", textGenerationConfig: {} },
    { results: [{ outputText: "Ho", completionReason: "FINISH", tokenCount: 28.0 }] },
    "FINISH",
    ["input user user Hi", "output assistant assistant Ho"],
  ],
  [
    "llama",
    { prompt: "Hi", max_gen_len: 5 },
    { generation: "Ho", stop_reason: "stop" },
    "stop",
    ["input user user Hi", "output assistant assistant Ho"],
  ],
  [
    "cohere",
    { message: "Hi", preamble: "Be kind.", chat_history: [{ role: "CHATBOT", message: "Ho" }] },
    { text: "Ha", chat_history: [], finish_reason: "COMPLETE" },
    "COMPLETE",
    [
      "input system system Be kind.",
      "input assistant assistant Ho",
      "input user user Hi",
      "output assistant assistant Ha",
    ],
  ],
  [
    "ai21",
    { prompt: "Hi" },
    { completions: [{ data: { text: "Ho" }, finishReason: { reason: "endoftext" } }] },
    "endoftext",
    ["input user user Hi", "output assistant assistant Ho"],
  ],
  [
    "mistral",
    { prompt: "Hi" },
    [{ outputs: [{ text: "H", stop_reason: null }] }, { outputs: [{ text: "o", stop_reason: "stop" }] }],
    "stop",
    ["input user user Hi", "output assistant assistant Ho"],
  ],
  [
    "openai",
    {
      messages: [
        { role: "developer", content: "Be kind." },
        {
          role: "user",
          content: [
            { type: "text", text: "Hi" },
            { type: "image_url", image_url: { url: "data:x" } },
          ],
        },
        {
          role: "assistant",
          content: null,
          tool_calls: [{ id: "c1", function: { name: "look", arguments: '{"b":1,"a":2}' } }],
        },
        { role: "tool", tool_call_id: "c1", content: "seen" },
      ],
    },
    {
      choices: [
        { index: 0, message: { role: "assistant", reasoning_content: "Hm", content: "Ho" }, finish_reason: "stop" },
      ],
    },
    "stop",
    [
      "input system system Be kind.",
      "input user user Hi",
      "input image user null",
      'input toolCall assistant {"a":2,"b":1}',
      "input toolResult tool seen",
      "output reasoning assistant Hm",
      "output assistant assistant Ho",
    ],
  ],
  [
    "openai",
    { input: "Hi", instructions: "Be kind." },
    {
      status: "completed",
      output: [
        { type: "function_call", call_id: "c1", name: "look", arguments: "{}" },
        { type: "message", role: "assistant", content: [{ type: "output_text", text: "Ho" }] },
      ],
    },
    "completed",
    [
      "input system system Be kind.",
      "input user user Hi",
      "output toolCall assistant {}",
      "output assistant assistant Ho",
    ],
  ],
  [
    "embedding",
    { texts: ["Hi", "Ho"], input_type: "search" },
    { embeddings: [[0.1], [0.2]] },
    null,
    ["input user user Hi", "input user user Ho", "output embedding null null"],
  ],
  [
    "media",
    { taskType: "TEXT_IMAGE", textToImageParams: { text: "A hill" } },
    { images: ["aGk="] },
    null,
    ["input user user A hill", "output image assistant null"],
  ],
  [
    "unknown",
    { b: ["Hi", { "a/b": "Ho" }], a: "He", n: 5 },
    { odd: "Ha" },
    null,
    ["input unknown null He", "input unknown null Hi", "input unknown null Ho", "output unknown null Ha"],
  ],
])("%s", (family, input, output, stopReason, said) => {
  const found = read(input, output);
  expect({ family: found.family, stopReason: found.stopReason, said: found.said }).toEqual({
    family,
    stopReason,
    said,
  });
});

describe("Converse", () => {
  const request = {
    system: [{ text: "Be kind." }, { cachePoint: { type: "default" } }],
    toolConfig: {
      tools: [{ toolSpec: { name: "look", description: "Looks", inputSchema: { json: { b: 1, a: 2 } } } }],
    },
    messages: [
      { role: "assistant", content: [{ toolUse: { toolUseId: "t1", name: "look", input: { b: 1, a: 2 } } }] },
      {
        role: "user",
        content: [
          {
            toolResult: {
              toolUseId: "t1",
              status: "error",
              content: [{ text: "none" }, { json: { b: 1, a: 2 } }, { image: { source: {} } }],
            },
          },
          { guardContent: { text: { text: "Guarded" } } },
          { video: { source: { s3Location: { uri: "s3://b/v" } } } },
          { document: { name: "Rules", source: { s3Uri: "s3://b/d.pdf" } } },
          { novelty: { text: "new" } },
        ],
      },
    ],
    additionalModelRequestFields: { anthropic_beta: ["z", "a"] },
  };
  const answer = {
    output: {
      message: {
        role: "assistant",
        content: [{ reasoningContent: { reasoningText: { text: "Hm" } } }, { text: "Ho" }],
      },
    },
    stopReason: "end_turn",
    serviceTier: { type: "flex" },
    performanceConfig: { latency: "optimized" },
    metrics: { latencyMs: 12 },
  };
  const found = read(request, answer, "Converse");

  test("is read by operation, block by block", () => {
    expect(found.said).toEqual([
      "input system system Be kind.",
      'input toolDefinition null {"description":"Looks","schema":{"a":2,"b":1}}',
      'input toolCall assistant {"a":2,"b":1}',
      'input toolResult tool none\n{"a":2,"b":1}',
      "input image tool null",
      "input user user Guarded",
      "input video user null",
      "input document user null",
      "input unknown null new",
      "output reasoning assistant Hm",
      "output assistant assistant Ho",
    ]);
    const result = found.content.segments.find(({ kind }) => kind === "toolResult");
    expect(result).toMatchObject({ refId: "t1", isError: true, turn: 1, path: "/messages/1/content/0/toolResult" });
    expect(found.content.segments.map(({ uri }) => uri).filter((uri) => uri !== null)).toEqual([
      "s3://b/v",
      "s3://b/d.pdf",
    ]);
  });

  test("gives the columns of request and answer", () => {
    expect(found.invocation).toMatchObject({
      family: "converse",
      betaFlags: ["a", "z"],
      toolNames: ["look"],
      toolCallCount: 0,
      mediaCount: 3,
      serviceTier: "flex",
      performanceLatency: "optimized",
      latencyMs: 12,
      firstByteMs: null,
    });
  });

  test("as a list of events reads like Nova's stream", () => {
    const events = [
      { contentBlockDelta: { contentBlockIndex: 0, delta: { text: "Ho" } } },
      { messageStop: { stopReason: "end_turn" } },
    ];
    expect(read(request, events, "ConverseStream")).toMatchObject({ family: "converse", stopReason: "end_turn" });
    expect(read(request, events, "ConverseStream").said.at(-1)).toBe("output assistant assistant Ho");
  });
});

describe("a stream (requirement 18)", () => {
  const delta = (index: number, type: string, text: object) => ({
    type: "content_block_delta",
    index,
    delta: { type, ...text },
  });

  test("that was cut at both ends still gives its text", () => {
    const events = [
      delta(1, "text_delta", { text: "Good " }),
      delta(2, "input_json_delta", { partial_json: '{"cut' }),
      delta(1, "text_delta", { text: "day" }),
    ];
    const found = read(undefined, events, "InvokeModelWithResponseStream");
    expect(found.said).toEqual(["output assistant assistant Good day", 'output toolCall assistant {"cut']);
    expect(found.content.segments.map(({ path }) => path)).toEqual(["/0", "/1"]);
    expect(found.invocation).toMatchObject({ anomalies: ["stream-unfinished"], toolCallCount: 1 });
  });

  test("may hold bare strings and metrics", () => {
    const metrics = { invocationLatency: 812, firstByteLatency: 95.5 };
    const events = [
      { choices: [{ index: 0, delta: { content: "Good " } }] },
      {
        choices: [{ index: 0, delta: { content: "day" }, finish_reason: "stop" }],
        "amazon-bedrock-invocationMetrics": metrics,
      },
      "[DONE]",
    ];
    const found = read(undefined, events, "InvokeModelWithResponseStream");
    expect(found.said).toEqual(["output assistant assistant Good day"]);
    expect(found.invocation).toMatchObject({ latencyMs: 812, firstByteMs: 95.5, anomalies: ["stream-string"] });
  });
});

const vector = [0.7351, -0.07351];
const listed = ["/data/0", "/data/1"];

describe("a chat of OpenAI's form", () => {
  const chunk = (delta: object) => ({ choices: [{ index: 0, delta }] });

  test("streams what is thought and refused, under either name", () => {
    const events = [
      chunk({ reasoning: "Hm, " }),
      chunk({ reasoning_content: "no." }),
      chunk({ refusal: "I will not." }),
    ];
    const { said } = read({ messages: [] }, events, "InvokeModelWithResponseStream");
    expect(said).toEqual(["output reasoning assistant Hm, no.", "output assistant assistant I will not."]);
  });

  test("refuses in a field of its own", () => {
    const { said } = read({ messages: [] }, { choices: [{ message: { content: null, refusal: "I will not." } }] });
    expect(said).toEqual(["output assistant assistant I will not."]);
  });
});

describe("what is never stored", () => {
  test.each([
    ["of Titan", { embedding: vector, embeddingsByType: { float: vector, binary: [1, 0, 7351] } }, [""]],
    ["of Cohere", { id: "e1", embeddings: [vector, vector], response_type: "embeddings_floats" }, [""]],
    ["of Cohere, by type", { embeddings: { float: [vector], base64: ["c2VjcmV0"] } }, [""]],
    ["of Nova", { embeddings: [{ embeddingType: "TEXT", embedding: vector }] }, [""]],
    ["of a list", { object: "list", data: [{ index: 0, embedding: vector }, { embedding: vector }] }, listed],
    ["in base64", { data: [{ object: "embedding", embedding: "c2VjcmV0" }] }, ["/data/0"]],
    ["of a clip", { data: { embedding: vector, embeddingOption: "audio", startSec: 0.5 } }, ["/data"]],
    ["of a video", { data: [{ embedding: vector, segments: [{ at: 1.5, more: { v: vector } }] }] }, ["/data/0"]],
    ["with a number that is none", { data: [{ embedding: [null, 0.7351] }], hidden: [null, 0.7351] }, ["/data/0"]],
    ["alone", vector, []],
    ["several of them alone", [vector, vector], []],
  ])("vectors %s", (_, answer, paths) => {
    for (const request of [{ inputText: "Hi" }, { input: ["Hi"], encoding_format: "float" }]) {
      const found = read(request, answer);
      expect(JSON.stringify([found.content, found.redacted, found.invocation])).not.toMatch(/7351|c2VjcmV0/);
      expect(found.family).toBe("embedding");
      const shown = found.content.segments.filter(({ kind }) => kind === "embedding");
      expect(shown.map(({ path }) => path)).toEqual(paths);
      // What is stored is read again as it was.
      const again = read(request, JSON.parse(found.content.outputBody ?? "") as object);
      expect(again.content).toEqual(found.content);
      expect(again.invocation).toEqual(found.invocation);
    }
  });

  test("vectors, but what is said of them is", () => {
    const about = { embeddingOption: "visual-text", startSec: 0.5, endSec: 7.3 };
    const { content } = read({ inputText: "Hi" }, { data: [{ embedding: vector, ...about }], usage: { total: 5 } });
    const kept = { data: [{ embedding: "[removed: vector]", ...about }], usage: { total: 5 } };
    expect(JSON.parse(content.outputBody ?? "")).toEqual(kept);
  });

  test("vectors, but other numbers are", () => {
    const answer = { choices: [{ message: { content: "Ho" }, token_ids: [7351] }] };
    expect(read({ messages: [] }, answer).content.outputBody).toBe(JSON.stringify(answer));
  });

  test("pictures", () => {
    const found = read(
      { text_prompts: [{ text: "A hill" }] },
      { artifacts: [{ base64: "cGljdHVyZQ==", finishReason: "SUCCESS" }] },
    );
    expect(JSON.stringify([found.content, found.redacted])).not.toContain("cGljdHVyZQ==");
    expect(found).toMatchObject({ family: "media", stopReason: "SUCCESS" });
  });
});

describe("the shape of a request", () => {
  const shape = (body: object) => readOne(recordWith({ input: { inputBodyJson: body } })).invocation.requestShape;
  const base = { messages: [], inferenceConfig: { maxTokens: 5 } };

  test("depends on which fields are set, not on their values or order", () => {
    expect(shape({ inferenceConfig: { maxTokens: 9 }, messages: [{ role: "user", content: "Hi" }] })).toBe(shape(base));
    const others = [
      { ...base, system: [] },
      { ...base, inferenceConfig: { topP: 1 } },
      { ...base, anthropic_beta: ["a"] },
      { ...base, toolConfig: { tools: [{ toolSpec: { name: "x" } }] } },
    ];
    expect(new Set([base, ...others].map(shape)).size).toBe(5);
  });
});
