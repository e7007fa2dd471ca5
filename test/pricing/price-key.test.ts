import { describe, expect, it } from "vitest";
import { priceKey, type PricedFields } from "../../server/pricing/price-key.ts";

const sonnet45 = "anthropic.claude-sonnet-4-5-20250929-v1:0";

function call(fields: Partial<PricedFields> = {}): PricedFields {
  return {
    time: "2026-11-20T10:00:00.000Z",
    region: "us-east-1",
    model: sonnet45,
    endpointType: "global",
    endpointTypeBehind: null,
    geo: "global",
    inputTokens: 1000,
    outputTokens: 500,
    cacheReadTokens: null,
    cacheWriteTokens: null,
    cacheWrite1hTokens: null,
    contextTokens: 1000,
    serviceTier: null,
    performanceLatency: null,
    ...fields,
  };
}

describe("the key of a priced row", () => {
  it("names model, tier, source region, service, context and the classes that have tokens", () => {
    expect(priceKey(call())).toEqual({ key: `${sonnet45}|global|us-east-1|standard|base|io`, flags: [] });
  });

  it.each<[string, Partial<PricedFields>, string]>([
    [
      "a cross-region profile",
      { endpointType: "geo", geo: "eu", region: "eu-west-1" },
      "geo|eu-west-1|standard|base|io",
    ],
    ["the bare id", { endpointType: "in-region", geo: null }, "in-region|us-east-1|standard|base|io"],
    [
      "an application profile over a global one",
      { endpointType: "application-profile", endpointTypeBehind: "global" },
      "global|us-east-1|standard|base|io",
    ],
    [
      "a router that told its model",
      { endpointType: "router", endpointTypeBehind: "geo" },
      "geo|us-east-1|standard|base|io",
    ],
    ["GovCloud by its profile", { endpointType: "geo", geo: "us-gov" }, "gov|us-east-1|standard|base|io"],
    [
      "GovCloud by its region",
      { endpointType: "in-region", geo: null, region: "us-gov-west-1" },
      "gov|us-gov-west-1|standard|base|io",
    ],
    ["the flex tier", { serviceTier: "flex" }, "global|us-east-1|flex|base|io"],
    ["the default tier", { serviceTier: "default" }, "global|us-east-1|standard|base|io"],
    ["optimised latency", { performanceLatency: "optimized" }, "global|us-east-1|optimized|base|io"],
    ["a context of 200,000 tokens", { contextTokens: 200_000 }, "global|us-east-1|standard|base|io"],
    [
      "a failed call without tokens",
      { inputTokens: null, outputTokens: null, contextTokens: null },
      "global|us-east-1|standard|base|",
    ],
    ["zero counts", { inputTokens: 0, outputTokens: 0 }, "global|us-east-1|standard|base|"],
    [
      "a cache split that is known",
      { cacheReadTokens: 10, cacheWriteTokens: 30, cacheWrite1hTokens: 10 },
      "global|us-east-1|standard|base|iorwh",
    ],
    [
      "cache writes for an hour only",
      { cacheWriteTokens: 30, cacheWrite1hTokens: 30 },
      "global|us-east-1|standard|base|ioh",
    ],
  ])("takes %s", (_, fields, tail) => {
    expect(priceKey(call(fields))).toEqual({ key: `${sonnet45}|${tail}`, flags: [] });
  });

  it.each<[string, Partial<PricedFields>]>([
    ["provisioned", { endpointType: "provisioned" }],
    ["custom", { endpointType: "custom" }],
    ["imported", { endpointType: "imported" }],
    ["marketplace", { endpointType: "marketplace" }],
    ["unknown", { endpointType: "unknown" }],
    ["unresolved", { endpointType: "application-profile" }],
    ["unresolved", { model: null }],
    ["service", { serviceTier: "reserved" }],
    ["partition", { region: "cn-north-1" }],
    ["malformed", { model: "a.b|global|us-east-1" }],
  ])("has none, and says why: %s %j", (reason, fields) => {
    expect(priceKey(call(fields))).toEqual({ key: null, flags: [`no-key:${reason}`] });
  });

  it("marks a long context as taken from the counts", () => {
    expect(priceKey(call({ contextTokens: 200_001 }))).toEqual({
      key: `${sonnet45}|global|us-east-1|standard|long|io`,
      flags: ["context-from-counts"],
    });
  });

  it("knows no long context for a model without a term, nor before its first day", () => {
    const haiku = call({ model: "anthropic.claude-haiku-4-5-20251001-v1:0", contextTokens: 200_001 });
    expect(priceKey(haiku).key).toContain("|base|");
    expect(priceKey(call({ time: "2025-09-28T23:59:59.999Z", contextTokens: 200_001 })).key).toContain("|base|");
  });

  it("prices cache writes of unknown life as five-minute ones, and says so", () => {
    expect(priceKey(call({ cacheWriteTokens: 5 }))).toEqual({
      key: `${sonnet45}|global|us-east-1|standard|base|iow`,
      flags: ["1h-as-5m"],
    });
  });
});
