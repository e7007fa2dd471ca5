import type { FactEvidence } from "../domain/compliance.ts";
import type { Clock } from "../lib/clock.ts";
import { type Ask, evidenceOf, type Failure, type Reads, type Target } from "./collectors/collector.ts";
import { collectors } from "./collectors/list.ts";
import { type FactName, type Facts, isUnreadable, type Unreadable } from "./facts.ts";

export interface CollectDeps {
  readonly reads: Reads;
  readonly clock: Clock;
  /** Why a call failed; `invocations` of the window, null where not read. */
  readonly explain: (error: unknown, invocations: number | null) => Failure;
}

/** What was read of a target: the snapshot that controls judge. */
export interface Snapshot {
  readonly target: Target;
  /** The facts that were asked for, and those that they rest on. */
  readonly facts: Partial<Facts>;
  readonly evidence: readonly FactEvidence[];
}

/** Reads the named facts in parallel; what could not be read is a value. Never throws. */
export async function collect(names: readonly FactName[], target: Target, deps: CollectDeps): Promise<Snapshot> {
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
      try {
        const value = await work();
        evidence.push(evidenceOf(name, call, target, deps.clock, fields(value)));
        return value;
      } catch (error) {
        const failure = deps.explain(error, await invocations(name));
        return { ...call, ...failure, unreadable: name } satisfies Unreadable;
      }
    },
  };

  await Promise.all(names.map(fact));
  const entries = await Promise.all([...asked].map(async ([name, value]) => [name, await value] as const));
  return {
    target,
    facts: Object.fromEntries(entries) as Partial<Facts>,
    evidence: evidence.toSorted((a, b) => (a.fact < b.fact ? -1 : 1)),
  };
}
