import type { Days, FrameworkRequirement, RunScope } from "../../server/domain/compliance.ts";
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

const mostNamed = 5;

/** "accounts 111122223333; regions eu-west-1, eu-west-3; not the control logging-unbroken": what a run was asked for. */
export function scopeWords(scope: RunScope | null): string {
  if (scope === null) return "what it was asked for was not kept";
  const { accounts, regions, without } = scope;
  const controls = without.length === 1 ? "not the control" : "not the controls";
  return [
    `${accounts.length === 1 ? "account" : "accounts"} ${namesOf(accounts)}`,
    regions.length === 0 ? "all regions" : `${regions.length === 1 ? "region" : "regions"} ${namesOf(regions)}`,
    ...(without.length === 0 ? [] : [`${controls} ${namesOf(without)}`]),
  ].join("; ");
}

function namesOf(names: readonly string[]): string {
  const more = names.length - mostNamed;
  const told = names.slice(0, mostNamed).map(visibleText).join(", ");
  return more > 0 ? `${told} and ${more} more` : told;
}
