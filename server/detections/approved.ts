import { globMatches } from "../domain/glob.ts";
import type { Policy } from "../domain/policy.ts";

/** Whether the use of keys and users by this principal was agreed, and still is on the day. */
export function isApproved({ approved, services }: Policy, principalKey: string, day: string): boolean {
  return (
    approved.some(({ principal, expires }) => expires >= day && globMatches(principal, principalKey)) ||
    services.some((principal) => globMatches(principal, principalKey))
  );
}
