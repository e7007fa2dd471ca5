import type { FindingWaiver } from "../../server/domain/finding.ts";
import { visibleText } from "../../server/domain/visible-text.ts";

/** `W-2026-014 through 2026-12-31`; of one whose last day is over, that it has ended. */
export function waiverWords({ expires, id, inForce }: FindingWaiver): string {
  return visibleText(inForce ? `${id} through ${expires}` : `${id} ended with ${expires}`);
}
