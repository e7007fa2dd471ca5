import { type NamedPolicy, openBaseline, openPolicy, waiversWithText } from "../server/check-settings.ts";
import { selectControls } from "../server/check.ts";
import type { Config } from "../server/config.ts";
import type { Accepted } from "../server/controls/conclude.ts";
import { atLeast } from "../server/domain/severity.ts";
import { UserError } from "../server/lib/errors.ts";
import type { CheckFlags } from "./check-flags.ts";

/** What a run is asked: all that can be wrong with it is found here, before AWS is asked for anything. */
export interface Asked {
  readonly policy: NamedPolicy;
  /** Ids. */
  readonly controls: readonly string[];
  /** That the control which looks back is left out, and why; null: it is not. */
  readonly leftOut: string | null;
  readonly accepted: Accepted;
  /** Of the waivers, as they were read; null: there are none. */
  readonly waiversText: string | null;
}

/** Flags over the configuration. `now`: the time for which waivers and baseline must be right. */
export function askedOf(flags: CheckFlags, { check }: Config, now: number): Asked {
  const policy = openPolicy(flags.policy ?? check.policy);
  const { text: waiversText, waivers } = waiversWithText(flags.waivers ?? check.waivers, now);
  const accepted = { waivers, baseline: openBaseline(flags.baseline ?? null, now) };
  return { policy, controls: controlsOf(flags, policy), leftOut: historyLeftOut(flags), accepted, waiversText };
}

/** The control that looks back. */
const ofHistory = "logging-unbroken";

/** `without`: what a run that is judged again did not ask. */
export function historyLeftOut({ controls, history }: CheckFlags, without: readonly string[] = []): string | null {
  if (!history) return `${ofHistory} is left out: --no-history.`;
  const isAsked = controls !== undefined || !without.includes(ofHistory);
  return isAsked ? null : `${ofHistory} is left out: the run that was saved did not ask it.`;
}

/** Ids of the controls that flags and policy leave. Throws `UserError` for a name that is none. */
export function controlsOf(flags: CheckFlags, { settings }: NamedPolicy): readonly string[] {
  const { allowUnknown = [], controls, excludeControls = [], history, severity } = flags;
  const chosen = selectControls(controls, settings);
  // None of these names may be a wrong one.
  selectControls([...excludeControls, ...allowUnknown, ...chosen.map(({ id }) => id)], settings);
  const left = chosen
    .filter((one) => severity === undefined || atLeast(settings.controls[one.id]?.severity ?? one.severity, severity))
    .map(({ id }) => id)
    .filter((id) => !excludeControls.includes(id) && (history || id !== ofHistory));
  if (left.length === 0) throw new UserError("no control is left", "Select at least one.");
  return left;
}
