import type { EndpointType, EndpointTypeBehind, Invocation } from "../domain/invocation.ts";
import { longContextTerms } from "./model-terms.ts";

/** What of a row decides its price; more fields do no harm. */
export type PricedFields = Pick<
  Invocation,
  | "time"
  | "region"
  | "model"
  | "endpointType"
  | "endpointTypeBehind"
  | "geo"
  | "inputTokens"
  | "outputTokens"
  | "cacheReadTokens"
  | "cacheWriteTokens"
  | "cacheWrite1hTokens"
  | "contextTokens"
  | "serviceTier"
  | "performanceLatency"
>;

export interface PriceKey {
  /** `model|tier|region|service|context|classes`, or null when the model or the tier is not known. */
  readonly key: string | null;
  /** What was assumed, and why there is no key (`no-key:<reason>`). */
  readonly flags: readonly string[];
}

export const tiers = ["global", "geo", "in-region", "gov"] as const;
export type Tier = (typeof tiers)[number];
export const services = ["standard", "flex", "priority", "batch", "optimized"] as const;
export type Service = (typeof services)[number];

/** The key under which the tokens of an invocation are priced. `partition` is that of the record's ARNs, else taken from the region. */
export function priceKey(invocation: PricedFields, partition = partitionOf(invocation.region)): PriceKey {
  const tier = tierOf(invocation, partition);
  if (typeof tier !== "string") return { key: null, flags: [`no-key:${tier.reason}`] };
  const { model, region } = invocation;
  if (model === null) return { key: null, flags: ["no-key:unresolved"] };
  if (model.includes("|") || region.includes("|")) return { key: null, flags: ["no-key:malformed"] };
  const service = serviceOf(invocation);
  if (service === null) return { key: null, flags: ["no-key:service"] };
  const context = contextOf(invocation, model);
  const classes = tokenClasses(invocation);
  const flags = [
    ...(isSplitUnknown(invocation) ? ["1h-as-5m"] : []),
    ...(context === "long" ? ["context-from-counts"] : []),
  ];
  return { key: [model, tier, region, service, context, classes].join("|"), flags };
}

function partitionOf(region: string): string {
  if (region.startsWith("us-gov-")) return "aws-us-gov";
  if (region.startsWith("cn-")) return "aws-cn";
  return "aws";
}

function tierOf(invocation: PricedFields, partition: string): Tier | { readonly reason: string } {
  const { endpointType, endpointTypeBehind, geo } = invocation;
  // Prices of the partition aws-cn are in another currency.
  if (partition !== "aws" && partition !== "aws-us-gov") return { reason: "partition" };
  const endpoint = endpointBehind(endpointType, endpointTypeBehind);
  if (endpoint === null) return { reason: isRouted(endpointType) ? "unresolved" : endpointType };
  return partition === "aws-us-gov" || geo === "us-gov" ? "gov" : endpoint;
}

function isRouted(type: EndpointType): boolean {
  return type === "application-profile" || type === "router";
}

function endpointBehind(type: EndpointType, behind: EndpointTypeBehind | null): EndpointTypeBehind | null {
  if (isRouted(type)) return behind;
  return type === "global" || type === "geo" || type === "in-region" ? type : null;
}

/** Null for a tier that this program does not know: a wrong rate would be worse than none. */
function serviceOf({ serviceTier, performanceLatency }: PricedFields): Service | null {
  if (performanceLatency === "optimized") return "optimized";
  if (serviceTier === null || serviceTier === "default" || serviceTier === "standard") return "standard";
  return serviceTier === "flex" || serviceTier === "priority" ? serviceTier : null;
}

function contextOf({ contextTokens, time }: PricedFields, model: string): "base" | "long" {
  const term = longContextTerms.get(model);
  if (term === undefined || contextTokens === null) return "base";
  const day = time.slice(0, 10);
  const holds = day >= term.from && (term.to === null || day < term.to);
  return holds && contextTokens > term.threshold ? "long" : "base";
}

/** The letters of the classes with tokens: `i`nput, `o`utput, cache `r`ead, cache `w`rite for 5 minutes, and for 1 `h`our. */
function tokenClasses(invocation: PricedFields): string {
  const written1h = invocation.cacheWrite1hTokens ?? 0;
  return (
    letterOf("i", invocation.inputTokens) +
    letterOf("o", invocation.outputTokens) +
    letterOf("r", invocation.cacheReadTokens) +
    letterOf("w", (invocation.cacheWriteTokens ?? 0) - written1h) +
    letterOf("h", written1h)
  );
}

function letterOf(letter: string, count: number | null): string {
  return (count ?? 0) > 0 ? letter : "";
}

function isSplitUnknown({ cacheWriteTokens, cacheWrite1hTokens }: PricedFields): boolean {
  return (cacheWriteTokens ?? 0) > 0 && cacheWrite1hTokens === null;
}
