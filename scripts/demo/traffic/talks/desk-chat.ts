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

/** Somebody at a desk: a draft, a summary, a small sum; sometimes a second wish. */
export const deskChat: Talk = (random, scene) => {
  const fill = filler(random);
  const { ask, answer } = random.pick(deskWork);
  const settings = { maxTokens: 2_000, temperature: 0.7, metadata: scene.metadata };
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
