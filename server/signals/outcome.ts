import type { Invocation, InvocationContent } from "../domain/invocation.ts";
import type { Outcome } from "../domain/signal.ts";
import { opensWithRefusal } from "./refusal-openings.ts";

/** How a call ended for the one who made it: the first that fits. */
export function outcomeOf(invocation: Invocation, { segments }: InvocationContent): Outcome {
  const { errorCode, guardrailOutcome, outputBodyState, stopClass } = invocation;
  if (errorCode !== null) return "failed";
  if (guardrailOutcome === "blocked") return "blocked";
  if (stopClass === "refusal" || stopClass === "filtered") return "refused";
  if (guardrailOutcome === "intervened" || outputBodyState !== "inline") return "unknown";
  const answers = segments.filter(({ side, kind, text }) => side === "output" && kind === "assistant" && text !== null);
  const [first] = answers;
  if (answers.length === 1 && opensWithRefusal(first?.text ?? "")) return "refused";
  // A stop reason of no class that we know may be a refusal: no rule counts it as an answer.
  return stopClass === "other" ? "unknown" : "answered";
}

/** `stop_details.category` of an Anthropic answer that was refused, as given; null when there is none. */
export function refusalCategoryOf({ stopClass }: Invocation, { outputBody }: InvocationContent): string | null {
  if (stopClass !== "refusal" || outputBody === null || !outputBody.includes("stop_details")) return null;
  const body: unknown = JSON.parse(outputBody);
  for (const event of Array.isArray(body) ? (body as unknown[]) : [body]) {
    const category = categoryIn(event) ?? categoryIn(field(event, "delta"));
    if (category !== null) return category;
  }
  return null;
}

function categoryIn(value: unknown): string | null {
  const category = field(field(value, "stop_details"), "category");
  return typeof category === "string" ? category.slice(0, 100) : null;
}

function field(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[name];
}
