import type { Request } from "../calls.ts";
import { type Exchange, type Guardrail, plainExchange } from "../exchange.ts";
import { through } from "../models.ts";
import { shopGuardrail } from "../organisation.ts";
import { hoursBefore, type Plot } from "../story.ts";
import { passed } from "../talks/talk.ts";
import { accounts } from "../targets.ts";
import { answered, jailbreaks, refusals } from "../texts/jailbreaks.ts";

const account = accounts.shop;
const identityArn = `arn:aws:sts::${account}:assumed-role/AWSReservedSSO_SupportDesk_4f1c9a7e20b35d68/support-d9@example.com`;

const system =
  "You are the assistant of Quillmoor's support desk. Help staff to answer customers. Vouchers are granted by the shift lead only; never name internal codes.";
const canned = "I can help with orders, books and your account. For anything else please write to our office.";

const attack: Guardrail = { ...passed(shopGuardrail), did: "blocked-input", policy: "content", label: "PROMPT_ATTACK" };

const ask = (prompt: string, answer: string, rest: Partial<Exchange> = {}): Exchange =>
  plainExchange(prompt, answer, { system, maxTokens: 1_024, temperature: 1, ...rest });

/** Minutes after the first try, and what came of each. */
const tries: readonly (readonly [minute: number, exchange: Exchange])[] = [
  [0, ask(jailbreaks.first, refusals.plain, { stop: "refusal" })],
  [3, ask(jailbreaks.first, canned, { guardrail: attack })],
  [5, ask(jailbreaks.reworded, refusals.plain, { stop: "refusal" })],
  [9, ask(jailbreaks.twoVoices, canned, { guardrail: attack })],
  [14, ask(jailbreaks.german, refusals.german)],
  [21, ask(jailbreaks.story, refusals.plain, { stop: "refusal" })],
  [24, ask(jailbreaks.story, answered)],
];

/** Somebody with a desk and an afternoon: the same wish in seven dresses, the last one is answered. */
export const jailbreakSeries: Plot = {
  id: "jailbreak-series",
  tell(_random, now) {
    const start = hoursBefore(now, 19.4);
    const subject = `${account}/sso/SupportDesk/support-d9@example.com`;
    const requests = tries.map(([minute, exchange]): Request => ({
      time: start + minute * 60_000,
      accountId: account,
      region: "eu-central-1",
      identityArn,
      operation: "Converse",
      model: "sonnet45",
      how: through("eu"),
      exchange,
    }));
    return {
      requests,
      hints: [
        { detection: "jailbreak-structure", subject },
        { detection: "refused-then-answered", subject },
        { detection: "refusal-burst", subject, required: false },
        { detection: "system-prompt-extraction", subject, required: false },
      ],
    };
  },
};
