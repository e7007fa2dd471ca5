import { format } from "../format.ts";
import { NumberLink } from "../ui/number-link.tsx";
import { numberPanel, totalHref } from "./number-panel.tsx";

export const activePrincipals = numberPanel({
  id: "active-principals",
  title: "Active principals",
  measure: "principals",
  formatShort: format.compact,
  formatExact: format.count,
  change: format.difference,
  aside: (result) => (
    <NumberLink href={totalHref(result, "newPrincipals")} of="principals">
      {format.count(result.totals.values.newPrincipals)} new
    </NumberLink>
  ),
});
