import type { Policy } from "../domain/policy.ts";
import type { PriceLookup } from "../domain/price.ts";
import type { Engine } from "../store/store.ts";

/** What a rule is run with. */
export interface RuleDeps {
  readonly engine: Engine;
  readonly policy: Policy;
  readonly prices: PriceLookup | null;
  readonly signal?: AbortSignal;
}
