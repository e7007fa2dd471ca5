import type { ControlNote, Days, LoggingGap, Verdict } from "../domain/compliance.ts";
import type { Severity } from "../domain/severity.ts";
import type { FactName, Facts, Readable, Unreadable } from "./facts.ts";
import type { Span } from "./history/phases.ts";
import type { CheckPolicy } from "./policy.ts";

/** Where and when a target is judged. */
export interface Context {
  readonly account: string;
  readonly region: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly policy: CheckPolicy;
  /** What calls were counted over when AWS was asked, under whatever policy. */
  readonly counted: Span;
}

/** A rule or setting, as JSON values. */
export type DecidingRule = Readonly<Record<string, unknown>>;

interface Said {
  /** What was judged: `bucket:name`, `log-group:name`; default `model-invocation-logging`. */
  readonly resource?: string;
  /** Default: the control's, which is also the most that counts. */
  readonly severity?: Severity;
  readonly notes?: readonly ControlNote[];
  readonly gaps?: readonly LoggingGap[];
  readonly keptDays?: Days;
  readonly readableDays?: Days;
  /** The rule or setting that decided, with the fields that AWS gave it. */
  readonly decidedBy?: DecidingRule | null;
  /** Command that mends it, with the real names. */
  readonly remediation?: string;
}

/** What a control says of one resource. UNKNOWN is not its to say: it hands over what was `unread`, the runner words it. */
export type Judgement =
  | (Said & { readonly verdict: Exclude<Verdict, "UNKNOWN">; readonly code: string; readonly reason: string })
  | (Said & {
      readonly verdict: "UNKNOWN";
      readonly code: string | null;
      /** In place of what the runner says of `unread`; where nothing is unread it is needed. */
      readonly reason?: string;
      readonly unread: readonly Unreadable[];
    });

/** At least one: silence is no answer. */
export type Judgements = readonly [Judgement, ...Judgement[]];

export interface ControlExample {
  /** What is left out is handed over as unread. */
  readonly facts: Partial<Facts>;
  readonly policy?: Partial<CheckPolicy>;
  /** Of the first judgement. */
  readonly gives: readonly [Verdict, code: string];
}

export interface Control<R extends FactName = FactName, M extends FactName = FactName> {
  /** The file's name; never renamed. */
  readonly id: string;
  readonly title: string;
  readonly severity: Severity;
  /** Of an UNKNOWN; default as above. */
  readonly unknownSeverity?: Severity;
  readonly why: string;
  /** One of them unread: the runner answers UNKNOWN. */
  readonly requires: readonly R[];
  /** Handed over as they are, read or not. */
  readonly mayUse: readonly M[];
  /** Of these, what has nothing to say where logging is off, and is not read there for this control; default none. */
  readonly whereOn?: readonly M[];
  /** Judges one target. Pure. */
  readonly evaluate: (facts: Readable<R> & Pick<Facts, M>, context: Context) => Judgements;
  readonly examples: readonly ControlExample[];
}

/** A control whose own fact names are forgotten: the runner hands over exactly what they name. */
export type AnyControl = Omit<Control, "evaluate"> & {
  readonly evaluate: (facts: Facts, context: Context) => Judgements;
};

export function control<R extends FactName, M extends FactName>(rule: Control<R, M>): AnyControl {
  // The runner checks `requires` before it calls, and hands over no other fact.
  return {
    ...rule,
    evaluate: (facts, context) => rule.evaluate(facts as unknown as Readable<R> & Pick<Facts, M>, context),
  };
}

export function pass(code: string, reason: string, said: Said = {}): Judgement {
  return { verdict: "PASS", code, reason, ...said };
}

export function fail(code: string, reason: string, said: Said = {}): Judgement {
  return { verdict: "FAIL", code, reason, ...said };
}

export function notApplicable(code: string, reason: string, said: Said = {}): Judgement {
  return { verdict: "NOT_APPLICABLE", code, reason, ...said };
}

/** `code` null: the class of the first unread fact. */
export function unknown(
  unread: readonly Unreadable[],
  code: string | null = null,
  said: Said & { readonly reason?: string } = {},
): Judgement {
  return { verdict: "UNKNOWN", code, unread, ...said };
}
