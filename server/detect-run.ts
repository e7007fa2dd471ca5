import type { Policy } from "./domain/policy.ts";
import type { PriceLookup } from "./domain/price.ts";
import type { Catalog } from "./findings/save.ts";
import type { Clock } from "./lib/clock.ts";
import type { Log } from "./lib/log.ts";
import type { Engine } from "./store/store.ts";

export interface DetectDeps {
  readonly engine: Engine;
  readonly catalog: Catalog;
  readonly clock: Clock;
  readonly log: Log;
  readonly policy: Policy;
  /** Null: findings have no cost, and rules on cost find nothing. */
  readonly prices: PriceLookup | null;
}

export type RuleHealth = "active" | "no-content" | "no-prices" | "no-policy" | "error";

export interface RuleRun {
  readonly id: string;
  readonly health: RuleHealth;
  /** Code of the error; null without. */
  readonly error: string | null;
  readonly findings: number;
  readonly ms: number;
}
