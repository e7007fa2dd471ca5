import { z } from "zod";

/** How the model was addressed; `unknown` is an id form that no rule knows. */
export const endpointTypes = [
  "global",
  "geo",
  "in-region",
  "provisioned",
  "application-profile",
  "custom",
  "imported",
  "router",
  "marketplace",
  "unknown",
] as const;
export const EndpointType = z.enum(endpointTypes);
export type EndpointType = z.infer<typeof EndpointType>;

export const EndpointTypeBehind = z.enum(["global", "geo", "in-region"]);
export type EndpointTypeBehind = z.infer<typeof EndpointTypeBehind>;

export const invocationStatuses = [
  "success",
  "blocked",
  "client-error",
  "server-error",
  "throttled",
  "other-error",
  "unknown",
] as const;
export const InvocationStatus = z.enum(invocationStatuses);
export type InvocationStatus = z.infer<typeof InvocationStatus>;

export const residencies = [
  "same-region",
  "other-region",
  "in-region-endpoint",
  "not-recorded",
  "did-not-run",
] as const;
export const Residency = z.enum(residencies);
export type Residency = z.infer<typeof Residency>;

export const actorClasses = [
  "root",
  "bedrock-api-key",
  "iam-user",
  "federated",
  "sso-human",
  "aws-service",
  "instance",
  "lambda",
  "role",
  "unknown",
] as const;
export const ActorClass = z.enum(actorClasses);
export type ActorClass = z.infer<typeof ActorClass>;

export const guardrailOutcomes = ["blocked", "masked", "intervened", "detected", "passed", "no-evidence"] as const;
export const GuardrailOutcome = z.enum(guardrailOutcomes);
export type GuardrailOutcome = z.infer<typeof GuardrailOutcome>;

export const StopClass = z.enum([
  "end",
  "stop-sequence",
  "tool",
  "length",
  "context",
  "refusal",
  "filtered",
  "guardrail",
  "malformed",
  "paused",
  "other",
]);
export type StopClass = z.infer<typeof StopClass>;

export const BodyState = z.enum(["inline", "s3", "absent"]);
export type BodyState = z.infer<typeof BodyState>;

export const families = [
  "converse",
  "anthropic-messages",
  "anthropic-text",
  "nova",
  "titan-text",
  "llama",
  "cohere",
  "ai21",
  "mistral",
  "openai",
  "embedding",
  "media",
  "unknown",
] as const;
export const Family = z.enum(families);
export type Family = z.infer<typeof Family>;

/** One assessed entry of a guardrail trace that fired. Never joined with the parts of another one. */
export const GuardrailHit = z.object({
  guardrailId: z.string(),
  stage: z.enum(["input", "output"]),
  policy: z.string(),
  label: z.string(),
  action: z.string(),
});
export type GuardrailHit = z.infer<typeof GuardrailHit>;

const text = z.string();
const maybe = z.string().nullable();
const count = z.number().int().nonnegative().nullable();
const number = z.number().nullable();
const list = z.array(z.string());

/**
 * One model call, normalised from one record. `null` never means 0, empty or "no": it means not recorded or not at hand.
 * Times are ISO 8601 UTC with milliseconds. `region` is the source region: where the call was made, not where the model ran.
 */
