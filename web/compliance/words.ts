import type { Days, FrameworkRequirement } from "../../server/domain/compliance.ts";
import { visibleText } from "../../server/domain/visible-text.ts";
import { counted } from "../format.ts";

/** "30 days", "for ever", "not known": a store whose days could not be read is not one that keeps none. */
export function daysWords(days: Days): string {
  if (days === null) return "not known";
  return days === "forever" ? "for ever" : counted(days, "day");
}

/** "CIS v8 8.10 (Retain audit logs)". */
export function frameworkWords({ framework, requirement, summary }: FrameworkRequirement): string {
  const name = visibleText(`${framework} ${requirement}`);
  return summary === "" ? name : `${name} (${visibleText(summary)})`;
}
