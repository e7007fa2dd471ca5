import type { Context } from "../control.ts";
import type { LoggingConfig, Unreadable } from "../facts.ts";
import { type Fate } from "./losses.ts";
import { fateOf, fateTurns } from "./fates.ts";
import { isOff, type PastLogging } from "./logging-history.ts";
import { isSame, type Phase, type Span } from "./phases.ts";
import type { StoreLosses } from "./store-losses.ts";

/** What became of the calls of a time. */
export type Moment =
  | { readonly kind: "well" }
  | { readonly kind: "off" | "content" | "erased"; readonly actor: string | null }
  | { readonly kind: "unknown"; readonly unread: readonly Unreadable[] };

export interface MomentSpan extends Span {
  readonly moment: Moment;
}

export interface MomentDeps {
  readonly present: LoggingConfig;
  readonly losses: StoreLosses;
  readonly policy: Context["policy"];
}

/** The span of the phases, cut wherever what became of the calls changes. */
export function momentsOf(phases: readonly Phase<PastLogging>[], deps: MomentDeps): readonly MomentSpan[] {
  return joined(
    phases.flatMap((phase) => {
      const turns = phase.state === null ? [] : fateTurns(phase.state, deps.losses);
      return cut(phase, turns).map((span) => ({ ...span, moment: momentAt(phase, span.from, deps) }));
    }),
  );
}

function momentAt({ actor, state }: Phase<PastLogging>, time: number, deps: MomentDeps): Moment {
  if (state === null) return { kind: "unknown", unread: [] };
  if (isOff(state)) return { kind: "off", actor };
  const fate = fateOf(state, time, deps.losses, deps.policy);
  if (fate.kind === "lost") return { kind: "erased", actor: fate.actor };
  const flags = deps.policy.requiredModalities.map((modality) => state.delivered[modality]);
  if (flags.includes(false)) return { kind: "content", actor };
  return uncertain(fate) ?? (flags.includes(null) ? silent(state, deps.present) : { kind: "well" });
}

function uncertain(fate: Fate): Moment | null {
  return fate.kind === "unknown" ? { kind: "unknown", unread: fate.unread } : null;
}

/** A flag of which AWS says nothing now is for others to judge. */
function silent(state: PastLogging, { cloudWatch, delivered, s3 }: LoggingConfig): Moment {
  return isSame(state, { s3, cloudWatch, delivered }) ? { kind: "well" } : { kind: "unknown", unread: [] };
}

function cut({ from, to }: Span, times: readonly number[]): readonly Span[] {
  const inside = times.filter((time) => time > from && time < to).toSorted((a, b) => a - b);
  const starts = [from, ...new Set(inside)];
  return starts.map((start, at) => ({ from: start, to: starts[at + 1] ?? to }));
}

/** Neighbours that are alike are one. */
function joined(spans: readonly MomentSpan[]): readonly MomentSpan[] {
  return spans.reduce<readonly MomentSpan[]>((done, span) => {
    const last = done.at(-1);
    if (last === undefined || !isSame(last.moment, span.moment)) return [...done, span];
    return [...done.slice(0, -1), { ...last, to: span.to }];
  }, []);
}
