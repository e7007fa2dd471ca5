import type { Exchange, Part, Tool, Usage } from "./exchange.ts";
import type { Random } from "./random.ts";

const charactersPerToken = 3.7;
const tokensPerPage = 1_450;
const toolCharacters = new WeakMap<readonly Tool[], number>();

function charactersOf(part: Part): number {
  switch (part.kind) {
    case "text":
    case "reasoning":
    case "toolResult":
      return part.text.length;
    case "toolCall":
      return part.name.length + JSON.stringify(part.input).length;
    case "document":
      return part.pages * tokensPerPage * charactersPerToken;
  }
}

function charactersOfTools(tools: readonly Tool[]): number {
  const known = toolCharacters.get(tools);
  if (known !== undefined) return known;
  const characters = tools.length === 0 ? 0 : JSON.stringify(tools).length;
  toolCharacters.set(tools, characters);
  return characters;
}

function sum(parts: readonly Part[]): number {
  return parts.reduce((total, part) => total + charactersOf(part), 0);
}

const toTokens = (characters: number): number => Math.ceil(characters / charactersPerToken);

/** The counts that a model would have told. Blocked at the input, no model ran and all are 0. */
export function usageOf(exchange: Exchange): Usage {
  if (exchange.guardrail?.did === "blocked-input") return { input: 0, cacheRead: 0, cacheWrite: 0, output: 0 };
  const said = exchange.turns.reduce((total, turn) => total + sum(turn.parts), 0);
  const whole = said + (exchange.system?.length ?? 0) + charactersOfTools(exchange.tools);
  const input = 8 + toTokens(whole) + exchange.extraTokens;
  const cacheRead = Math.floor(input * (exchange.cache?.read ?? 0));
  const cacheWrite = Math.floor(input * (exchange.cache?.write ?? 0));
  return { input: Math.max(1, input - cacheRead - cacheWrite), cacheRead, cacheWrite, output: outputOf(exchange) };
}

/** A masked or blocked answer counts as the model wrote it, one that was cut off as long as was allowed. */
function outputOf(exchange: Exchange): number {
  if (exchange.stop === "length") return exchange.maxTokens;
  const written = exchange.guardrail?.original?.length ?? sum(exchange.answer);
  return Math.max(1, toTokens(written) + exchange.extraOutput);
}

/** Milliseconds to the first byte and to the end, longer for more tokens and larger models. */
export function latencyOf(
  random: Random,
  usage: Usage,
  millisecondsPerToken: number,
): { firstByteMs: number; latencyMs: number } {
  const read = 180 + usage.input * 0.04 + (usage.cacheRead + usage.cacheWrite) * 0.006;
  const firstByteMs = Math.round(random.skewed(read, 0.3));
  return { firstByteMs, latencyMs: firstByteMs + Math.round(random.skewed(usage.output * millisecondsPerToken, 0.2)) };
}
