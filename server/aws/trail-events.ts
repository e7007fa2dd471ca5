import { LookupEventsCommand } from "@aws-sdk/client-cloudtrail";
import type { AwsAccount } from "./clients.ts";
import { pagesOf, required } from "./pages.ts";
import { UnreadableAnswer } from "./raw-answer.ts";

export interface TrailEvent {
  readonly id: string;
  readonly time: number;
  readonly actor: string | null;
  /** Of a call that changed nothing; null for one that succeeded. */
  readonly errorCode: string | null;
  readonly requestParameters: unknown;
}

/** Over so many pages of 50 a history is not read to its end. */
const maxPages = 20;

/** Calls of one name in `[from, to)`, newest first. `complete` is false when there are more than are read. */
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
  // AWS takes the end as inside the range.
  const isBefore = ({ time }: TrailEvent) => time < to;
  const events: TrailEvent[] = [];
  let pages = 0;
  for await (const { Events, NextToken } of pagesOf(fetch, ({ NextToken }) => NextToken)) {
    for (const { CloudTrailEvent, EventId, EventTime, Username } of required(Events, "Events"))
      events.push({
        id: required(EventId, "EventId"),
        time: required(EventTime, "EventTime").getTime(),
        actor: Username ?? null,
        ...detailsOf(CloudTrailEvent),
      });
    pages += 1;
    if (pages === maxPages && NextToken !== undefined) return { events: events.filter(isBefore), complete: false };
  }
  return { events: events.filter(isBefore), complete: true };
}

function detailsOf(json: string | undefined): Pick<TrailEvent, "errorCode" | "requestParameters"> {
  try {
    const { errorCode, requestParameters } = JSON.parse(json ?? "") as Record<string, unknown>;
    return {
      errorCode: typeof errorCode === "string" ? errorCode : null,
      requestParameters: requestParameters ?? null,
    };
  } catch (error) {
    throw new UnreadableAnswer("An event is not JSON.", { cause: error });
  }
}
