import { type Answer, answer, AwsError } from "../answer.ts";
import { type Call, page, type Service } from "../operation.ts";
import { partitionOf, type SimulatedLogEvent, type SimulatedLogGroup } from "../world.ts";
import { jsonTarget } from "./json-target.ts";

interface DescribeLogGroups {
  readonly logGroupNamePrefix?: string;
  readonly logGroupNamePattern?: string;
  readonly limit?: number;
  readonly nextToken?: string;
}

interface FilterLogEvents {
  readonly logGroupName?: string;
  readonly logGroupIdentifier?: string;
  readonly startTime?: number;
  /** Inclusive. */
  readonly endTime?: number;
  readonly limit?: number;
  readonly nextToken?: string;
}

interface DescribeLogStreams {
  readonly logGroupName?: string;
  readonly logGroupIdentifier?: string;
  readonly logStreamNamePrefix?: string;
  readonly limit?: number;
  readonly nextToken?: string;
}

const pageBytes = 1_048_576;
const hourMs = 3_600_000;

export const logs: Service = {
  protocol: "json-1.1",
  route(request) {
    const { api, input } = jsonTarget<DescribeLogGroups & DescribeLogStreams & FilterLogEvents>(request);
    const action = `logs:${api}`;
    if (api === "DescribeLogGroups")
      return {
        api,
        action,
        resource: input.logGroupNamePrefix ?? "",
        answer: (call) => describeLogGroups(call, input),
      };
    const resource = input.logGroupName ?? input.logGroupIdentifier ?? "";
    if (api === "GetDataProtectionPolicy")
      return { api, action, resource, answer: (call) => dataProtectionPolicy(call, input) };
    if (api === "DescribeLogStreams")
      return { api, action, resource, answer: (call) => describeLogStreams(call, input) };
    if (api !== "FilterLogEvents") return null;
    return { api, action, resource, answer: (call) => filterLogEvents(call, input) };
  },
};

function groupArn({ caller, region }: Call, name: string): string {
  return `arn:${partitionOf(caller.account)}:logs:${region}:${caller.account.id}:log-group:${name}`;
}

