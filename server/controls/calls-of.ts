import { collectors } from "./collectors/list.ts";
import type { FactCall, FactName } from "./facts.ts";

/** Every call that reading these facts can lead to, each once: those of the facts that they rest on, too. */
export function callsOf(facts: readonly FactName[]): readonly FactCall[] {
  const all = [...withFoundations(facts)].flatMap((fact) => collectors[fact].calls);
  return [...new Map(all.map((call) => [`${call.service} ${call.operation} ${call.action}`, call])).values()];
}

function withFoundations(facts: readonly FactName[]): ReadonlySet<FactName> {
  // What a failed call means is told by whether there was any use.
  const found = new Set<FactName>([...facts, "usage"]);
  // A set also goes over what is added on the way.
  for (const fact of found) for (const beneath of collectors[fact].restsOn) found.add(beneath);
  return found;
}
