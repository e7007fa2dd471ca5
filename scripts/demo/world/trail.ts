import type { SimulatedLoggingConfig, SimulatedTrailEvent } from "../aws/world.ts";
import { hourMs } from "../traffic/layout.ts";
import { openRandom } from "../traffic/random.ts";
import type { DeliveryTarget } from "../traffic/targets.ts";

interface Act {
  readonly name: string;
  readonly source: "bedrock.amazonaws.com" | "s3.amazonaws.com";
  readonly time: number;
  readonly username: string;
  readonly requestParameters: Readonly<Record<string, unknown>>;
}

function eventOf({ accountId, region }: DeliveryTarget, act: Act): SimulatedTrailEvent {
  const id = openRandom("trail", accountId, region, act.name, act.time).uuid();
  const role = `arn:aws:sts::${accountId}:assumed-role/platform-admin/${act.username}`;
  return {
    id,
    name: act.name,
    source: act.source,
    time: act.time,
    username: act.username,
    event: {
      eventVersion: "1.11",
      eventID: id,
      eventTime: new Date(act.time).toISOString(),
      eventSource: act.source,
      eventName: act.name,
      awsRegion: region,
      recipientAccountId: accountId,
      userIdentity: { type: "AssumedRole", accountId, arn: role },
      requestParameters: act.requestParameters,
      responseElements: null,
    },
  };
}

/** Who changed the logging of one target in the last months. */
export function demoTrail(
  target: DeliveryTarget,
  config: SimulatedLoggingConfig | null,
  now: number,
): SimulatedTrailEvent[] {
  const { gap } = target;
  const acts: Act[] = [];
  if (gap !== null) {
    const source = "bedrock.amazonaws.com";
    const [from, to] = [now - gap.from * hourMs, now - gap.to * hourMs];
    const who = { source, username: "stack-cleanup" } as const;
    acts.push({ ...who, name: "DeleteModelInvocationLoggingConfiguration", time: from, requestParameters: {} });
    acts.push({
      ...who,
      name: "PutModelInvocationLoggingConfiguration",
      time: to,
      requestParameters: { loggingConfig: config },
    });
  }
  if (target.s3?.bucket === "quillmoor-model-logs-apne1")
    acts.push({
      name: "PutBucketLifecycle",
      source: "s3.amazonaws.com",
      time: now - 41 * 24 * hourMs,
      username: "storage-defaults",
      requestParameters: {
        bucketName: target.s3.bucket,
        LifecycleConfiguration: {
          Rule: { ID: "expire-after-14", Status: "Enabled", Filter: { Prefix: "" }, Expiration: { Days: 14 } },
        },
      },
    });
  return acts.map((act) => eventOf(target, act));
}
