import type { Invocation } from "../../server/domain/invocation.ts";
import type { Signal } from "../../server/domain/signal.ts";
import type { TestRecord } from "./lake.ts";

/** A call of Sonnet 4.5 at the global endpoint: 1,000 tokens in, 500 out. */
export function call(fields: Partial<Invocation> & { readonly requestId: string; readonly time: string }): Invocation {
  const accountId = fields.accountId ?? "111122223333";
  const region = fields.region ?? "us-east-1";
  return {
    id: `${accountId}/${region}/${fields.requestId}`,
    accountId,
    region,
    schemaVersion: "1.0",
    operation: "Converse",
    modelId: "global.anthropic.claude-sonnet-4-5-20250929-v1:0",
    identityArn: "arn:aws:sts::111122223333:assumed-role/app/session",
    inferenceRegion: null,
    errorCode: null,
    status: "success",
    residency: "not-recorded",
    model: "anthropic.claude-sonnet-4-5-20250929-v1:0",
    provider: "anthropic",
    modelSource: "id",
    endpointType: "global",
    endpointTypeBehind: null,
    geo: "global",
    resourceId: null,
    principalKey: "111122223333/role/app",
    principal: "role/app",
    actorClass: "role",
    sessionName: "session",
    requestMetadata: null,
    inputTokens: 1000,
    outputTokens: 500,
    cacheReadTokens: null,
    cacheWriteTokens: null,
    cacheWrite1hTokens: null,
    contextTokens: 1000,
    latencyMs: null,
    firstByteMs: null,
    stopReason: "end_turn",
    stopClass: "end",
    guardrailOutcome: null,
    guardrailStage: null,
    guardrailIds: null,
    guardrailOrigins: null,
    guardrailHits: null,
    guardedCharacters: null,
    totalCharacters: null,
    inputBodyState: "inline",
    outputBodyState: "inline",
    inputBodyS3Path: null,
    outputBodyS3Path: null,
    family: "converse",
    maxTokens: null,
    toolCallCount: 0,
    betaFlags: [],
    toolNames: [],
    mediaCount: 0,
    requestShape: null,
    serviceTier: null,
    performanceLatency: null,
    videoSeconds: null,
    extra: null,
    anomalies: [],
    ...fields,
  };
}

export function signal(ruleId: string, severity: Signal["severity"] = "low"): Signal {
  return {
    ruleId,
    ruleVersion: 1,
    severity,
    side: "input",
    kind: "user",
    position: "new",
    segmentHash: null,
    path: "/messages/0",
    start: 0,
    end: 4,
    weight: 1,
    count: 1,
    valueHash: null,
    decoded: null,
    excerpt: null,
  };
}

/** Numbers from 0 up to 1 that are the same in every run. */
export function numbersFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

const models = [
  ["anthropic.claude-sonnet-4-5-20250929-v1:0", "anthropic"],
  ["anthropic.claude-haiku-4-5-20251001-v1:0", "anthropic"],
  ["anthropic.claude-opus-4-1-20250805-v1:0", "anthropic"],
  ["amazon.nova-lite-v1:0", "amazon"],
  ["nobody.knows-this", "nobody"],
  [null, null],
] as const;
const endpoints = ["global", "geo", "in-region", "provisioned", "application-profile"] as const;
const statuses = [
  "success",
  "success",
  "success",
  "blocked",
  "client-error",
  "server-error",
  "throttled",
  "other-error",
  "unknown",
] as const;
const outcomes = ["blocked", "masked", "intervened", "detected", "passed", "no-evidence", null] as const;
const principals = ["role/app", "role/100%_sure", "user/a*b", "user/o'hara", "sso/Admin/!x", "unknown"];

/** Calls of every kind over four days, some to the millisecond of an hour's edge. */
export function manyCalls(count: number, seed = 7): readonly TestRecord[] {
  const next = numbersFrom(seed);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(next() * items.length)] as T;
  const maybe = (below: number) => (next() < 0.3 ? null : Math.floor(next() * below));
  return Array.from({ length: count }, (_, index) => {
    const [model, provider] = pick(models);
    const endpointType = pick(endpoints);
    const status = pick(statuses);
    const cacheWriteTokens = maybe(900);
    const inputTokens = maybe(250_000);
    const cacheReadTokens = maybe(5000);
    const guardrailOutcome = pick(outcomes);
    const ids = pick([null, [], ["g1"], ["g1", "g2"], ["g2", "g3", "g4"]]);
    const accountId = pick(["111122223333", "444455556666"]);
    const principal = pick(principals);
    const offset = next() < 0.2 ? Math.floor(next() * 96) * 3_600_000 : Math.floor(next() * 4 * 86_400_000);
    return {
      invocation: call({
        requestId: `r-${index}`,
        time: new Date(Date.parse("2026-11-17T00:00:00.000Z") + offset).toISOString(),
        accountId,
        region: pick(["us-east-1", "eu-west-1", "ap-south-1"]),
        principal,
        principalKey: `${accountId}/${principal}`,
        actorClass: pick(["role", "iam-user", "unknown"]),
        sessionName: pick(["s1", "s2", null]),
        model,
        provider,
        endpointType,
        endpointTypeBehind: endpointType === "application-profile" ? pick(["global", "geo", null]) : null,
        geo: endpointType === "geo" ? pick(["us", "eu"]) : null,
        residency: pick(["same-region", "other-region", "in-region-endpoint", "not-recorded", "did-not-run"]),
        inferenceRegion: pick(["us-east-1", null]),
        operation: pick(["Converse", "InvokeModel", null]),
        status,
        errorCode:
          status.includes("error") || status === "throttled"
            ? pick(["ThrottlingException", "ValidationException"])
            : null,
        stopClass: pick(["end", "length", null]),
        inputTokens,
        outputTokens: maybe(3000),
        cacheReadTokens,
        cacheWriteTokens,
        cacheWrite1hTokens: cacheWriteTokens === null || next() < 0.5 ? null : Math.floor(cacheWriteTokens / 3),
        contextTokens: inputTokens === null ? null : inputTokens + (cacheReadTokens ?? 0) + (cacheWriteTokens ?? 0),
        latencyMs: next() < 0.4 ? null : Math.floor(next() * 20_000) / 2,
        firstByteMs: next() < 0.6 ? null : Math.floor(next() * 2000),
        guardrailOutcome,
        guardrailIds: ids,
        guardrailHits: pick([
          null,
          [],
          [{ guardrailId: "g1", stage: "input", policy: "content", label: "HATE", action: "BLOCKED" }],
          [
            { guardrailId: "g1", stage: "input", policy: "content", label: "HATE", action: "BLOCKED" },
            { guardrailId: "g1", stage: "output", policy: "content", label: "VIOLENCE", action: "BLOCKED" },
            { guardrailId: "g2", stage: "output", policy: "topic", label: "x", action: "NONE" },
          ],
        ]),
        inputBodyState: pick(["inline", "s3", "absent"]),
        outputBodyState: pick(["inline", "s3", "absent"]),
        serviceTier: pick([null, "standard", "flex"]),
      }),
      signals: pick([
        [],
        [],
        [signal("delimiter-token")],
        [signal("delimiter-token"), signal("delimiter-token", "high"), signal("secret", "high")],
      ]),
    };
  });
}
