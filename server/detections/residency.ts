import { globMatches } from "../domain/glob.ts";
import type { Policy } from "../domain/policy.ts";

/** A group of calls as the residency entries of the policy see it. */
export interface ResidentCalls {
  readonly account_id: string;
  readonly region: string;
  readonly principal_key: string;
  readonly model: string | null;
}

export type ResidencyEntry = Policy["residency"][number];

/** The first entry that speaks of these calls; null: no rule. */
export function residencyEntry({ residency }: Policy, calls: ResidentCalls): ResidencyEntry | null {
  return residency.find(({ match }) => matchesCalls(match, calls)) ?? null;
}

function matchesCalls({ account, region, principal, model }: ResidencyEntry["match"], calls: ResidentCalls): boolean {
  return (
    (account === undefined || account === calls.account_id) &&
    (region === undefined || globMatches(region, calls.region)) &&
    (principal === undefined || globMatches(principal, calls.principal_key)) &&
    (model === undefined || globMatches(model, calls.model ?? ""))
  );
}
