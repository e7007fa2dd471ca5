import { createHash } from "node:crypto";
import { compareUtf8 } from "../../scripts/demo/aws/services/s3-list.ts";
import type {
  SimulatedAccount,
  SimulatedBucket,
  SimulatedLogEvent,
  SimulatedLogGroup,
  SimulatedObject,
  SimulatedRegion,
  World,
} from "../../scripts/demo/aws/world.ts";

/** Noon of the tests. */
export const now = Date.parse("2026-09-15T12:00:00Z");
export const account = "111122223333";
export const otherAccount = "444455556666";
export const hourMs = 3_600_000;

export function region(over: Partial<SimulatedRegion> = {}): SimulatedRegion {
  return {
    optStatus: "ENABLED_BY_DEFAULT",
    loggingConfig: null,
    models: [],
    profiles: [],
    metrics: [],
    trailEvents: [],
    denies: [],
    ...over,
  };
}

export function anAccount(id: string, over: Partial<SimulatedAccount> = {}): SimulatedAccount {
  return {
    id,
    name: `account ${id}`,
    callerArn: `arn:aws:iam::${id}:user/auditor`,
    assumableRoles: ["bedrock-audit"],
    regions: new Map([
      ["us-east-1", region()],
      ["eu-west-1", region()],
      ["af-south-1", region({ optStatus: "DISABLED" })],
    ]),
    logGroups: [],
    ...over,
  };
}

export function aBucket(
  name: string,
  objects: readonly SimulatedObject[],
  over: Partial<SimulatedBucket> = {},
): SimulatedBucket {
  const sorted = objects.toSorted((a, b) => compareUtf8(a.key, b.key));
  return {
    name,
    region: "us-east-1",
    owner: account,
    versioning: null,
    lifecycle: null,
    objectLock: null,
    denies: [],
    list: (prefix) => sorted.filter(({ key }) => key.startsWith(prefix)),
    ...over,
  };
}

export function anObject(key: string, text = `{"key":1}\n`, over: Partial<SimulatedObject> = {}): SimulatedObject {
  const body = Buffer.from(text);
  const etag = createHash("md5").update(body).digest("hex");
  return { key, size: body.byteLength, lastModified: now - hourMs, etag, body: () => body, ...over };
}

export function aLogGroup(
  name: string,
  events: readonly SimulatedLogEvent[],
  over: Partial<SimulatedLogGroup> = {},
): SimulatedLogGroup {
  const sorted = events.toSorted((a, b) => a.timestamp - b.timestamp);
  return {
    name,
    region: "us-east-1",
    retentionInDays: 365,
    logGroupClass: "STANDARD",
    creationTime: now - 90 * 24 * hourMs,
    events: (from, to) => sorted.filter(({ timestamp }) => timestamp >= from && timestamp < to),
    ...over,
  };
}

export function anEvent(id: string, timestamp: number, message = "{}", ingestionTime = timestamp): SimulatedLogEvent {
  return { id, timestamp, ingestionTime, logStream: "aws/bedrock/modelinvocations", message };
}

export function aWorld(over: Partial<World> = {}): World {
  return { accounts: [anAccount(account), anAccount(otherAccount)], buckets: [], ...over };
}
