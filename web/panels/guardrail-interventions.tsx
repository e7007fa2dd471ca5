import { format } from "../format.ts";
import { NumberLink } from "../ui/number-link.tsx";
import { numberPanel, totalHref } from "./number-panel.tsx";

export const guardrailInterventions = numberPanel({
  id: "guardrail-interventions",
  title: "Guardrail interventions",
  measure: "interventions",
  formatShort: format.compact,
  formatExact: format.count,
  change: format.change,
  aside: (result) => (
    <>
      +{" "}
      <NumberLink href={totalHref(result, "detected")} of="by guardrails that only detect">
        {format.count(result.totals.values.detected)}
      </NumberLink>{" "}
      detected
    </>
  ),
});
