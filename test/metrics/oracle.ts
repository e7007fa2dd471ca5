import { globMatches } from "../../server/domain/glob.ts";
import type { Invocation } from "../../server/domain/invocation.ts";
import type { Dimension, Filter, Measure } from "../../server/domain/metric.ts";
import { openPriceBook } from "../../server/pricing/price-book.ts";
import { priceKey } from "../../server/pricing/price-key.ts";
import { costOf } from "../../server/domain/price.ts";
import type { TestRecord } from "./lake.ts";

/* The meaning of measures, fields and filters once more, over plain objects and without SQL. */

export const book = openPriceBook();

export function valuesOf(field: Dimension, { invocation: call, signals = [] }: TestRecord): readonly (string | null)[] {
  const list = (items: readonly string[] | null): readonly (string | null)[] =>
    items === null || items.length === 0 ? [null] : [...new Set(items)];
  switch (field) {
    case "guardrailId":
      return list(call.guardrailIds);
    case "guardrailPolicy":
      return list(call.guardrailHits?.map(({ policy }) => policy) ?? null);
    case "signal":
      return list(signals.map(({ ruleId }) => ruleId));
    case "signalSeverity":
      return list(signals.map(({ severity }) => severity));
    case "endpoint":
      return [call.endpointTypeBehind ?? call.endpointType];
    default:
      return [scalar(field, call)];
  }
}

function scalar(field: Dimension, call: Invocation): string | null {
  const names: Partial<Record<Dimension, keyof Invocation>> = {
    account: "accountId",
    principal: "principalKey",
    session: "sessionName",
    error: "errorCode",
    stop: "stopClass",
    guardrail: "guardrailOutcome",
    inputBody: "inputBodyState",
    outputBody: "outputBodyState",
  };
  if (field === "source") return "test";
  return call[names[field] ?? (field as keyof Invocation)] as string | null;
}

const tokensOf = (call: Invocation) =>
  (call.inputTokens ?? 0) + (call.outputTokens ?? 0) + (call.cacheReadTokens ?? 0) + (call.cacheWriteTokens ?? 0);

export function picoOf(call: Invocation, global = false): bigint | null {
  const { key } = priceKey(call);
  if (tokensOf(call) === 0) return 0n;
  if (key === null) return null;
  const day = call.time.slice(0, 10);
  const rate = global ? book.globalRateOf(key, day) : book.rateOf(key, day);
  return rate === null ? null : costOf(rate, call);
}

export function passes({ field, op, values }: Filter, record: TestRecord): boolean {
  const call = record.invocation;
  if (field === "priced") return values.includes(picoOf(call) === null ? "no" : "yes") === (op === "in");
  if (field === "tokens" || field === "latency" || field === "cost") {
    const pico = picoOf(call);
    const number =
      field === "tokens"
        ? tokensOf(call)
        : field === "latency"
          ? call.latencyMs
          : pico === null
            ? null
            : Number(pico) / 1e12;
    if (op === "null" || op === "notNull") return (number === null) === (op === "null");
    return number !== null && values.some((value) => (op === "gte" ? number >= Number(value) : number < Number(value)));
  }
  const own = valuesOf(field, record);
  const some = (test: (value: string) => boolean) => own.some((value) => value !== null && test(value));
  switch (op) {
    case "in":
      return some((value) => values.includes(value));
    case "notIn":
      return !some((value) => values.includes(value));
    case "glob":
      return some((value) => values.some((pattern) => globMatches(pattern, value)));
    case "notGlob":
      return !some((value) => values.some((pattern) => globMatches(pattern, value)));
    case "null":
      return own.every((value) => value === null);
    case "notNull":
      return own.some((value) => value !== null);
    default:
      throw new Error(`${field} has no ${op}`);
  }
}

