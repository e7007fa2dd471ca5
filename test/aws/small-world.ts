import { createHash } from "node:crypto";
import { compareUtf8 } from "../../scripts/demo/aws/services/s3-list.ts";
import type {
  SimulatedAccount,
  SimulatedBucket,
  SimulatedLogEvent,
  SimulatedLogGroup,
  SimulatedObject,
  SimulatedRegion,
  SimulatedRole,
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

/** As Bedrock's documentation has it: for this account's Bedrock, and nobody else's. */
const forBedrock = (id: string, partition = "aws") => ({
  Effect: "Allow",
  Principal: { Service: "bedrock.amazonaws.com" },
  Condition: {
    StringEquals: { "aws:SourceAccount": id },
    ArnLike: { "aws:SourceArn": `arn:${partition}:bedrock:*:${id}:*` },
  },
});

/** A bucket's policy that lets Bedrock put records there. */
export function deliveryPolicy(bucket: string, id = account, partition = "aws") {
  const Resource = [`arn:${partition}:s3:::${bucket}/*AWSLogs/${id}/BedrockModelInvocationLogs/*`];
  return { Version: "2012-10-17", Statement: [{ ...forBedrock(id, partition), Action: ["s3:PutObject"], Resource }] };
}

/** A role that lets Bedrock write to every log group. */
export function deliveryRole(name: string, over: Partial<SimulatedRole> = {}, id = account): SimulatedRole {
  const Resource = `arn:aws:logs:*:${id}:log-group:*:log-stream:aws/bedrock/modelinvocations`;
  const Statement = [{ Effect: "Allow", Action: ["logs:CreateLogStream", "logs:PutLogEvents"], Resource }];
  return {
    name,
    trust: { Version: "2012-10-17", Statement: [{ ...forBedrock(id), Action: "sts:AssumeRole" }] },
    inline: { write: { Version: "2012-10-17", Statement } },
    attached: [],
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
    roles: [deliveryRole("log", {}, id)],
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
    policy: deliveryPolicy(name),
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
