import { plainExchange } from "../exchange.ts";
import { deskWork } from "../texts/desk.ts";
import { filler } from "../texts/slots.ts";
import { assistant, type Talk, text, user } from "./talk.ts";

const seconds = [
  {
    ask: "Shorter, please, and without the last point.",
    answer: "Gladly: the first three points say it all, each in half a sentence.",
  },
  { ask: "And in German?", answer: "Gern, hier ist die Fassung auf Deutsch; Anrede und Ton sind gleich geblieben." },
  { ask: "Good. Put the date in bold.", answer: "Done, the date now stands in bold; nothing else has changed." },
];

const system =
  "You help the staff of Quillmoor, a publisher and book shop, with texts, tables and small sums. Write plainly and briefly, in the language of the request. Keep names, numbers and dates exactly as given; say so when one is missing. Drafts of mails have a subject line and no more than two paragraphs.\n\n" +
  "You do not know current prices, stock or customers; ask for what you need. Do not give legal or medical advice. Personal data of customers does not belong into drafts: leave it out and say that you did. Numbers above 999 have a comma, dates are written as day and month. British spelling.";

/** Somebody at a desk: a draft, a summary, a small sum; sometimes a second wish. */
export const deskChat: Talk = (random, scene) => {
  const fill = filler(random);
  const { ask, answer } = random.pick(deskWork);
  const settings = { system, maxTokens: 2_000, temperature: 0.7, metadata: scene.metadata };
  const question = user(text(fill(ask)));
  const first = plainExchange("", "", { ...settings, turns: [question], answer: [text(fill(answer))] });
  if (random.chance(0.6)) return [{ exchange: first, pause: 0 }];
  const more = random.pick(seconds);
  const turns = [question, assistant(text(fill(answer))), user(text(more.ask))];
  const second = plainExchange("", "", { ...settings, turns, answer: [text(more.answer)] });
  return [
    { exchange: first, pause: 0 },
    { exchange: second, pause: random.int(20, 150) },
  ];
};
