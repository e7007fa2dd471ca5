import { classifyAlone, isThrottle } from "./classify.ts";

export const outcomes = ["ok", "throttled", "denied", "failed"] as const;

/** One attempt of a call: a call that is repeated counts each time. */
export interface AwsRequest {
  /** `s3`, `cloudwatchlogs`, …: the name of the SDK's client. */
  readonly service: string;
  readonly operation: string;
  readonly outcome: (typeof outcomes)[number];
}

export interface RequestCounts {
  readonly note: (request: AwsRequest) => void;
  /** In the order of service, operation, outcome. */
  readonly all: () => readonly (AwsRequest & { readonly count: number })[];
}

export function requestCounts(): RequestCounts {
  const counts = new Map<string, AwsRequest & { readonly count: number }>();
  return {
    note(request) {
      const key = [request.service, request.operation, outcomes.indexOf(request.outcome)].join(" ");
      counts.set(key, { ...request, count: (counts.get(key)?.count ?? 0) + 1 });
    },
    all: () => [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, count]) => count),
  };
}

const refusals: readonly string[] = ["permission", "scp", "service", "credentials", "expired"];

export function outcomeOf(error: unknown): AwsRequest["outcome"] {
  if (isThrottle(error)) return "throttled";
  return refusals.includes(classifyAlone(error).class) ? "denied" : "failed";
}
