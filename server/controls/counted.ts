import type { ControlNote } from "../domain/compliance.ts";
import { type Context, type Judgement, unknown } from "./control.ts";
import { type Facts, isUnreadable, type Unreadable } from "./facts.ts";
import type { Span } from "./history/phases.ts";
import { windowDays } from "./policy.ts";
import { usageOf } from "./usage-sums.ts";

const hourMs = 3_600_000;

type Window = Pick<Context, "now" | "policy">;

/** The whole hours over which calls are counted. It ends an hour ago: counts of the last one are still growing. */
export function countedWindow({ now, policy }: Window): Span {
  const to = Math.floor((now - hourMs) / hourMs) * hourMs;
  return { from: to - windowDays(policy) * 24 * hourMs, to };
}

/** In place of counts that were asked for another window. */
export const notCounted: Unreadable = {
  unreadable: "usage",
  service: "",
  operation: "",
  action: "",
  class: "history-too-short",
  errorCode: "NotCounted",
  attempts: 0,
  notApplicable: false,
};

/** Whether calls were counted in all of the window: the policy or the clock may be another than when AWS was asked. */
export function isCounted({ counted, ...window }: Window & Pick<Context, "counted">): boolean {
  const { from, to } = countedWindow(window);
  return counted.from <= from && to <= counted.to;
}

/** Of calls that were counted over another window, those of this one. */
export function inWindow(facts: Partial<Facts>, { counted, ...context }: Context): Partial<Facts> {
  const { usage } = facts;
  const window = countedWindow(context);
  const isSame = window.from === counted.from && window.to === counted.to;
  if (usage === undefined || isUnreadable(usage) || isSame) return facts;
  const from = Math.max(usage.from, window.from);
  const to = Math.max(from, Math.min(usage.to, window.to));
  const hours = usage.hours.filter(({ time }) => time >= from && time < to);
  return { ...facts, usage: usageOf(hours, { from, to }) };
}

/** What was counted may show a failure; anything else only where all of the window was counted. */
export function overWindow(judgement: Judgement, context: Context): Judgement {
  const [note] = shortNotes(context);
  if (note === undefined || judgement.verdict === "UNKNOWN") return judgement;
  const { notes = [], resource, verdict } = judgement;
  if (verdict === "FAIL") return { ...judgement, notes: [...notes, note] };
  return unknown([notCounted], null, {
    ...(resource === undefined ? {} : { resource }),
    reason: note.text,
    remediation: mendHistory(context.region),
  });
}

/** None where calls were counted in all of the window. */
export function shortNotes(context: Context): readonly ControlNote[] {
  if (isCounted(context)) return [];
  const [counted, window] = [context.counted, countedWindow(context)].map(spanText);
  const text = `Calls were counted ${counted}, not in all of the window ${window}.`;
  return [{ level: "warn", code: notCounted.class, text }];
}

/** What was not looked at then can only be looked at anew. */
export function mendHistory(region: string): string {
  return `Look again, under the policy whose window this is: bedrock-audit check --region ${region}`;
}

/** `2026-09-14T10:00Z–2026-09-15T10:00Z`. */
function spanText({ from, to }: Span): string {
  return [from, to].map((time) => `${new Date(time).toISOString().slice(0, 16)}Z`).join("–");
}
