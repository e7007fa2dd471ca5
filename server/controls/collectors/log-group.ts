import { isUnreadable } from "../facts.ts";
import { type Ask, call, type Collector, UnsoundAnswer } from "./collector.ts";

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

function soundGroup(group: Awaited<ReturnType<Ask["reads"]["logGroup"]>>) {
  if (group === null) return null;
  const { bearerToken, deletionProtected, kmsKeyId, logGroupClass, retentionInDays } = group;
  const isSound = retentionInDays === null || (Number.isInteger(retentionInDays) && retentionInDays > 0);
  if (!isSound) throw new UnsoundAnswer("a retention is no number of days");
  const areFlags = [bearerToken, deletionProtected].every((flag) => flag === null || typeof flag === "boolean");
  if (!areFlags) throw new UnsoundAnswer("a flag is neither true nor false");
  if (kmsKeyId !== null && typeof kmsKeyId !== "string") throw new UnsoundAnswer("a key is no text");
  return { retentionInDays, logGroupClass, kmsKeyId, deletionProtected, bearerToken };
}
