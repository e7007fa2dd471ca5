import type { SimulatedLoggingConfig, SimulatedTrailEvent } from "../aws/world.ts";
import { hourMs } from "../traffic/layout.ts";
import { openRandom } from "../traffic/random.ts";
import type { DeliveryTarget } from "../traffic/targets.ts";

interface Act {
  readonly name: string;
  readonly source: "bedrock.amazonaws.com" | "logs.amazonaws.com" | "s3.amazonaws.com";
  readonly time: number;
  readonly username: string;
  readonly requestParameters: Readonly<Record<string, unknown>> | null;
  /** Of a call that was refused. */
  readonly errorCode?: string;
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
      ...(act.errorCode === undefined ? {} : { errorCode: act.errorCode }),
      requestParameters: act.requestParameters,
      responseElements: null,
    },
  };
}

const dayMs = 24 * hourMs;

/** Somebody tidied up, and put things right two hours later. */
function gapActs({ gap }: DeliveryTarget, config: SimulatedLoggingConfig | null, now: number): readonly Act[] {
  if (gap === null) return [];
  const who = { source: "bedrock.amazonaws.com", username: "stack-cleanup" } as const;
  return [
    {
      ...who,
      name: "DeleteModelInvocationLoggingConfiguration",
      time: now - gap.from * hourMs,
      requestParameters: null,
    },
    {
      ...who,
      name: "PutModelInvocationLoggingConfiguration",
      time: now - gap.to * hourMs,
      requestParameters: { loggingConfig: config },
    },
  ];
}

/** Changes of how long stores keep, and one that was refused, by where the records go. */
const otherActs: Readonly<Record<string, (now: number) => Act>> = {
  "quillmoor-model-logs-apne1": (now) => ({
    name: "PutBucketLifecycle",
    source: "s3.amazonaws.com",
    time: now - 41 * dayMs,
    username: "storage-defaults",
    requestParameters: {
      lifecycle: "",
      bucketName: "quillmoor-model-logs-apne1",
      Host: "quillmoor-model-logs-apne1.s3.ap-northeast-1.amazonaws.com",
      LifecycleConfiguration: {
        xmlns: "http://s3.amazonaws.com/doc/2006-03-01/",
        Rule: { ID: "expire-after-14", Status: "Enabled", Filter: { Prefix: "" }, Expiration: { Days: 14 } },
      },
    },
  }),
  "quillmoor-model-logs-usw2": (now) => ({
    name: "DeleteModelInvocationLoggingConfiguration",
    source: "bedrock.amazonaws.com",
    time: now - 9.4 * dayMs,
    username: "sandbox-cleanup",
    requestParameters: null,
    errorCode: "AccessDenied",
  }),
  "eu-west-1 /quillmoor/bedrock": (now) => ({
    name: "PutRetentionPolicy",
    source: "logs.amazonaws.com",
    time: now - 63 * dayMs,
    username: "log-standards",
    requestParameters: { logGroupName: "/quillmoor/bedrock", retentionInDays: 90 },
  }),
};

/** Who changed the logging of one target in the last months. */
export function demoTrail(
  target: DeliveryTarget,
  config: SimulatedLoggingConfig | null,
  now: number,
): SimulatedTrailEvent[] {
  const places = [target.s3?.bucket ?? "", `${target.region} ${target.logGroup ?? ""}`];
  const others = places.flatMap((place) => otherActs[place]?.(now) ?? []);
  return [...gapActs(target, config, now), ...others].map((act) => eventOf(target, act));
}
