import { type EarlierLook, isUnreadable, type TrailChanges } from "../facts.ts";
import { call, type Collector, type Target } from "./collector.ts";

const ownStore = call("bedrock-audit", "EarlierRuns", "none");

/** What earlier runs of ours saw, where changes make it worth knowing. AWS is not asked. */
export const earlierLooks: Collector<"earlierLooks"> = {
  fact: "earlierLooks",
  calls: [],
  restsOn: ["configEvents", "storeEvents"],
  async collect({ attempt, fact, reads, target }) {
    const configEvents = await fact("configEvents");
    if (isUnreadable(configEvents)) return null;
    if (isQuiet(configEvents, target)) {
      const storeEvents = await fact("storeEvents");
      if (isUnreadable(storeEvents) || storeEvents.changes.length === 0) return null;
    }
    return attempt("earlierLooks", ownStore, reads.earlierLooks, (looks) => ({ used: { times: timesOf(looks) } }));
  },
};

/** The configuration was the same all the time, and CloudTrail tells of all the time. */
export function isQuiet({ changes, from }: TrailChanges, target: Pick<Target, "from">): boolean {
  return changes.length === 0 && target.from >= from;
}

function timesOf(looks: readonly EarlierLook[] | null): readonly string[] | null {
  return looks?.map(({ time }) => new Date(time).toISOString()) ?? null;
}
