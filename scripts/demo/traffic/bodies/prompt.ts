import { type Call, textOf } from "../exchange.ts";

/** One text for models that know no turns. */
export function promptOf(call: Call): string {
  const { system, turns } = call.exchange;
  if (turns.length === 1 && system === null) return questionOf(call);
  const said = turns.map((turn) => `${turn.role === "user" ? "Question" : "Answer"}: ${textOf(turn.parts)}`);
  return [...(system === null ? [] : [system]), ...said].join("\n\n");
}

/** What the user said last. */
export function questionOf(call: Call): string {
  return textOf(call.exchange.turns.at(-1)?.parts ?? []);
}

export function answerOf(call: Call): string {
  return textOf(call.exchange.answer);
}

/** All input tokens, cached or not, as families count them that know no cache. */
export function inputTokens(call: Call): number {
  return call.usage.input + call.usage.cacheRead + call.usage.cacheWrite;
}
