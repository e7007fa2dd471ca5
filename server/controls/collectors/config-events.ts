import { loggingChanges } from "../history/logging-history.ts";
import type { Collector } from "./collector.ts";
import { changeFields, lookup, trailChanges } from "./trail-changes.ts";

/** Who changed the logging configuration, when, to what. */
export const configEvents: Collector<"configEvents"> = {
  fact: "configEvents",
  calls: [lookup],
  restsOn: [],
  collect({ attempt, reads, target }) {
    const questions = loggingChanges.map((name) => ({ region: target.region, name }));
    return attempt("configEvents", lookup, () => trailChanges(reads, questions, target, () => true), changeFields);
  },
};
