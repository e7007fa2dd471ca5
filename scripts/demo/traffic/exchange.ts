export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

export type Part =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "reasoning"; readonly text: string }
  | { readonly kind: "toolCall"; readonly id: string; readonly name: string; readonly input: JsonObject }
  | { readonly kind: "toolResult"; readonly id: string; readonly text: string; readonly isError: boolean }
  /** A file of `pages` pages; its content is not in the record. */
  | {
      readonly kind: "document";
      readonly name: string;
      readonly format: "pdf" | "docx" | "csv";
      readonly pages: number;
    };

export interface Turn {
  readonly role: "user" | "assistant";
  readonly parts: readonly Part[];
}

export interface Tool {
  readonly name: string;
  readonly description: string;
  readonly schema: JsonObject;
}

export type Stop = "end" | "tool" | "length" | "stop-sequence" | "refusal";

/** What a guardrail did to a call, in the words of its policies. */
export interface Guardrail {
  readonly id: string;
  readonly did: "nothing" | "blocked-input" | "blocked-output" | "masked" | "detected";
  /** Whether the caller asked for the trace. */
  readonly trace: boolean;
  readonly policy: "topic" | "content" | "word" | "pii";
  readonly label: string;
  /** What matched; in a trace it stands unmasked, as AWS writes it. */
  readonly match: string;
  /** The answer before it was masked or blocked; null when the model never ran. */
  readonly original: string | null;
}

/** One question and its answer, before it is put into the words of a model family. */
export interface Exchange {
  readonly system: string | null;
  readonly turns: readonly Turn[];
  readonly tools: readonly Tool[];
  readonly answer: readonly Part[];
  readonly stop: Stop;
  readonly maxTokens: number;
  readonly temperature: number | null;
  /** Part of the input, 0 to 1, that the prompt cache gave or took; null where nothing is cached. */
  readonly cache: { readonly read: number; readonly write: number } | null;
  /** Tokens of input beyond what the texts show: pages, long attachments. */
  readonly extraTokens: number;
  /** Tokens of output beyond what `answer` shows; for answers that lie in a body of their own. */
  readonly extraOutput: number;
  readonly betas: readonly string[];
  readonly guardrail: Guardrail | null;
  readonly metadata: Readonly<Record<string, string>> | null;
}

export interface Usage {
  readonly input: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly output: number;
}

/** One request and what came of it, with all that its record says. */
export interface Call {
  /** Milliseconds; records keep whole seconds. */
  readonly time: number;
  readonly requestId: string;
  readonly accountId: string;
  readonly region: string;
  readonly identityArn: string;
  readonly operation: Operation;
  readonly model: ModelUse;
  /** 22 letters and digits: the small ids inside the bodies. */
  readonly mark: string;
  readonly exchange: Exchange;
  readonly usage: Usage;
  readonly latencyMs: number;
  readonly firstByteMs: number;
  readonly inferenceRegion: string | null;
  readonly errorCode: string | null;
  readonly inputBody: "inline" | "s3" | "absent";
  readonly outputBody: "inline" | "s3" | "absent";
}

export type Operation = "InvokeModel" | "InvokeModelWithResponseStream" | "Converse" | "ConverseStream";

/** A model as a caller names it, with what stands behind the name. */
export interface ModelUse {
  /** As the record has it: id, profile id or ARN. */
  readonly modelId: string;
  /** What really runs; null for a name that tells nothing. */
  readonly base: string;
  readonly family: FamilyId;
  /** Regions where it may run; empty: where it was called, and no `inferenceRegion` is recorded. */
  readonly destinations: readonly string[];
  /** The family writes cache counts into its records. */
  readonly caches: boolean;
}

export type FamilyId =
  | "anthropic-messages"
  | "anthropic-text"
  | "nova"
  | "titan-text"
  | "llama"
  | "cohere"
  | "ai21"
  | "mistral"
  | "openai"
  | "embedding"
  | "media";

/** Plain text on both sides: the start of most exchanges. */
export function plainExchange(question: string, answer: string, options: Partial<Exchange> = {}): Exchange {
  return {
    system: null,
    turns: [{ role: "user", parts: [{ kind: "text", text: question }] }],
    tools: [],
    answer: [{ kind: "text", text: answer }],
    stop: "end",
    maxTokens: 1024,
    temperature: null,
    cache: null,
    extraTokens: 0,
    extraOutput: 0,
    betas: [],
    guardrail: null,
    metadata: null,
    ...options,
  };
}

/** All texts of some parts, one after the other. */
export function textOf(parts: readonly Part[]): string {
  return parts.flatMap((part) => (part.kind === "text" || part.kind === "toolResult" ? [part.text] : [])).join("\n");
}
