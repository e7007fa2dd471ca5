import { isUnreadable } from "../facts.ts";
import { call, type Collector, UnsoundAnswer } from "./collector.ts";

const describe = call("logs", "DescribeLogGroups");

export const logGroup: Collector<"logGroup"> = {
  fact: "logGroup",
  calls: [describe],
  async collect({ attempt, fact, reads }) {
    const config = await fact("loggingConfig");
    if (isUnreadable(config)) return config;
    const name = config.cloudWatch?.logGroup ?? null;
    if (name === null) return null;
    const found = await attempt(
      "logGroup",
      describe,
      async () => soundGroup(await reads.logGroup(name)),
      (group) => ({ used: group === null ? { exists: false } : { exists: true, ...group } }),
    );
    if (isUnreadable(found)) return found;
    return found === null ? { name, exists: false } : { name, exists: true, ...found };
  },
};

function soundGroup(group: { readonly retentionInDays: number | null; readonly logGroupClass: string | null } | null) {
  if (group === null) return null;
  const { logGroupClass, retentionInDays } = group;
  const isSound = retentionInDays === null || (Number.isInteger(retentionInDays) && retentionInDays > 0);
  if (!isSound) throw new UnsoundAnswer("a retention is no number of days");
  return { retentionInDays, logGroupClass };
}
