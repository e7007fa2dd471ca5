import { type BucketPlace, type EarlierLook, isUnreadable, type LoggingConfig, type TrailChanges } from "../facts.ts";
import { knownChanges, remembered } from "../history/known-changes.ts";
import { loggingPhases } from "../history/logging-history.ts";
import type { Collector, Target } from "./collector.ts";
import { isQuiet } from "./earlier-looks.ts";
import { groupStore, logGroup } from "./log-group.ts";
import { bucketStore, s3Store } from "./stores.ts";

/** A history that names more stores is not followed further: theirs are then not known. */
const mostStores = 20;

/** Stores that the configuration named in the window, and names no more. */
export const formerStores: Collector<"formerStores"> = {
  fact: "formerStores",
  calls: [...logGroup.calls, ...s3Store.calls],
  restsOn: ["configEvents", "earlierLooks", "loggingConfig"],
  async collect(ask) {
    const { fact, target } = ask;
    const [config, configEvents] = await Promise.all([fact("loggingConfig"), fact("configEvents")]);
    if (isUnreadable(config)) return config;
    if (isUnreadable(configEvents)) return configEvents;
    if (isQuiet(configEvents, target)) return { groups: [], buckets: [] };
    const looks = await fact("earlierLooks");
    const named = namedOnce(config, configEvents, looks === null || isUnreadable(looks) ? [] : looks, target);
    const [groups, buckets] = await Promise.all([
      Promise.all(
        named.groups.map(async (name) => ({ name, store: await groupStore(ask, "formerStores.group", name) })),
      ),
      Promise.all(
        named.buckets.map(async (place) => ({ place, store: await bucketStore(ask, "formerStores", place) })),
      ),
    ]);
    return { groups, buckets };
  },
};

function namedOnce(
  config: LoggingConfig,
  configEvents: TrailChanges,
  looks: readonly EarlierLook[],
  { from, now }: Pick<Target, "from" | "now">,
): { readonly groups: readonly string[]; readonly buckets: readonly BucketPlace[] } {
  const known = knownChanges(
    configEvents,
    remembered(looks, "configEvents").map(({ value }) => value),
  );
  const past = loggingPhases(config, known, looks, { from: Math.max(from, known.since), to: now });
  const places = new Map<string, BucketPlace>();
  const groups = new Set<string>();
  for (const { state } of past) {
    if (state?.cloudWatch) groups.add(state.cloudWatch.logGroup);
    for (const place of [state?.s3, state?.cloudWatch?.largeData])
      if (place) places.set(JSON.stringify([place.bucket, place.prefix]), place);
  }
  groups.delete(config.cloudWatch?.logGroup ?? "");
  for (const place of [config.s3, config.cloudWatch?.largeData])
    if (place) places.delete(JSON.stringify([place.bucket, place.prefix]));
  return { groups: [...groups].slice(-mostStores), buckets: [...places.values()].slice(-mostStores) };
}
