import type { Exchange, Guardrail, Part, Turn } from "../exchange.ts";
import type { Random } from "../random.ts";
import type { Language } from "../texts/slots.ts";

/** What a caller brings along to each of its conversations. */
export interface Scene {
  readonly languages: readonly Language[];
  /** Prompt caching is on. */
  readonly cached: boolean;
  readonly guardrailId: string | null;
  readonly metadata: Readonly<Record<string, string>> | null;
}

export interface Step {
  readonly exchange: Exchange;
  /** Seconds between the answer before and this request. */
  readonly pause: number;
  /** The request is over 100 KB: its body lies in an object of its own. */
  readonly largeInput?: boolean;
  readonly largeOutput?: boolean;
  /** Refused for good, whatever the weather. */
  readonly errorCode?: string;
}

/** One conversation, as the requests that it is made of: each sends the whole history again. */
export type Talk = (random: Random, scene: Scene) => readonly Step[];

export const text = (value: string): Part => ({ kind: "text", text: value });
export const user = (...parts: readonly Part[]): Turn => ({ role: "user", parts });
export const assistant = (...parts: readonly Part[]): Turn => ({ role: "assistant", parts });

export function passed(guardrailId: string, trace = true): Guardrail {
  return { id: guardrailId, did: "nothing", trace, policy: "topic", label: "", match: "", original: null };
}
