import { fc, test } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { costOf, type TokenCounts } from "../../server/domain/price.ts";
import { discounted, picoPerToken } from "../../server/pricing/amount.ts";
import { parseOverrides } from "../../server/pricing/overrides.ts";
import { openPriceBook } from "../../server/pricing/price-book.ts";

const book = openPriceBook();
const day = "2026-11-20";
const sonnet45 = "anthropic.claude-sonnet-4-5-20250929-v1:0";
const sonnet4 = "anthropic.claude-sonnet-4-20250514-v1:0";
const opus45 = "anthropic.claude-opus-4-5-20251101-v1:0";
const opus41 = "anthropic.claude-opus-4-1-20250805-v1:0";
const haiku45 = "anthropic.claude-haiku-4-5-20251001-v1:0";

function tokens(input: number, output: number, read = 0, write = 0, write1h: number | null = 0): TokenCounts {
  return {
    inputTokens: input,
    outputTokens: output,
    cacheReadTokens: read,
    cacheWriteTokens: write,
    cacheWrite1hTokens: write1h,
  };
}

/** USD as decimal text without end zeros, exact. */
function usd(key: string, counts: TokenCounts, on = day): string | null {
  const rate = book.rateOf(key, on);
  const pico = rate === null ? null : costOf(rate, counts);
  if (pico === null) return null;
  const digits = pico.toString().padStart(13, "0");
  return `${digits.slice(0, -12)}.${digits.slice(-12)}`.replace(/\.?0+$/, "");
}

