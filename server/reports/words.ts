import { usdText } from "../domain/usd-text.ts";
import { visibleText } from "../domain/visible-text.ts";
import type { Dimension, Measure } from "../domain/metric.ts";

/** What a value is. `word` is one of ours, `text` is data and hostile; a `change` is a ratio, 0.1 for 10 % more. */
export type Unit = "word" | "text" | "count" | "usd" | "share" | "change" | "time";

const numeric: readonly Unit[] = ["count", "usd", "share", "change"];

export function isNumeric({ unit }: Cell): boolean {
  return numeric.includes(unit);
}

export interface Cell {
  readonly unit: Unit;
  readonly value: string | number | null;
}

export const cell =
  (unit: Unit) =>
  (value: Cell["value"]): Cell => ({ unit, value });
export const [word, text, count, usd, share, time] = [
  cell("word"),
  cell("text"),
  cell("count"),
  cell("usd"),
  cell("share"),
  cell("time"),
];

const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 2 });
const tenths = new Intl.NumberFormat("en-US", { maximumFractionDigits: 1 });

/** A value as a reader sees it, on one line, without anything hidden in it. */
export function shown({ unit, value }: Cell): string {
  if (value === null) return "n/a";
  if (typeof value === "string") return visibleText(value);
  if (unit === "usd") return usdText(value);
  if (unit === "share") return shownShare(value);
  if (unit === "change") return shownChange(value);
  return whole.format(value);
}

/** What is not whole never reads as 100 %. */
function shownShare(value: number): string {
  const percent = value * 100;
  if (percent >= 99.95 && percent < 100) return `${(Math.floor(percent * 100) / 100).toFixed(2)} %`;
  return `${percent.toFixed(1)} %`;
}

/** Never +0 % for a change. */
function shownChange(value: number): string {
  const sign = value > 0 ? "+" : "-";
  const percent = Math.abs(value * 100);
  return percent < 0.1 ? `${sign}< 0.1 %` : `${sign}${tenths.format(percent)} %`;
}

/** How a value stands to the one before. */
export function changeOf(now: number | null, before: number | null, comparable: boolean): Cell {
  return { unit: "change", value: changeValue(now, before, comparable) };
}

function changeValue(now: number | null, before: number | null, comparable: boolean): Cell["value"] {
  if (!comparable) return "not comparable";
  if (now === null || before === null) return null;
  if (now === before) return "no change";
  return before === 0 ? "new" : (now - before) / Math.abs(before);
}

export const measureWords = {
  invocations: ["Calls", "count"],
  principals: ["Principals", "count"],
  newPrincipals: ["Principals first seen", "count"],
  models: ["Models", "count"],
  newModels: ["Models first seen", "count"],
  errors: ["Errors", "count"],
  errorRate: ["Error rate", "share"],
  interventions: ["Guardrail interventions", "count"],
  detected: ["Guardrail detections without intervention", "count"],
  inputTokens: ["Input tokens", "count"],
  outputTokens: ["Output tokens", "count"],
  cacheReadTokens: ["Cache read tokens", "count"],
  cacheWriteTokens: ["Cache write tokens", "count"],
  totalTokens: ["Tokens", "count"],
  costUsd: ["Cost, estimated at list price", "usd"],
  pricedShare: ["Share of tokens that is priced", "share"],
  otherRegionShare: ["Share that ran in another region", "share"],
  notRecordedShare: ["Share without a recorded place", "share"],
  regionalPremiumUsd: ["Regional premium", "usd"],
} as const satisfies Partial<Record<Measure, readonly [string, Unit]>>;

export const dimensionWords = {
  model: "Model",
  endpointType: "Endpoint type",
  region: "Region",
  residency: "Residency",
  guardrail: "Guardrail outcome",
  principal: "Principal",
} as const satisfies Partial<Record<Dimension, string>>;
