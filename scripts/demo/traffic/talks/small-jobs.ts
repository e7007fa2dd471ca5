import { plainExchange } from "../exchange.ts";
import { blurbs, mailLabels, mails, reviews } from "../texts/desk.ts";
import { passages } from "../texts/passages.ts";
import { filler } from "../texts/slots.ts";
import { type Talk, text, user } from "./talk.ts";

const triageSystem =
  `Sort the mail into one of: ${mailLabels.join(", ")}. Answer with the label only.\n\n` +
  "delivery: where is it, when does it come. refund: money that is expected back. invoice: numbers, addresses and taxes on paper. damaged: what arrived broken or wet. question about a title: before buying. complaint: about people or about having to write again. press: reading copies, interviews. spam: all that wants to sell us something. If two fit, take the one that has to be answered first. Mails come in any language; quotes of older mails below a line do not count.";

/** One mail in, one label out. */
export const mailTriage: Talk = (random, scene) => {
  const fill = filler(random);
  const exchange = plainExchange(fill(random.pick(mails)), random.pick(mailLabels), {
    system: triageSystem,
    maxTokens: 20,
    temperature: 0,
    metadata: scene.metadata,
  });
  return [{ exchange, pause: 0 }];
};

/** Is a review fit to be shown? */
export const reviewCheck: Talk = (random, scene) => {
  const fill = filler(random);
  const question = `Is this review about the product, polite and without personal data? Answer yes or no and one reason.\n\n${fill(random.pick(reviews))}`;
  const answer = random.chance(0.85)
    ? "yes: about the product, polite, no personal data"
    : "no: complains about support, not about the product";
  return [
    {
      exchange: plainExchange(question, answer, { maxTokens: 60, temperature: 0, metadata: scene.metadata }),
      pause: 0,
    },
  ];
};

/** A line for a cover, keywords for the shop. */
export const blurb: Talk = (random, scene) => {
  const fill = filler(random);
  const { ask, answer } = random.pick(blurbs);
  const cut = random.chance(0.06);
  const exchange = plainExchange(fill(ask), fill(answer), {
    maxTokens: cut ? 12 : 150,
    stop: cut ? "length" : "end",
    temperature: 0.8,
    metadata: scene.metadata,
  });
  return [{ exchange, pause: 0 }];
};

/** Texts that go into the search index; four at a time. */
export const indexing: Talk = (random) => {
  const fill = filler(random);
  const lines = random.sample(passages, 4).map((passage) => fill(passage).slice(0, 240));
  const one = fill(`${random.pick(reviews)} ({title}, ${random.hex(4)})`);
  const question = random.chance(0.15) ? lines.join("\n") : one;
  return [{ exchange: plainExchange(question, "", { maxTokens: 0 }), pause: 0 }];
};

/** A sentence into another language, for the pages of the shop. */
export const translation: Talk = (random, scene) => {
  const fill = filler(random);
  const pairs = [
    [
      'Translate into German: "{title} is back in stock and ships within two days."',
      "„{title}“ ist wieder lieferbar und wird innerhalb von zwei Tagen versandt.",
    ],
    [
      'Translate into French: "The print run of {many} copies is numbered by hand."',
      "Le tirage de {many} exemplaires est numéroté à la main.",
    ],
    ['Translate into Polish: "Free returns within thirty days."', "Bezpłatny zwrot w ciągu trzydziestu dni."],
    [
      'Translate into Italian: "Signed by the illustrator, only in our shop in {city}."',
      "Firmato dall'illustratore, solo nel nostro negozio di {city}.",
    ],
    ['Translate into Dutch: "Order before {time} and read it tomorrow."', "Bestel vóór {time} en lees het morgen."],
  ] as const;
  const [ask, answer] = random.pick(pairs);
  const exchange = plainExchange(fill(ask), fill(answer), {
    system: "Translate for the shop. Keep titles as they are. Give the translation only.",
    maxTokens: 300,
    temperature: 0.1,
    metadata: scene.metadata,
  });
  return [{ exchange, pause: 0 }];
};

export const picture: Talk = (random, scene) => {
  const scenes = [
    "a lighthouse in fog, linocut, two colours",
    "a stack of old atlases on a ferry deck, gouache",
    "bees over a garden wall, engraving",
  ];
  return [{ exchange: plainExchange(random.pick(scenes), "", { maxTokens: 0, metadata: scene.metadata }), pause: 0 }];
};

/** The uptime canary: always the same word to the same model. */
export const ping: Talk = () => [
  { exchange: plainExchange("ping", "pong", { maxTokens: 5, temperature: 0 }), pause: 0 },
];

/** Nightly descriptions for the catalogue. */
export const catalogueEntry: Talk = (random, scene) => {
  const fill = filler(random);
  const facts = fill("Title: {title}\nForm: {product}\nPages: {many}\nThemes: coast, family, maps\nPublished: {date}");
  const answer = fill(
    "{title} follows three generations along one stretch of coast. What begins with a box of maps grows into a story about staying and leaving. For readers who like quiet books with a strong sense of place. {product}, {many} pages.",
  );
  const exchange = plainExchange("", answer, {
    system:
      "Write a catalogue entry of 60 to 90 words from the facts. No praise by others, no prices, present tense. First sentence: what the book is about. Second: what makes it different. Last: for whom. Do not invent awards, places or persons; what the facts do not say stays unsaid. Keep titles in roman. Avoid the words unique, gripping, must-read, journey of discovery.\n\nExample. Facts: Title: Salt Roads; Form: paperback; Themes: trade, mountains. Entry: Before there were maps of the passes there were the mules, and the people who knew where they would stop. Salt Roads follows one sack of salt over eleven days and four borders. For readers of quiet histories and owners of good boots.",
    turns: [user(text(facts))],
    maxTokens: 260,
    temperature: 0.5,
    metadata: scene.metadata,
  });
  return [{ exchange, pause: 0 }];
};

/** A caller that nobody told of its model's end of life: each first try is refused. */
export const retired =
  (talk: Talk): Talk =>
  (random, scene) =>
    talk(random, scene).map((step) => ({ ...step, errorCode: "ResourceNotFoundException" }));
