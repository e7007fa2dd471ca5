import { LookupEventsCommand } from "@aws-sdk/client-cloudtrail";
import { z } from "zod";
import type { AwsAccount } from "./clients.ts";
import { pagesOf, required } from "./pages.ts";
import { UnreadableAnswer } from "./raw-answer.ts";

export interface TrailEvent {
  readonly id: string;
  readonly name: string;
  /** The service that was called: `s3.amazonaws.com`; null where CloudTrail tells none. */
  readonly source: string | null;
  readonly time: number;
  /** ARN, else the name that CloudTrail gives; null where it tells none. */
  readonly actor: string | null;
  /** Of a call that changed nothing; null for one that succeeded. */
  readonly errorCode: string | null;
  readonly requestParameters: unknown;
}

/** Over so many pages of 50 a history is not read to its end. */
const maxPages = 20;

/** Calls of one name in `[from, to)`, newest first, each once. `complete` is false when there are more than are read. */
export async function lookupEvents(
  account: AwsAccount,
  region: string,
  { from, name, to }: { readonly name: string; readonly from: number; readonly to: number },
): Promise<{ readonly events: readonly TrailEvent[]; readonly complete: boolean }> {
  const client = await account.cloudtrail(region);
  const question = {
    LookupAttributes: [{ AttributeKey: "EventName" as const, AttributeValue: name }],
    StartTime: new Date(from),
    EndTime: new Date(to),
  };
  const fetch = (token: string | undefined) =>
    client.send(new LookupEventsCommand(token === undefined ? question : { ...question, NextToken: token }));
  const events = new Map<string, TrailEvent>();
  // AWS takes the end as inside the range.
  const inRange = () => [...events.values()].filter(({ time }) => time < to);
  let pages = 0;
  for await (const { Events, NextToken } of pagesOf(fetch, ({ NextToken }) => NextToken)) {
    for (const { CloudTrailEvent, EventId, EventSource, EventTime, Username } of required(Events, "Events")) {
      const id = required(EventId, "EventId");
      const time = required(EventTime, "EventTime").getTime();
      const details = detailsOf(CloudTrailEvent, Username ?? null);
      events.set(id, { id, name, source: EventSource ?? null, time, ...details });
    }
    pages += 1;
    if (pages === maxPages && NextToken !== undefined) return { events: inRange(), complete: false };
  }
  return { events: inRange(), complete: true };
}

const Details = z.object({
  errorCode: z.string().nullish(),
  requestParameters: z.unknown(),
  userIdentity: z.object({ arn: z.string().nullish(), invokedBy: z.string().nullish() }).nullish(),
});

function detailsOf(
  json: string | undefined,
  username: string | null,
): Pick<TrailEvent, "actor" | "errorCode" | "requestParameters"> {
  const parsed = Details.safeParse(parse(json ?? ""));
  if (!parsed.success) throw new UnreadableAnswer("An event has an unknown shape.");
  const { errorCode, requestParameters, userIdentity } = parsed.data;
  return {
    actor: userIdentity?.arn ?? username ?? userIdentity?.invokedBy ?? null,
    errorCode: errorCode ?? null,
    requestParameters: requestParameters ?? null,
  };
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    throw new UnreadableAnswer("An event is not JSON.", { cause: error });
  }
}
