import { isUnreadable, type LogGroupStore, type Unreadable } from "../facts.ts";
import { type Ask, call, type Collector, UnsoundAnswer } from "./collector.ts";

const describe = call("logs", "DescribeLogGroups");

export const logGroup: Collector<"logGroup"> = {
  fact: "logGroup",
  calls: [describe],
  restsOn: ["loggingConfig"],
  async collect({ attempt, fact, reads }) {
    const config = await fact("loggingConfig");
    if (isUnreadable(config)) return config;
    const name = config.cloudWatch?.logGroup ?? null;
    if (name === null) return null;
    return groupStore({ attempt, reads }, "logGroup", name);
  },
};

/** The group of exactly this name, as a fact or a part of one. */
export async function groupStore(
  { attempt, reads }: Pick<Ask, "attempt" | "reads">,
  fact: string,
  name: string,
): Promise<LogGroupStore | Unreadable> {
  const found = await attempt(
    fact,
    describe,
    async () => soundGroup(await reads.logGroup(name)),
    (group) => ({ used: group === null ? { name, exists: false } : { name, exists: true, ...group } }),
  );
  if (isUnreadable(found)) return found;
  return found === null ? { name, exists: false } : { name, exists: true, ...found };
}

function soundGroup(group: Awaited<ReturnType<Ask["reads"]["logGroup"]>>) {
  if (group === null) return null;
  const { bearerToken, createdAt, deletionProtected, kmsKeyId, logGroupClass, retentionInDays } = group;
  const isSound = retentionInDays === null || (Number.isInteger(retentionInDays) && retentionInDays > 0);
  if (!isSound) throw new UnsoundAnswer("a retention is no number of days");
  const areFlags = [bearerToken, deletionProtected].every((flag) => flag === null || typeof flag === "boolean");
  if (!areFlags) throw new UnsoundAnswer("a flag is neither true nor false");
  const { retentionPolicy } = group;
  const areTexts = [kmsKeyId, retentionPolicy].every((text) => text === null || typeof text === "string");
  if (!areTexts) throw new UnsoundAnswer("a key or a policy is no text");
  if (createdAt !== null && !Number.isFinite(createdAt)) throw new UnsoundAnswer("a time is no number");
  return { retentionInDays, logGroupClass, kmsKeyId, deletionProtected, bearerToken, retentionPolicy, createdAt };
}
