import type { Context } from "./control.ts";
import { type Facts, isUnreadable, type LoggingConfig } from "./facts.ts";
import type { Destination } from "./retention-verdict.ts";
import { bucketDays, groupDays } from "./store-days.ts";

type StoreFacts = Pick<Facts, "logGroup" | "s3Store" | "largeDataStore" | "batches">;

/** null: logs are not delivered to S3. */
export function s3Destination(
  { s3 }: LoggingConfig,
  { batches, s3Store }: StoreFacts,
  context: Context,
): Destination | null {
  if (s3 === null) return null;
  const found = isUnreadable(batches) || isUnreadable(batches.s3) ? null : batches.s3;
  return { resource: `bucket:${s3.bucket}`, parts: [bucketDays(s3, s3Store, context, found)], complete: true };
}

/** The group, and the bucket of what is too large for it; null: logs are not delivered to CloudWatch. */
export function cloudWatchDestination(
  { cloudWatch }: LoggingConfig,
  { largeDataStore, logGroup }: StoreFacts,
  context: Context,
): Destination | null {
  if (cloudWatch === null) return null;
  const { largeData, logGroup: name } = cloudWatch;
  const group = groupDays(name, logGroup, context);
  const resource = `log-group:${name}`;
  if (largeData === null) return { resource, parts: [group], complete: false };
  return { resource, parts: [group, bucketDays(largeData, largeDataStore, context)], complete: true };
}
