import type { AnyControl } from "./control.ts";
import { invocationLoggingEnabled } from "./invocation-logging-enabled.ts";
import { logDestinationReachable } from "./log-destination-reachable.ts";
import { logGroupRetention } from "./log-group-retention.ts";
import { s3LogRetention } from "./s3-log-retention.ts";

/** In the order in which they are shown. */
export const controls: readonly AnyControl[] = [
  invocationLoggingEnabled,
  logGroupRetention,
  s3LogRetention,
  logDestinationReachable,
];