describe("list prices", () => {
  const plain = tokens(1000, 500);
  const cached = tokens(1000, 500, 10_000, 2_000);

  it.each([
    ["global", `${sonnet45}|global|us-east-1|standard|base|io`, plain, "0.0105"],
    ["us.", `${sonnet45}|geo|us-east-1|standard|base|io`, plain, "0.01155"],
    ["eu.", `${sonnet45}|geo|eu-west-1|standard|base|io`, plain, "0.01155"],
    ["jp.", `${sonnet45}|geo|ap-northeast-1|standard|base|io`, plain, "0.01155"],
    ["the bare id", `${sonnet45}|in-region|us-west-2|standard|base|io`, plain, "0.01155"],
    ["global with cache", `${sonnet45}|global|us-east-1|standard|base|iorw`, cached, "0.021"],
    ["regional with cache", `${sonnet45}|geo|us-east-1|standard|base|iorw`, cached, "0.0231"],
    [
      "one-hour writes",
      `${sonnet45}|global|us-east-1|standard|base|iorh`,
      tokens(1000, 500, 10_000, 2_000, 2_000),
      "0.0255",
    ],
    ["a long context", `${sonnet45}|global|us-east-1|standard|long|io`, tokens(200_001, 0), "1.200006"],
    ["the output of a long context", `${sonnet45}|global|us-east-1|standard|long|o`, tokens(0, 1_000_000), "22.5"],
    ["Sonnet 4 without premium", `${sonnet4}|geo|us-east-1|standard|base|io`, tokens(1_000_000, 1_000_000), "18"],
    ["Opus 4.5 global", `${opus45}|global|us-east-1|standard|base|io`, tokens(1_000_000, 1_000_000), "30"],
    ["Opus 4.5 regional", `${opus45}|geo|us-east-1|standard|base|io`, tokens(1_000_000, 1_000_000), "33"],
    ["Haiku 4.5 global", `${haiku45}|global|us-east-1|standard|base|io`, tokens(1_000_000, 1_000_000), "6"],
    ["Haiku 4.5 regional", `${haiku45}|in-region|us-east-1|standard|base|io`, tokens(1_000_000, 1_000_000), "6.6"],
    ["Opus 4.1", `${opus41}|geo|us-east-1|standard|base|io`, tokens(1_000_000, 1_000_000), "90"],
    [
      "Opus 4",
      "anthropic.claude-opus-4-20250514-v1:0|geo|us-east-1|standard|base|io",
      tokens(1_000_000, 1_000_000),
      "90",
    ],
    [
      "Sonnet 3.7",
      "anthropic.claude-3-7-sonnet-20250219-v1:0|geo|us-east-1|standard|base|io",
      tokens(1_000_000, 1_000_000),
      "18",
    ],
    [
      "Haiku 3.5",
      "anthropic.claude-3-5-haiku-20241022-v1:0|geo|us-east-1|standard|base|io",
      tokens(1_000_000, 1_000_000),
      "4.8",
    ],
    [
      "Haiku 3",
      "anthropic.claude-3-haiku-20240307-v1:0|in-region|us-east-1|standard|base|io",
      tokens(1_000_000, 1_000_000),
      "1.5",
    ],
    ["a failed call without tokens", `${sonnet45}|global|us-east-1|standard|base|`, tokens(0, 0), "0"],
    [
      "a model of the third layer",
      "amazon.nova-lite-v1:0|in-region|us-east-1|standard|base|io",
      tokens(1_000_000, 1_000_000),
      "0.3",
    ],
  ])("%s", (_, key, counts, expected) => {
    expect(usd(key, counts)).toBe(expected);
  });

  it.each([
    ["Opus 4.1 has no global endpoint", `${opus41}|global|us-east-1|standard|base|io`, day],
    ["GovCloud is not ten percent more", `${opus41}|gov|us-gov-west-1|standard|base|io`, day],
    ["another service tier", `${sonnet45}|global|us-east-1|flex|base|io`, day],
    ["a long context without a rate", `${haiku45}|global|us-east-1|standard|long|io`, day],
    ["before its first day", `${sonnet45}|global|us-east-1|standard|base|io`, "2025-09-28"],
    ["a model with a similar name", "amazon.titan-embed-text-v2:0|in-region|us-east-1|standard|base|i", day],
    ["a class without a rate", "anthropic.claude-3-haiku-20240307-v1:0|geo|us-east-1|standard|base|ior", day],
    [
      "one-hour writes in the third layer",
      "global.anthropic.claude-sonnet-4-6-v1:0|global|us-east-1|standard|base|h",
      day,
    ],
    [
      "a global endpoint that the third layer does not name",
      "amazon.nova-lite-v1:0|global|us-east-1|standard|base|io",
      day,
    ],
    ["a price that grows with the context", "openai.gpt-5.6-luna|global|us-east-1|standard|base|io", day],
    ["the third layer before its release", "amazon.nova-lite-v1:0|in-region|us-east-1|standard|base|io", "2026-09-22"],
  ])("unpriced: %s", (_, key, on) => {
    expect(book.rateOf(key, on)).toBeNull();
  });

  it("compares with the global endpoint of the same model, and knows when there is none", () => {
    expect(book.globalRateOf(`${sonnet45}|geo|us-east-1|standard|base|io`, day)?.input).toBe(3_000_000n);
    expect(book.globalRateOf(`${opus41}|geo|us-east-1|standard|base|io`, day)).toBeNull();
    expect(book.globalRateOf(`${sonnet45}|gov|us-gov-west-1|standard|base|io`, day)).toBeNull();
  });

  it("ignores a version tail that the third layer leaves out, but not another one", () => {
    expect(book.rateOf("anthropic.claude-opus-5-v1:0|global|us-east-1|standard|base|io", day)?.layer).toBe(
      "genai-prices",
    );
    expect(book.rateOf("amazon.nova-lite-v2:0|in-region|us-east-1|standard|base|io", day)).toBeNull();
  });
});

