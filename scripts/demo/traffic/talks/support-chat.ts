import { type Exchange, type Guardrail, plainExchange, type Turn } from "../exchange.ts";
import type { Random } from "../random.ts";
import { filler, type Language } from "../texts/slots.ts";
import { type Asked, followUps, support } from "../texts/support.ts";
import { assistant, passed, type Scene, type Step, type Talk, text, user } from "./talk.ts";

const systems: Readonly<Record<"en" | "de" | "ja", string>> = {
  en:
    "You are the assistant of Quillmoor, a publisher and book shop. Answer in the customer's language, in at most five sentences. Use only what the order system says. Never promise a discount or a date that is not in it. Offer a person when the customer asks for one.\n\n" +
    "Returns: printed books within thirty days, audiobooks and e-books until the first chapter has been opened. Damage in transit: ask for one photo, send the replacement first if the value is below 80. Shipping is charged once an order, also for partial deliveries. Titles marked POD are printed after the order and cannot be cancelled once the printer has the file. Gift cards are refilled, never paid out.\n\n" +
    "Tone: friendly, plain, no exclamation marks, no emoji. Start with the answer, then the reason. If an order number is missing, ask for it once. Address parts other than the city, card numbers and dates of birth are never repeated. Legal questions, press and complaints about staff go to a person.",
  de:
    "Du bist der Assistent von Quillmoor, Verlag und Buchhandlung. Antworte in der Sprache der Kundschaft, höflich und in höchstens fünf Sätzen. Nenne keine Rabatte und keine Termine, die nicht im System stehen.\n\n" +
    "Rückgabe: gedruckte Bücher innerhalb von dreißig Tagen, Hörbücher und E-Books nur bis zum Öffnen des ersten Kapitels. Bei Transportschäden genügt ein Foto; unter 80 Euro wird der Ersatz sofort versandt. Es gilt die Buchpreisbindung: Gutscheine senken den Preis neuer Bücher nicht. Titel mit dem Vermerk POD werden nach der Bestellung gedruckt.\n\n" +
    "Ton: freundlich und sachlich, ohne Ausrufezeichen. Fehlt die Bestellnummer, frage einmal danach. Anschriften werden nie wiederholt. Rechtsfragen und Beschwerden gehen an einen Menschen.",
  ja: "あなたは書店クイルムーアの案内係です。お客様の言語で、丁寧に五文以内で答えてください。システムにない値引きや日付は約束しないでください。印刷された本は三十日以内に返品できます。電子書籍とオーディオブックは、最初の章を開くまで返品できます。輸送中の破損は写真を一枚いただき、代わりの本を先にお送りします。注文番号がない場合は一度だけお尋ねください。住所や電話番号を繰り返して表示しないでください。苦情や法律に関するご質問は担当者に引き継いでください。",
};

const systemOf = (language: Language): string =>
  language === "de" || language === "ja" ? systems[language] : systems.en;
const followsOf = (language: Language): readonly Asked[] =>
  language === "de" || language === "ja" ? followUps[language] : followUps.en;

const blocked = "I can help with orders, books and your account. For anything else please write to our office.";

/** One call in about fifty makes the guardrail act. */
function withGuardrail(random: Random, scene: Scene, exchange: Exchange): Exchange {
  if (scene.guardrailId === null) return exchange;
  const id = scene.guardrailId;
  const draw = random.next();
  if (draw < 0.008) return blockedTopic(exchange, id);
  if (draw < 0.026) return masked(exchange, id, `reader${random.int(100, 999)}@example.com`);
  if (draw < 0.03)
    return { ...exchange, guardrail: { ...passed(id), did: "detected", policy: "content", label: "INSULTS" } };
  return draw < 0.55 ? { ...exchange, guardrail: passed(id) } : exchange;
}

function blockedTopic(exchange: Exchange, id: string): Exchange {
  const turns: Turn[] = [
    ...exchange.turns.slice(0, -1),
    user(text("Which shares should I buy with the refund? Give me a sure one.")),
  ];
  const guardrail: Guardrail = { ...passed(id), did: "blocked-input", policy: "topic", label: "Investment advice" };
  return { ...exchange, turns, answer: [text(blocked)], guardrail };
}

function masked(exchange: Exchange, id: string, address: string): Exchange {
  const told = (shown: string): string => `I have sent the label to ${shown}. It is valid for fourteen days.`;
  const guardrail: Guardrail = {
    ...passed(id),
    did: "masked",
    policy: "pii",
    label: "EMAIL",
    match: address,
    original: told(address),
  };
  return { ...exchange, answer: [text(told("{EMAIL}"))], guardrail };
}

/** A customer and the shop's assistant: one to four questions. */
export const supportChat: Talk = (random, scene) => {
  const fill = filler(random);
  const language = random.pick(scene.languages);
  const first = random.pick(support[language]);
  const turnCount = random.weighted([
    { weight: 5, value: 1 },
    { weight: 3, value: 2 },
    { weight: 2, value: 3 },
  ]).value;
  const steps: Step[] = [];
  let turns: Turn[] = [];
  for (const asked of [first, ...random.sample(followsOf(language), turnCount - 1)]) {
    turns = [...turns, user(text(fill(asked.ask)))];
    const answer = text(fill(asked.answer));
    const exchange = plainExchange("", "", {
      system: systemOf(language),
      turns,
      answer: [answer],
      maxTokens: 600,
      temperature: 0.3,
      metadata: scene.metadata,
    });
    steps.push({ exchange: withGuardrail(random, scene, exchange), pause: random.int(15, 90) });
    turns = [...turns, assistant(answer)];
  }
  return steps;
};
