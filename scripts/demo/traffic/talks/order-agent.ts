import { type Part, plainExchange, type Turn } from "../exchange.ts";
import { support } from "../texts/support.ts";
import { filler } from "../texts/slots.ts";
import { assistant, type Talk, text, user } from "./talk.ts";

const system =
  "You are the order agent of Quillmoor. Use the functions to look orders up; never guess. Ask before you change anything. Answer in the customer's language.";

const tools = [
  {
    name: "Orders___findOrder",
    description: "Finds an order by its number",
    schema: {
      type: "object",
      properties: { number: { type: "string", description: "such as QM-204100" } },
      required: ["number"],
    },
  },
  {
    name: "Orders___requestReturn",
    description: "Opens a return for one line of an order",
    schema: {
      type: "object",
      properties: { number: { type: "string" }, line: { type: "integer" } },
      required: ["number", "line"],
    },
  },
];

/** An agent of Bedrock Agents: it calls a function, reads the result and answers. */
export const orderAgent: Talk = (random, scene) => {
  const fill = filler(random);
  const { ask, answer } = random.pick(support.en);
  const call: Part = {
    kind: "toolCall",
    id: random.token(22),
    name: "Orders___findOrder",
    input: { number: fill("{order}") },
  };
  const found = fill("{order}: paid {amount}, packed {day}, parcel {parcel}, 1 x {title} ({product})");
  const asked: Turn = user(text(fill(ask)));
  const settings = {
    system,
    tools,
    maxTokens: 2_048,
    temperature: 0,
    extraTokens: random.int(2_400, 5_200),
    metadata: scene.metadata,
  };
  const look = plainExchange("", "", {
    ...settings,
    turns: [asked],
    answer: [text("I will look that up."), call],
    stop: "tool",
  });
  const turns = [
    asked,
    assistant(text("I will look that up."), call),
    user({ kind: "toolResult", id: call.id, text: found, isError: false }),
  ];
  const reply = plainExchange("", "", { ...settings, turns, answer: [text(fill(answer))] });
  return [
    { exchange: look, pause: 0 },
    { exchange: reply, pause: random.int(1, 4) },
  ];
};
