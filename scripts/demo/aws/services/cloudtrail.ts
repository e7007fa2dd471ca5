import { answer } from "../answer.ts";
import { type Call, page, type Service } from "../operation.ts";
import type { SimulatedTrailEvent } from "../world.ts";
import { jsonTarget } from "./json-target.ts";

interface LookupEvents {
  readonly LookupAttributes?: readonly { readonly AttributeKey: string; readonly AttributeValue: string }[];
  /** Seconds. */
  readonly StartTime?: number;
  readonly EndTime?: number;
  readonly MaxResults?: number;
  readonly NextToken?: string;
}

const keptMs = 90 * 24 * 3_600_000;

export const cloudtrail: Service = {
  protocol: "json-1.1",
  route(request) {
    const { api, input } = jsonTarget<LookupEvents>(request);
    if (api !== "LookupEvents") return null;
    const resource = input.LookupAttributes?.[0]?.AttributeValue ?? "";
    return { api, action: "cloudtrail:LookupEvents", resource, answer: (call) => lookup(call, input) };
  },
};

function lookup({ here, now }: Call, input: LookupEvents) {
  const from = Math.max(now - keptMs, (input.StartTime ?? 0) * 1_000);
  const to = Math.min(now, (input.EndTime ?? Infinity) * 1_000);
  const found = here.trailEvents
    .filter((event) => event.time >= from && event.time <= to && matches(event, input))
    .toSorted((a, b) => b.time - a.time);
  const { items, next } = page(found, Math.min(50, input.MaxResults ?? 50), input.NextToken);
  return answer("json-1.1", JSON.stringify({ Events: items.map(shape), NextToken: next }));
}

function matches(event: SimulatedTrailEvent, { LookupAttributes = [] }: LookupEvents): boolean {
  const values: Record<string, string> = {
    EventName: event.name,
    EventSource: event.source,
    EventId: event.id,
    Username: event.username,
  };
  return LookupAttributes.every(({ AttributeKey, AttributeValue }) => values[AttributeKey] === AttributeValue);
}

function shape({ id, name, source, time, username, event }: SimulatedTrailEvent): object {
  return {
    EventId: id,
    EventName: name,
    EventSource: source,
    EventTime: time / 1_000,
    Username: username,
    ReadOnly: "false",
    Resources: [],
    CloudTrailEvent: JSON.stringify(event),
  };
}