export const Invocation = z.object({
  /** `<accountId>/<region>/<requestId>`; without a request id the last part is `hmac:` + 64 hex. */
  id: text,
  time: text,
  accountId: text,
  region: text,
  requestId: maybe,
  schemaVersion: maybe,
  operation: maybe,
  modelId: maybe,
  identityArn: maybe,
  inferenceRegion: maybe,
  errorCode: maybe,
  status: InvocationStatus,
  residency: Residency,
  model: maybe,
  provider: maybe,
  modelSource: z.enum(["id", "router", "api", "mapping", "body"]).nullable(),
  endpointType: EndpointType,
  endpointTypeBehind: EndpointTypeBehind.nullable(),
  geo: maybe,
  resourceId: maybe,
  principalKey: text,
  principal: text,
  actorClass: ActorClass,
  sessionName: maybe,
  requestMetadata: z.record(z.string(), z.string()).nullable(),
  inputTokens: count,
  outputTokens: count,
  cacheReadTokens: count,
  cacheWriteTokens: count,
  cacheWrite1hTokens: count,
  contextTokens: count,
  latencyMs: number,
  firstByteMs: number,
  stopReason: maybe,
  stopClass: StopClass.nullable(),
  guardrailOutcome: GuardrailOutcome.nullable(),
  guardrailStage: z.enum(["input", "output", "both"]).nullable(),
  guardrailIds: list.nullable(),
  guardrailOrigins: list.nullable(),
  guardrailHits: z.array(GuardrailHit).nullable(),
  guardedCharacters: count,
  totalCharacters: count,
  inputBodyState: BodyState,
  outputBodyState: BodyState,
  inputBodyS3Path: maybe,
  outputBodyS3Path: maybe,
  family: Family.nullable(),
  maxTokens: count,
  toolCallCount: count,
  betaFlags: list.nullable(),
  toolNames: list.nullable(),
  mediaCount: count,
  requestShape: maybe,
  serviceTier: maybe,
  performanceLatency: maybe,
  videoSeconds: number,
  /** JSON text of every field outside the bodies that no column holds unchanged. */
  extra: maybe,
  anomalies: list,
});
export type Invocation = Readonly<z.infer<typeof Invocation>>;

export const SegmentKind = z.enum([
  "system",
  "user",
  "assistant",
  "reasoning",
  "toolDefinition",
  "toolCall",
  "toolResult",
  "document",
  "image",
  "video",
  "audio",
  "searchResult",
  "embedding",
  "unknown",
]);
export type SegmentKind = z.infer<typeof SegmentKind>;

export type Side = "input" | "output";

/** One line of the outline: what may be shown of a segment without the right to read content. */
export const OutlineSegment = z.object({
  side: z.enum(["input", "output"]),
  kind: SegmentKind,
  role: z.enum(["system", "user", "assistant", "tool"]).nullable(),
  /** 0-based in the record, input first, in body order. */
  index: z.number().int(),
  /** Index of the message, where the body has messages. */
  turn: z.number().int().nullable(),
  /** JSON pointer into the body of its side. */
  path: z.string(),
  name: maybe,
  refId: maybe,
  uri: maybe,
  isError: z.boolean().nullable(),
  /** UTF-16 units of the text; null when the segment has no text. */
  characters: z.number().int().nullable(),
});
export type OutlineSegment = Readonly<z.infer<typeof OutlineSegment>>;

/** A piece of text of a record. Content: secret and hostile. */
export interface Segment {
  readonly side: Side;
  readonly kind: SegmentKind;
  readonly role: "system" | "user" | "assistant" | "tool" | null;
  readonly index: number;
  readonly turn: number | null;
  readonly path: string;
  readonly text: string | null;
  readonly name: string | null;
  readonly refId: string | null;
  readonly uri: string | null;
  readonly isError: boolean | null;
  /** Keyed hash of kind and text; null without text. */
  readonly hash: string | null;
}

/** The text of an invocation, kept apart from its row. Bodies are JSON text after redaction of guardrail traces, or null. */
export interface InvocationContent {
  readonly id: string;
  readonly segments: readonly Segment[];
  readonly inputBody: string | null;
  readonly outputBody: string | null;
  /** False when a limit (depth, segments, text) cut the segments short. */
  readonly complete: boolean;
}

/** The words of `quarantine` for one line that is no record, or could not be read as one. */
export const quarantineReasons = [
  "not-json",
  "not-object",
  "wrong-schema-type",
  "bad-timestamp",
  "no-account",
  "no-region",
  "record-too-large",
  "truncated",
  "bad-gzip",
  "scope-mismatch",
  "crashed",
  "too-deep",
] as const;
export const QuarantineReason = z.enum(quarantineReasons);
export type QuarantineReason = z.infer<typeof QuarantineReason>;
