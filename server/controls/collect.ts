import type { FactEvidence } from "../domain/compliance.ts";
import type { Clock } from "../lib/clock.ts";
import {
  type Ask,
  evidenceOf,
  type Failure,
  failureEvidence,
  type Reads,
  type Target,
  type WithAnswers,
} from "./collectors/collector.ts";
import { collectors } from "./collectors/list.ts";
import { type FactName, type Facts, isUnreadable, type Unreadable } from "./facts.ts";
import { isLoggingOff } from "./stores-named.ts";

export interface CollectDeps {
  readonly reads: Reads;
  readonly clock: Clock;
  /** Why a call failed; `invocations` of the window, null where not read. */
  readonly explain: (error: unknown, invocations: number | null) => Failure;
  readonly withAnswers: WithAnswers;
}

/** What was read of a target: the snapshot that controls judge. */
export interface Snapshot {
  readonly target: Target;
  /** The facts that were asked for, and those that they rest on. */
  readonly facts: Partial<Facts>;
  readonly evidence: readonly FactEvidence[];
}

/** Which facts are read. */
export interface Wanted {
  readonly facts: readonly FactName[];
  /** Of these, those that are left out where logging is off. */
  readonly whereOn: ReadonlySet<FactName>;
}

/** Reads the wanted facts in parallel; what could not be read is a value. Never throws. */
export async function collect({ facts, whereOn }: Wanted, target: Target, deps: CollectDeps): Promise<Snapshot> {
  const evidence: FactEvidence[] = [];
  const asked = new Map<FactName, Promise<unknown>>();

  function fact<F extends FactName>(name: F): Promise<Facts[F]> {
    const known = asked.get(name) as Promise<Facts[F]> | undefined;
    if (known !== undefined) return known;
    const reading = collectors[name].collect(ask);
    asked.set(name, reading);
    return reading as Promise<Facts[F]>;
  }

  /** A fact of use does not wait for itself. */
  async function invocations(of: string): Promise<number | null> {
    if (of.startsWith("usage")) return null;
    const usage = await fact("usage");
    return isUnreadable(usage) ? null : usage.invocations;
  }

  const ask: Ask = {
    target,
    reads: deps.reads,
    fact,
    async attempt(name, call, work, fields) {
      const { answers, settled } = await deps.withAnswers(work);
      const called = { fact: name, call, target, answers, at: deps.clock() };
      if (settled.status === "fulfilled") {
        evidence.push(evidenceOf(called, fields(settled.value)));
        return settled.value;
      }
      const failure = deps.explain(settled.reason, await invocations(name));
      evidence.push(failureEvidence(called, failure));
      return { ...call, ...failure, unreadable: name } satisfies Unreadable;
    },
  };

  async function isOff(): Promise<boolean> {
    const config = await fact("loggingConfig");
    return !isUnreadable(config) && isLoggingOff(config);
  }

  await Promise.all(
    facts.map(async (name) => {
      if (!whereOn.has(name) || !(await isOff())) await fact(name);
    }),
  );
  const entries = await Promise.all([...asked].map(async ([name, value]) => [name, await value] as const));
  return {
    target,
    facts: Object.fromEntries(entries) as Partial<Facts>,
    evidence: evidence.toSorted(byFact),
  };
}

/** By what was asked and what came of it, not by which answer was the quicker one. */
function byFact(a: FactEvidence, b: FactEvidence): number {
  const key = ({ errorCode, fact, operation, sha256 }: FactEvidence) =>
    [fact, operation, sha256 ?? errorCode].join(" ");
  return key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0;
}