/** A measure over records of which each stands once; new keys are left to tests of their own. */
export function measureOf(measure: Measure, records: readonly TestRecord[]): number | null {
  const calls = records.map(({ invocation }) => invocation);
  const count = (test: (call: Invocation) => boolean) => calls.filter(test).length;
  const sum = (pick: (call: Invocation) => number | null) =>
    calls.reduce((total, call) => total + (pick(call) ?? 0), 0);
  const distinct = (pick: (call: Invocation) => string | null) =>
    new Set(calls.map(pick).filter((value) => value !== null)).size;
  const ratio = (part: number, whole: number) => (whole === 0 ? null : part / whole);
  const percentile = (pick: (call: Invocation) => number | null, p: number) => {
    const known = calls
      .map(pick)
      .filter((value) => value !== null)
      .sort((a, b) => a - b);
    return known[Math.max(0, Math.ceil(p * known.length) - 1)] ?? null;
  };
  const errors = count((call) => ["client-error", "server-error", "throttled", "other-error"].includes(call.status));
  const withTokens = calls.filter((call) => tokensOf(call) > 0);
  const unpriced = withTokens.filter((call) => picoOf(call) === null);
  const tokens = sum(tokensOf);
  switch (measure) {
    case "invocations":
      return calls.length;
    case "succeeded":
      return count((call) => call.status === "success");
    case "blocked":
      return count((call) => call.status === "blocked");
    case "clientErrors":
      return count((call) => call.status === "client-error");
    case "serverErrors":
      return count((call) => call.status === "server-error");
    case "throttled":
      return count((call) => call.status === "throttled");
    case "otherErrors":
      return count((call) => call.status === "other-error");
    case "errors":
      return errors;
    case "errorRate":
      return ratio(errors, calls.length);
    case "interventions":
      return count((call) => ["blocked", "masked", "intervened"].includes(call.guardrailOutcome ?? ""));
    case "masked":
      return count((call) => call.guardrailOutcome === "masked");
    case "detected":
      return count((call) => call.guardrailOutcome === "detected");
    case "guardrailSeen":
      return count((call) => call.guardrailOutcome !== null && call.guardrailOutcome !== "no-evidence");
    case "guardrailNoEvidence":
      return count((call) => call.guardrailOutcome === "no-evidence");
    case "guardrailUnknown":
      return count((call) => call.guardrailOutcome === null);
    case "principals":
      return distinct((call) => call.principalKey);
    case "sessions":
      return distinct((call) => call.sessionName);
    case "models":
      return distinct((call) => call.model);
    case "accounts":
      return distinct((call) => call.accountId);
    case "regions":
      return distinct((call) => call.region);
    case "inputTokens":
      return sum((call) => call.inputTokens);
    case "outputTokens":
      return sum((call) => call.outputTokens);
    case "cacheReadTokens":
      return sum((call) => call.cacheReadTokens);
    case "cacheWriteTokens":
      return sum((call) => call.cacheWriteTokens);
    case "totalTokens":
      return tokens;
    case "cacheHitShare":
      return ratio(
        sum((call) => call.cacheReadTokens),
        sum((call) => call.cacheReadTokens) + sum((call) => call.inputTokens) + sum((call) => call.cacheWriteTokens),
      );
    case "costUsd":
      return withTokens.length > 0 && unpriced.length === withTokens.length
        ? null
        : usd(calls.map((call) => picoOf(call) ?? 0n));
    case "costAtGlobalUsd":
      return compared(calls, ({ global }) => global);
    case "regionalPremiumUsd":
      return compared(calls, ({ own, global }) => own - global);
    case "unpricedInvocations":
      return unpriced.length;
    case "unpricedTokens":
      return unpriced.reduce((total, call) => total + tokensOf(call), 0);
    case "pricedShare":
      return tokens === 0 ? null : 1 - unpriced.reduce((total, call) => total + tokensOf(call), 0) / tokens;
    case "latencyP50Ms":
      return percentile((call) => call.latencyMs, 0.5);
    case "latencyP95Ms":
      return percentile((call) => call.latencyMs, 0.95);
    case "latencyP99Ms":
      return percentile((call) => call.latencyMs, 0.99);
    case "latencyKnownShare":
      return ratio(
        count((call) => call.latencyMs !== null),
        calls.length,
      );
    case "firstByteP50Ms":
      return percentile((call) => call.firstByteMs, 0.5);
    case "firstByteP95Ms":
      return percentile((call) => call.firstByteMs, 0.95);
    case "otherRegionShare":
      return residencyShare(calls, "other-region");
    case "notRecordedShare":
      return residencyShare(calls, "not-recorded");
    case "longContext":
      return count((call) => (call.contextTokens ?? 0) > 200_000);
    case "bodiesInS3":
      return count((call) => call.errorCode === null && [call.inputBodyState, call.outputBodyState].includes("s3"));
    case "bodiesAbsent":
      return count((call) => call.errorCode === null && [call.inputBodyState, call.outputBodyState].includes("absent"));
    default:
      throw new Error(`the oracle does not know ${measure}`);
  }
}

function residencyShare(calls: readonly Invocation[], residency: string): number | null {
  const succeeded = calls.filter(({ status }) => status === "success");
  return succeeded.length === 0
    ? null
    : succeeded.filter((call) => call.residency === residency).length / succeeded.length;
}

function compared(
  calls: readonly Invocation[],
  pick: (costs: { own: bigint; global: bigint }) => bigint,
): number | null {
  const withTokens = calls.filter((call) => tokensOf(call) > 0);
  const endpoint = (call: Invocation) => call.endpointTypeBehind ?? call.endpointType;
  const pairs = withTokens.flatMap((call) => {
    const [own, global] = [picoOf(call), picoOf(call, true)];
    return own === null || global === null || endpoint(call) === "global" ? [] : [{ own, global }];
  });
  const settled = withTokens.filter((call) => picoOf(call) !== null && endpoint(call) === "global").length;
  return pairs.length === 0 && withTokens.length > settled ? null : usd(pairs.map(pick));
}

function usd(picos: readonly bigint[]): number {
  const total = picos.reduce((sum, pico) => sum + pico, 0n);
  return Number(total) / 1e12;
}