function groupsHere({ caller, region, now }: Call): readonly SimulatedLogGroup[] {
  return caller.account.logGroups
    .filter((group) => group.region === region && group.creationTime <= now)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function describeLogGroups(call: Call, input: DescribeLogGroups): Answer {
  const groups = groupsHere(call).filter(
    ({ name }) => name.startsWith(input.logGroupNamePrefix ?? "") && name.includes(input.logGroupNamePattern ?? ""),
  );
  const { items, next } = page(groups, Math.min(50, input.limit ?? 50), input.nextToken);
  const logGroups = items.map((group) => ({
    logGroupName: group.name,
    logGroupArn: groupArn(call, group.name),
    arn: `${groupArn(call, group.name)}:*`,
    creationTime: group.creationTime,
    // A search by pattern leaves the retention out.
    ...(group.retentionInDays === null || input.logGroupNamePattern !== undefined
      ? {}
      : { retentionInDays: group.retentionInDays }),
    metricFilterCount: 0,
    storedBytes: 0,
    logGroupClass: group.logGroupClass,
    kmsKeyId: group.kmsKeyId,
    retentionPolicyName: group.retentionPolicyName,
    deletionProtectionEnabled: group.deletionProtectionEnabled,
    bearerTokenAuthenticationEnabled: group.bearerTokenAuthenticationEnabled,
  }));
  return answer("json-1.1", JSON.stringify({ logGroups, nextToken: next }));
}

function groupOf(
  call: Call,
  { logGroupIdentifier = "", logGroupName }: { logGroupName?: string; logGroupIdentifier?: string },
): SimulatedLogGroup {
  const group = groupsHere(call).find(
    ({ name }) => name === logGroupName || [name, groupArn(call, name)].includes(logGroupIdentifier),
  );
  if (group === undefined)
    throw new AwsError(400, "ResourceNotFoundException", "The specified log group does not exist.");
  return group;
}

/** A group without a policy is answered without a document. */
function dataProtectionPolicy(call: Call, input: DescribeLogStreams): Answer {
  const { dataProtectionPolicy: policy } = groupOf(call, input);
  const document = policy === undefined ? {} : { policyDocument: JSON.stringify(policy), lastUpdatedTime: call.now };
  return answer("json-1.1", JSON.stringify({ logGroupIdentifier: input.logGroupIdentifier, ...document }));
}

/** The streams that took in something lately, and when: only as much of a group is walked over as has any event. */
function describeLogStreams(call: Call, input: DescribeLogStreams): Answer {
  const group = groupOf(call, input);
  let backMs = hourMs;
  let streams = streamsSince(group, call.now - backMs, call, input);
  while (streams.length === 0 && call.now - backMs > group.creationTime) {
    backMs *= 4;
    streams = streamsSince(group, call.now - backMs, call, input);
  }
  const { items, next } = page(streams, Math.min(50, input.limit ?? 50), input.nextToken);
  const logStreams = items.map(([name, { first, ingested, last }]) => ({
    logStreamName: name,
    arn: `${groupArn(call, group.name)}:log-stream:${name}`,
    creationTime: first,
    firstEventTimestamp: first,
    lastEventTimestamp: last,
    lastIngestionTime: ingested,
    storedBytes: 0,
  }));
  return answer("json-1.1", JSON.stringify({ logStreams, nextToken: next }));
}

interface StreamTimes {
  readonly first: number;
  readonly last: number;
  readonly ingested: number;
}

function streamsSince(
  group: SimulatedLogGroup,
  from: number,
  { now }: Call,
  { logStreamNamePrefix = "" }: DescribeLogStreams,
): readonly (readonly [name: string, StreamTimes])[] {
  const streams = new Map<string, StreamTimes>();
  for (const { ingestionTime, logStream, timestamp } of group.events(from, now + 1)) {
    if (ingestionTime > now || !logStream.startsWith(logStreamNamePrefix)) continue;
    const { first = timestamp, ingested = 0 } = streams.get(logStream) ?? {};
    streams.set(logStream, { first, last: timestamp, ingested: Math.max(ingested, ingestionTime) });
  }
  return [...streams].toSorted(([a], [b]) => (a < b ? -1 : 1));
}

interface Position {
  readonly start: number;
  readonly end: number;
  /** The event that was given last. */
  readonly after: { readonly timestamp: number; readonly id: string } | null;
  /** Makes each token another one. */
  readonly turn: number;
  /** When the token was given. */
  readonly at: number;
}

const tokenLifeMs = 24 * hourMs;

function filterLogEvents(call: Call, input: FilterLogEvents): Answer {
  const group = groupOf(call, input);
  const from = positionOf(call, input);
  const { events, full } = call.distortion.emptyPage ? { events: [], full: true } : pageOf(group, from, call, input);
  const last = events.at(-1);
  const after = last === undefined ? from.after : { timestamp: last.timestamp, id: last.id };
  const shown = shape(events, call);
  const next =
    call.distortion.repeatToken && input.nextToken !== undefined
      ? input.nextToken
      : token({ ...from, after, turn: from.turn + 1, at: call.now });
  return answer(
    "json-1.1",
    JSON.stringify({ events: shown, searchedLogStreams: [], nextToken: full ? next : undefined }),
  );
}

function shape(events: readonly SimulatedLogEvent[], { distortion }: Call): object[] {
  const shown = events.map(({ id, timestamp, ingestionTime, logStream, message }) => ({
    eventId: id,
    timestamp,
    ingestionTime,
    logStreamName: logStream,
    message,
  }));
  const ordered = distortion.reorder ? shown.toReversed() : shown;
  return distortion.duplicate ? [...ordered, ...ordered] : ordered;
}

function pageOf(
  group: SimulatedLogGroup,
  { start, end, after }: Position,
  { now, pageSize, distortion }: Call,
  input: FilterLogEvents,
) {
  const limit = Math.min(pageSize.events, input.limit ?? 10_000);
  const events: SimulatedLogEvent[] = [];
  let bytes = 0;
  let skipping = after !== null;
  for (const event of group.events(after?.timestamp ?? start, end + 1)) {
    if (skipping && event.timestamp === after?.timestamp) {
      skipping = event.id !== after.id;
      continue;
    }
    skipping = false;
    if (event.ingestionTime + distortion.lateMs > now) continue;
    if (distortion.hidden !== null && event.id.includes(distortion.hidden)) continue;
    bytes += Buffer.byteLength(event.message);
    if (events.length === limit || (bytes > pageBytes && events.length > 0)) return { events, full: true };
    events.push(event);
  }
  return { events, full: distortion.repeatToken };
}

function positionOf(
  { distortion, now }: Call,
  { startTime = 0, endTime = Number.MAX_SAFE_INTEGER - 1, nextToken }: FilterLogEvents,
): Position {
  if (nextToken === undefined) return { start: startTime, end: endTime, after: null, turn: 0, at: now };
  const position = parsedToken(nextToken);
  if (position === null || distortion.expireTokens || now - position.at > tokenLifeMs)
    throw new AwsError(400, "InvalidParameterException", "The specified nextToken is invalid.");
  return position;
}

function parsedToken(text: string): Position | null {
  try {
    return JSON.parse(Buffer.from(text, "base64url").toString()) as Position;
  } catch {
    return null;
  }
}

function token(position: Position): string {
  return Buffer.from(JSON.stringify(position)).toString("base64url");
}