describe("own prices", () => {
  const own = openPriceBook({
    overrides: parseOverrides(
      "prices.yaml",
      `
discountPercent: 8
prices:
  - { model: ${haiku45}, tier: geo, region: "*", service: standard, context: base, from: 2026-01-01, to: 2026-11-20,
      usdPerMillion: { input: "1.00", output: "5.00" }, note: "contract" }
  - { model: ${haiku45}, tier: geo, region: "*", service: standard, context: base, from: 2026-11-20,
      usdPerMillion: { input: "2.00", output: "6.00" } }
  - { model: ${haiku45}, tier: geo, region: eu-west-1, service: standard, context: base, from: 2026-11-20,
      usdPerMillion: { input: "4.00" } }
fixed:
  - { resource: "arn:aws:bedrock:us-east-1:111122223333:provisioned-model/abc123def456", usdPerHour: "39.60", from: 2026-01-01 }
`,
    ),
  });
  const key = (region: string, classes: string) => `${haiku45}|geo|${region}|standard|base|${classes}`;

  it("change at 00:00 UTC of their day", () => {
    expect(own.rateOf(key("us-east-1", "io"), "2026-11-19")).toMatchObject({ input: 1_000_000n, source: "contract" });
    expect(own.rateOf(key("us-east-1", "io"), "2026-11-20")).toMatchObject({ input: 2_000_000n, layer: "override" });
    expect(own.changeDays).toContain("2026-11-20");
  });

  it("win as a whole: a class that they leave out is not taken from the list", () => {
    expect(own.rateOf(key("us-east-1", "ior"), "2026-11-20")).toBeNull();
    expect(own.rateOf(key("eu-west-1", "io"), "2026-11-20")).toBeNull();
    expect(own.rateOf(key("eu-west-1", "i"), "2026-11-20")?.input).toBe(4_000_000n);
  });

  it("take the discount off list prices alone, and change the version", () => {
    expect(own.rateOf(`${sonnet45}|global|us-east-1|standard|base|i`, day)?.input).toBe(2_760_000n);
    expect(own.rateOf(key("us-east-1", "i"), day)?.input).toBe(2_000_000n);
    expect(own.version).not.toBe(book.version);
    expect(openPriceBook().version).toBe(book.version);
    expect(own.fixed).toHaveLength(1);
  });

  it.each([
    ["prices: [{ model: x }]", /prices\.0\.tier/],
    ["discount: 8", /discount/],
    ["discountPercent: 101", /discountPercent/],
    ["prices: [", /prices\.yaml:1: not YAML/],
    [
      'prices: [{ model: x, tier: geo, region: "*", service: standard, context: base, from: 2026-01-01, usdPerMillion: { input: 1.5 } }]',
      /input/,
    ],
  ])("are refused with their place: %s", (text, message) => {
    expect(() => parseOverrides("prices.yaml", text)).toThrow(message);
  });
});

describe("amounts", () => {
  it.each([
    ["3.30", 3_300_000n],
    ["0.000001", 1n],
    ["15", 15_000_000n],
    ["0.0000001", null],
    ["1e3", null],
    ["-1", null],
    ["", null],
  ])("%s USD per million", (text, pico) => {
    expect(picoPerToken(text)).toBe(pico);
  });

  it.each([
    [5n, "50", 2n],
    [15n, "50", 8n],
    [25n, "50", 12n],
    [1_000_000n, "8.5", 915_000n],
    [7n, "0", 7n],
    [7n, "100", 0n],
  ])("%s less %s percent is %s, halves to even", (pico, percent, expected) => {
    expect(discounted(pico, percent)).toBe(expected);
  });

  const counts = fc.record({
    inputTokens: fc.nat(),
    outputTokens: fc.nat(),
    cacheReadTokens: fc.nat(),
    cacheWriteTokens: fc.nat(),
    cacheWrite1hTokens: fc.constant(0),
  });
  test.prop([fc.array(counts, { minLength: 1, maxLength: 20 })])(
    "are the same for any split of the tokens",
    (calls) => {
      const rate = book.rateOf(`${sonnet45}|geo|us-east-1|standard|base|iorw`, day);
      if (rate === null) throw new Error("the rate is missing");
      const sum = (pick: (call: TokenCounts) => number | null) =>
        calls.reduce((total, call) => total + (pick(call) ?? 0), 0);
      const whole = costOf(rate, {
        inputTokens: sum((call) => call.inputTokens),
        outputTokens: sum((call) => call.outputTokens),
        cacheReadTokens: sum((call) => call.cacheReadTokens),
        cacheWriteTokens: sum((call) => call.cacheWriteTokens),
        cacheWrite1hTokens: 0,
      });
      expect(calls.reduce((total, call) => total + (costOf(rate, call) ?? 0n), 0n)).toBe(whole);
    },
  );
});
