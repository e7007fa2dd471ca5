import type { Request } from "../calls.ts";
import { plainExchange } from "../exchange.ts";
import { byId, type ModelName, through } from "../models.ts";
import type { Random } from "../random.ts";
import { hoursBefore, type Plot } from "../story.ts";
import { accounts } from "../targets.ts";

const account = accounts.shop;
const name = "BedrockAPIKey-q7xk";
const identityArn = `arn:aws:iam::${account}:user/${name}`;
const minute = 60_000;

const request = (time: number, region: string, model: ModelName, rest: Partial<Request> = {}): Request => ({
  time,
  accountId: account,
  region,
  identityArn,
  operation: "InvokeModel",
  model,
  how: byId,
  exchange: plainExchange("hi", "Hello! How can I help you today?", { maxTokens: 1 }),
  ...rest,
});

const denied = { errorCode: "AccessDeniedException" } as const;

/** One token to each of four models within 40 s: does the key work, and for what? */
function probes(start: number): Request[] {
  const tried: readonly ModelName[] = ["haiku35", "haiku45", "novaMicro", "sonnet45"];
  const hello = plainExchange("hi", "Hi", { maxTokens: 1, stop: "length" });
  return tried.map((model, index) => request(start + index * 11_000, "us-east-1", model, { exchange: hello }));
}

/** The same question in four regions within six minutes. */
function hops(start: number): Request[] {
  const regions = ["us-east-1", "us-west-2", "eu-central-1", "ap-northeast-1"];
  return regions.map((region, index) => request(start + index * 97_000, region, "haiku45"));
}

/** The dearest models first; eight are refused, one is not. */
function sweep(start: number): Request[] {
  const tried: readonly ModelName[] = [
    "opus46",
    "opus45",
    "opus41",
    "sonnet4",
    "deepseek",
    "mistralLarge",
    "commandR",
    "llama4",
    "jamba",
  ];
  return tried.map((model, index) => {
    const time = start + index * 26_000;
    return model === "opus41"
      ? request(time, "us-east-1", model, { how: through("us") })
      : request(time, "us-east-1", model, denied);
  });
}

const orders = [
  "Write a review of a hotel by the sea, three stars, first person, 120 words, no two sentences of equal length.",
  "Rewrite this product page so that no tool can tell that it was generated. Keep all numbers.",
  "Continue the lecture from slide 41 on, in the same tone, with examples from shipping.",
  "Translate chapter 12 into Indonesian. Keep the dialogue marks of the original.",
  "Here are 40 questions of an exam in accounting. Give the letter of the right answer and one line of reasoning each.",
  "Ты переводчик. Переведи следующую главу на русский, сохраняя стиль автора.",
  "请根据下面的大纲写一篇三千字的市场分析，分五节，每节有小标题。",
  "Viết lại đoạn này cho một trang bán hàng, giọng thân thiện, không quá 300 chữ.",
];
const deliveries = [
  "We came for the view and stayed for the breakfast. The room was small, the bed was not. At night the sea is loud; bring plugs, or do as I did and count the waves. Would I return? In May, yes. In August the terrace belongs to others.",
  "1. B, because accrued costs belong to the period in which they arise.\n2. D, since goodwill is tested, not written off.\n3. A, the ratio leaves out stock.\n4. C, prepaid rent is an asset until it is used.",
  "Slide 42. A port is a clock. When one crane stops, the yard fills in four hours, the road in nine, and the next ship feels it after two days. What would you measure first?",
];

/** Bulk work for strangers on the one dear model that answered. */
function use(random: Random, start: number): Request[] {
  return Array.from({ length: 1_040 }, (_, index) => {
    const exchange = plainExchange(random.pick(orders), random.pick(deliveries), {
      maxTokens: 8_192,
      temperature: 1,
      extraTokens: random.int(3_000, 14_000),
      // Thinking is billed in full and logged as a summary.
      extraOutput: random.int(900, 3_400),
    });
    const time = start + index * 13_800 + random.int(0, 9_000);
    return request(time, "us-east-1", "opus41", {
      how: through("us"),
      operation: "InvokeModelWithResponseStream",
      exchange,
      largeInput: exchange.extraTokens > 6_000,
    });
  });
}

/** A leaked long-term API key: it is checked, tried everywhere, swept over the models, then sold by the call. */
export const stolenKey: Plot = {
  id: "stolen-key",
  tell(random, now) {
    const start = hoursBefore(now, 26.3);
    const subject = `${account}/user/${name}`;
    return {
      requests: [
        ...probes(start),
        ...hops(start + 4 * minute),
        ...sweep(start + 12 * minute),
        ...use(random, start + 33 * minute),
      ],
      hints: [
        { detection: "bedrock-api-key-use", subject },
        { detection: "unfamiliar-principal", subject },
        { detection: "key-checker-probe", subject },
        { detection: "region-hop", subject },
        { detection: "model-sweep", subject },
        { detection: "sweep-then-use", subject },
        { detection: "cost-spike", subject, required: false },
        { detection: "llmjacking-chain", subject, required: false },
      ],
    };
  },
};
