import type { Answer, Protocol } from "./answer.ts";
import type { Caller } from "./keys.ts";
import type { AwsRequest } from "./request.ts";
import type { SimulatedRegion, World } from "./world.ts";

/** What one call is about, told before it is answered: faults and permissions are matched against it. */
export interface Operation {
  /** As the SDK names it: `ListObjectsV2`. */
  readonly api: string;
  /** As IAM names it: `s3:ListBucket`. */
  readonly action: string;
  /** `bucket/key`, log group, …; empty for none. */
  readonly resource: string;
  answer(call: Call): Answer;
}

export interface Call {
  readonly world: World;
  readonly caller: Caller;
  readonly region: string;
  readonly here: SimulatedRegion;
  /** Milliseconds since the epoch: what comes later is not shown. */
  readonly now: number;
  readonly pageSize: PageSize;
  /** What a fault plan changes in the answer. */
  readonly distortion: Distortion;
}

/** What a fault changes inside an answer that otherwise succeeds. */
export interface Distortion {
  readonly emptyPage: boolean;
  readonly repeatToken: boolean;
  readonly expireTokens: boolean;
  readonly lateMs: number;
  readonly hidden: string | null;
  readonly duplicate: boolean;
  readonly reorder: boolean;
}

/** How much AWS puts on a page, at most. */
export interface PageSize {
  readonly keys: number;
  readonly events: number;
}

export interface Service {
  readonly protocol: Protocol;
  /** The operation that a request asks for; null if the service has none such. */
  route(request: AwsRequest): Operation | null;
}

/** A list from where the last page ended. The token is an offset: fine for lists that do not change meanwhile. */
export function page<T>(
  items: readonly T[],
  size: number,
  token: string | null | undefined,
): { items: readonly T[]; next: string | undefined } {
  const start = token ? Number(Buffer.from(token, "base64url").toString()) : 0;
  const end = start + size;
  const next = end < items.length ? Buffer.from(String(end)).toString("base64url") : undefined;
  return { items: items.slice(start, end), next };
}
