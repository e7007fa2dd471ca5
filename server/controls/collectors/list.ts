import type { FactName } from "../facts.ts";
import { batches } from "./batches.ts";
import { callPeriods } from "./call-periods.ts";
import type { Collector } from "./collector.ts";
import { configEvents } from "./config-events.ts";
import { deliveryRole } from "./delivery-role.ts";
import { delivery } from "./delivery.ts";
import { earlierLooks } from "./earlier-looks.ts";
import { formerStores } from "./former-stores.ts";
import { hardening } from "./hardening.ts";
import { logGroup } from "./log-group.ts";
import { loggingConfig } from "./logging-config.ts";
import { largeDataStore, s3Store } from "./stores.ts";
import { storeEvents } from "./store-events.ts";
import { usage } from "./usage.ts";

export const collectors: { readonly [F in FactName]: Collector<F> } = {
  loggingConfig,
  logGroup,
  s3Store,
  largeDataStore,
  usage,
  delivery,
  batches,
  deliveryRole,
  hardening,
  configEvents,
  storeEvents,
  formerStores,
  callPeriods,
  earlierLooks,
};
