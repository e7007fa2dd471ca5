import type { AnyControl } from "./control.ts";
import { deliveryAlive } from "./delivery-alive.ts";
import { endpointsCovered } from "./endpoints-covered.ts";
import { invocationLoggingEnabled } from "./invocation-logging-enabled.ts";
import { logDestinationReachable } from "./log-destination-reachable.ts";
import { logGroupRetention } from "./log-group-retention.ts";
import { loggingUnbroken } from "./logging-unbroken.ts";
import { logStoreHardened } from "./log-store-hardened.ts";
import { logsComplete } from "./logs-complete.ts";
import { requiredModalitiesLogged } from "./required-modalities-logged.ts";
import { s3LogRetention } from "./s3-log-retention.ts";

/** In the order in which they are shown. */
export const controls: readonly AnyControl[] = [
  invocationLoggingEnabled,
  requiredModalitiesLogged,
  logGroupRetention,
  s3LogRetention,
  logDestinationReachable,
  deliveryAlive,
  logsComplete,
  loggingUnbroken,
  endpointsCovered,
  logStoreHardened,
];
