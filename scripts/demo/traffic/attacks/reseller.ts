import type { Request } from "../calls.ts";
import { type Exchange, type Operation, plainExchange } from "../exchange.ts";
import { type ModelName, through } from "../models.ts";
import type { Random } from "../random.ts";
import { hoursBefore, type Plot } from "../story.ts";
import { user, text } from "../talks/talk.ts";
import { accounts } from "../targets.ts";
import { contracts } from "../texts/desk.ts";
import { lines, persona } from "../texts/personas.ts";
import { filler } from "../texts/slots.ts";

const account = accounts.desk;
const name = "ses-smtp-relay";
const identityArn = `arn:aws:iam::${account}:user/${name}`;
const hourMs = 3_600_000;
const personaCount = 72;
const firstHour = 39;

/** Clients of every make behind one key: each asks in a shape of its own. */
interface Client {
  readonly operation: Operation;
  readonly model: ModelName;
  readonly settings: Partial<Exchange>;
}

const clients: readonly Client[] = [
  { operation: "InvokeModelWithResponseStream", model: "opus45", settings: { maxTokens: 4_096, temperature: 1 } },
  { operation: "InvokeModelWithResponseStream", model: "sonnet45", settings: { maxTokens: 1_200 } },
  { operation: "Converse", model: "opus45", settings: { maxTokens: 2_048, temperature: 0.9 } },
  { operation: "ConverseStream", model: "sonnet45", settings: { maxTokens: 3_000 } },
  { operation: "InvokeModel", model: "opus41", settings: { maxTokens: 8_000, betas: ["output-128k-2025-02-19"] } },
  {
    operation: "InvokeModel",
    model: "opus45",
    settings: { maxTokens: 900, temperature: 0.8, betas: ["interleaved-thinking-2025-05-14"] },
  },
  { operation: "Converse", model: "sonnet45", settings: { maxTokens: 700, betas: ["context-1m-2025-08-07"] } },
];

function chat(random: Random, personas: readonly string[], settings: Partial<Exchange>): Exchange {
  const { said, reply } = random.pick(lines);
  return plainExchange(said, reply, {
    ...settings,
    system: random.pick(personas),
    extraTokens: random.int(2_000, 9_000),
    extraOutput: random.int(300, 1_400),
  });
}

/** One buyer in eight sends files in place of small talk. */
function paper(random: Random, settings: Partial<Exchange>): Exchange {
  const fill = filler(random);
  const { name: file, ask, answer } = random.pick(contracts);
  return plainExchange("", fill(answer), {
    ...settings,
    turns: [user({ kind: "document", name: fill(file), format: "pdf", pages: random.int(60, 130) }, text(fill(ask)))],
    extraOutput: random.int(400, 2_200),
  });
}

/** From a trickle to a crowd: word gets around, then a price list does. */
const callsAt = (hoursAgo: number): number =>
  hoursAgo > 34 ? 14 : hoursAgo > 22 ? 34 : hoursAgo > 18 ? 360 : hoursAgo > 5 ? 55 : 30;

function hour(random: Random, personas: readonly string[], now: number, hoursAgo: number): Request[] {
  const start = hoursBefore(now, hoursAgo);
  return Array.from({ length: callsAt(hoursAgo) }, () => {
    const client = random.pick(clients);
    const document = client.operation.startsWith("Converse") && random.chance(0.42);
    const exchange = document ? paper(random, client.settings) : chat(random, personas, client.settings);
    return {
      time: start + random.int(0, hourMs / 1000 - 1) * 1000,
      accountId: account,
      region: "us-east-1",
      identityArn,
      operation: client.operation,
      model: client.model,
      how: through(client.model === "opus41" ? "us" : "global"),
      exchange,
      largeInput: !document && exchange.extraTokens > 7_500,
    };
  });
}

/** A mail server's forgotten credentials behind a role-play service: many characters, languages and clients, day and night. */
export const reseller: Plot = {
  id: "reseller",
  tell(random, now) {
    const personas = Array.from({ length: personaCount }, () => persona(random));
    const subject = `${account}/user/${name}`;
    const hours = Array.from({ length: firstHour - 1 }, (_, index) => firstHour - index);
    return {
      requests: hours.flatMap((ago) => hour(random, personas, now, ago)),
      hints: [
        { detection: "iam-user-invocation", subject },
        { detection: "unfamiliar-principal", subject },
        { detection: "cost-spike", subject },
        { detection: "persona-variety", subject },
        { detection: "client-variety", subject },
        { detection: "role-play-service", subject },
        { detection: "unlisted-beta", subject, required: false },
      ],
    };
  },
};
