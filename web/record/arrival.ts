import type { InvocationPage } from "../../server/domain/invocation-answers.ts";
import { Measure } from "../../server/domain/metric.ts";
import { counted, format } from "../format.ts";

/** Measures whose number this page shows as a sum. */
const sums: ReadonlyMap<Measure, keyof InvocationPage["sums"]> = new Map([
  ["inputTokens", "inputTokens"],
  ["outputTokens", "outputTokens"],
  ["totalTokens", "totalTokens"],
  ["costUsd", "costUsd"],
  ["unpricedTokens", "totalTokens"],
] as const);

const counts: ReadonlySet<Measure> = new Set<Measure>([
  "invocations",
  "succeeded",
  "blocked",
  "clientErrors",
  "serverErrors",
  "throttled",
  "otherErrors",
  "errors",
  "interventions",
  "masked",
  "detected",
  "guardrailSeen",
  "guardrailNoEvidence",
  "guardrailUnknown",
  "unpricedInvocations",
  "signalInvocations",
]);

export interface Arrival {
  readonly words: string;
  /** False: it is not the number that was clicked. */
  readonly same: boolean;
}

/**
 * What to say of a number that led here: whether it is found again. Null when the link carried none, or one that this page does not
 * show: a number of groups, a share.
 */
export function arrivalOf(
  page: InvocationPage,
  measureName: string | undefined,
  clicked: string | undefined,
): Arrival | null {
  const measure = Measure.safeParse(measureName).data;
  const number = clicked === undefined ? Number.NaN : Number(clicked);
  if (measure === undefined || !Number.isFinite(number)) return null;
  if (counts.has(measure)) return compared(page.total.value, number, (value) => counted(value, "record"));
  const sum = sums.get(measure);
  if (sum === undefined) return null;
  const say =
    sum === "costUsd" ? (value: number) => format.usd(value) : (value: number) => `${format.count(value)} tokens`;
  return compared(page.sums[sum], number, say);
}

function compared(found: number | null, clicked: number, say: (value: number) => string): Arrival {
  if (found === null) return { words: `not known any more; you clicked ${say(clicked)}`, same: false };
  // Sums of money are rounded to a millionth by both sides.
  if (Math.abs(found - clicked) < 2e-6) return { words: `${say(found)}, the number you clicked`, same: true };
  const more = found > clicked ? `${say(found - clicked)} more` : `${say(clicked - found)} fewer`;
  return { words: `${say(found)}, ${more} than the number you clicked`, same: false };
}
