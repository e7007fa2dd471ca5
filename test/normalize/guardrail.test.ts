import { describe, expect, test } from "vitest";
import { readOne, recordWith } from "./deps.ts";

const topic = (action: string) => ({ topicPolicy: { topics: [{ name: "Fireworks", type: "DENY", action }] } });

interface Answer {
  readonly trace?: Readonly<Record<string, unknown>>;
  readonly action?: string;
  readonly counts?: readonly [number, number];
}

/** One call over InvokeModel, with what a guardrail left in the answer. */
function invoke({ trace, action, counts = [5, 5] }: Answer) {
  const outputBodyJson = {
    type: "message",
    role: "assistant",
    content: [{ type: "text", text: "Good day." }],
    stop_reason: "end_turn",
    ...(trace === undefined ? {} : { "amazon-bedrock-trace": { guardrail: trace } }),
    ...(action === undefined ? {} : { "amazon-bedrock-guardrailAction": action }),
  };
  const fields = { input: { inputTokenCount: counts[0] }, output: { outputBodyJson, outputTokenCount: counts[1] } };
  return readOne(recordWith(fields)).invocation;
}

test.each<[string, Answer, string, string | null]>([
  ["a blocked entry of the input", { trace: { input: { g1: topic("BLOCKED") } } }, "blocked", "input"],
  ["a blocked entry of the output", { trace: { outputs: [{ g1: topic("BLOCKED") }] } }, "blocked", "output"],
  [
    "blocked entries on both sides",
    { trace: { input: { g1: topic("BLOCKED") }, outputs: [{ g1: topic("BLOCKED") }] } },
    "blocked",
    "both",
  ],
  ["a list of assessments under one id", { trace: { outputs: { g1: [topic("BLOCKED")] } } }, "blocked", "output"],
  [
    "an anonymized entry",
    {
      trace: {
        outputs: [{ g1: { sensitiveInformationPolicy: { piiEntities: [{ type: "NAME", action: "ANONYMIZED" }] } } }],
      },
    },
    "masked",
    "output",
  ],
  [
    "an intervention that says blocked",
    { action: "INTERVENED", trace: { actionReason: "Guardrail Blocked." } },
    "blocked",
    null,
  ],
  [
    "an intervention that says masked",
    { action: "INTERVENED", trace: { actionReason: "Guardrail masked." } },
    "masked",
    null,
  ],
  ["an intervention without tokens", { action: "INTERVENED", counts: [0, 0] }, "blocked", "input"],
  ["an intervention with tokens", { action: "INTERVENED" }, "intervened", null],
  ["an entry that only detects", { trace: { input: { g1: topic("NONE") } } }, "detected", "input"],
  [
    "an entry that did not detect",
    { trace: { input: { g1: { topicPolicy: { topics: [{ name: "x", action: "NONE", detected: false }] } } } } },
    "passed",
    null,
  ],
  [
    "grounding over its threshold",
    {
      trace: {
        outputs: [{ g1: { contextualGroundingPolicy: { filters: [{ action: "NONE", score: 0.9, threshold: 0.5 }] } } }],
      },
    },
    "passed",
    null,
  ],
  [
    "grounding under its threshold",
    {
      trace: {
        outputs: [{ g1: { contextualGroundingPolicy: { filters: [{ action: "NONE", score: 0.4, threshold: 0.5 }] } } }],
      },
    },
    "detected",
    "output",
  ],
  ["an action that did nothing", { action: "NONE" }, "passed", null],
  ["no sign at all", {}, "no-evidence", null],
])("%s", (_, answer, outcome, stage) => {
  const { guardrailOutcome, guardrailStage, errorCode, status } = invoke(answer);
  expect({ guardrailOutcome, guardrailStage }).toEqual({ guardrailOutcome: outcome, guardrailStage: stage });
  expect(errorCode).toBeNull();
  expect(status).toBe(outcome === "blocked" ? "blocked" : "success");
});

test("an answer that is not at hand says nothing about guardrails", () => {
  const { invocation } = readOne(recordWith({ output: { outputTokenCount: 3 } }));
  expect(invocation).toMatchObject({ guardrailOutcome: null, guardrailIds: null, guardrailHits: null });
});

describe("what a guardrail keeps back", () => {
  const secret = "4711 Harbour Lane";
  const trace = {
    modelOutput: [`She lives at ${secret}.`],
    outputs: [
      {
        g1: {
          sensitiveInformationPolicy: {
            piiEntities: [{ type: "ADDRESS", match: secret, action: "ANONYMIZED" }],
            regexes: [{ name: "lane", match: secret, regex: "[a-z]+", action: "BLOCKED" }],
          },
        },
      },
    ],
  };
  const answer = { generation: "She lives at {ADDRESS}.", "amazon-bedrock-trace": { guardrail: trace } };
  const bodies: readonly (readonly [string, unknown])[] = [
    ["in an object", answer],
    ["in a text", JSON.stringify(answer)],
    ["in the last event of a stream", [{ generation: "She" }, answer]],
    ["in a torn text", JSON.stringify(answer).slice(0, -1)],
    ["in an event that came as text", [{ generation: "She" }, JSON.stringify(answer), "[DONE]"]],
    ["in a body that no reader knows", { deep: [{ trace: { guardrail: trace } }] }],
  ];

  test.each(bodies)("is nowhere in what is stored: %s", (_, outputBodyJson) => {
    const read = readOne(recordWith({ output: { outputBodyJson } }));
    const stored = JSON.stringify([read.invocation, read.content, read.redacted]);
    expect(stored).not.toContain(secret);
    expect(stored).toContain("[removed: guardrail trace]");
  });

  test("stays out of fields that nobody knows, and out of escapes", () => {
    const line = JSON.stringify(recordWith({ surprise: { guardrail: trace } }));
    const escaped = line.replaceAll("guardrail", "\\u0067uardrail").replaceAll("modelOutput", "\\u006dodelOutput");
    for (const text of [line, escaped]) {
      const { invocation, redacted } = readOne(text);
      expect(JSON.stringify([invocation, redacted])).not.toContain(secret);
      expect(invocation.anomalies).toContain("unknown-field:/surprise");
    }
  });

  test("stays out of texts that should have been objects", () => {
    const { redacted, invocation } = readOne(
      recordWith({ output: JSON.stringify(answer), odd: [JSON.stringify({ trace })] }),
    );
    expect(JSON.stringify([redacted, invocation])).not.toContain(secret);
  });

  test("leaves the words of people about guardrails alone", () => {
    const prompt = 'What does {"guardrail": {"modelOutput": ["x"]}} mean?';
    const { content } = readOne(recordWith({ input: { inputBodyJson: { prompt, max_gen_len: 5 } } }));
    expect(content.segments[0]?.text).toBe(prompt);
  });

  test("leaves the names of what was hit", () => {
    const { invocation } = readOne(recordWith({ output: { outputBodyJson: answer } }));
    expect(invocation.guardrailHits).toEqual([
      {
        guardrailId: "g1",
        stage: "output",
        policy: "sensitiveInformationPolicy",
        label: "ADDRESS",
        action: "ANONYMIZED",
      },
      { guardrailId: "g1", stage: "output", policy: "sensitiveInformationPolicy", label: "lane", action: "BLOCKED" },
    ]);
  });
});
