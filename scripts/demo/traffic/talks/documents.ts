import { plainExchange } from "../exchange.ts";
import { contracts } from "../texts/desk.ts";
import { filler } from "../texts/slots.ts";
import { type Talk, text, user } from "./talk.ts";

const system =
  'You read contracts for the rights and purchasing teams. Answer from the document, with clause numbers. Say "not in the document" where it is silent. You give no legal advice.';

/** A contract as a file, and a question about it. */
export const contractQuestion: Talk = (random, scene) => {
  const fill = filler(random);
  const { name, ask, answer } = random.pick(contracts);
  const pages = random.int(6, 52);
  const file = { kind: "document", name: fill(name), format: "pdf", pages } as const;
  const exchange = plainExchange("", fill(answer), {
    system,
    turns: [user(file, text(fill(ask)))],
    maxTokens: 1_200,
    temperature: 0,
    metadata: scene.metadata,
  });
  return [{ exchange, pause: 0 }];
};

/** A whole manuscript in one prompt: over the limit of inline bodies, sometimes over 200,000 tokens. */
export const manuscriptReview: Talk = (random, scene) => {
  const fill = filler(random);
  const exchange = plainExchange(
    fill(
      "Here is the manuscript of {title}. List every place where the calendar of the story contradicts itself, with chapter and page.",
    ),
    fill(
      "Chapter {clause}, page {count}: the market falls on a {day}, yet the letter of {date} calls the next day Sunday.\nChapter 7, page {many}: two winters pass, the child ages by one year.\nI found no other contradiction of dates.",
    ),
    {
      system: "You are a careful reader in the editorial department. Quote no more than a dozen words at a time.",
      maxTokens: 4_000,
      temperature: 0,
      extraTokens: random.int(60_000, 260_000),
      betas: ["context-1m-2025-08-07"],
      metadata: scene.metadata,
    },
  );
  return [{ exchange, pause: 0, largeInput: true }];
};
