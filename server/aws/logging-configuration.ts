import { GetModelInvocationLoggingConfigurationCommand } from "@aws-sdk/client-bedrock";
import { z } from "zod";
import type { AwsAccount } from "./clients.ts";
import { jsonObject, keepRawAnswer, UnreadableAnswer } from "./raw-answer.ts";

const text = z.string().nullish();
const bucket = z.object({ bucketName: text, keyPrefix: text }).nullish();
const flag = z.boolean().nullish();
const Answer = z.object({
  loggingConfig: z
    .object({
      cloudWatchConfig: z.object({ logGroupName: text, roleArn: text, largeDataDeliveryS3Config: bucket }).nullish(),
      s3Config: bucket,
      textDataDeliveryEnabled: flag,
      imageDataDeliveryEnabled: flag,
      embeddingDataDeliveryEnabled: flag,
      videoDataDeliveryEnabled: flag,
      audioDataDeliveryEnabled: flag,
    })
    .nullish(),
});

interface BucketPlace {
  readonly bucket: string;
  /** As configured; empty for none. */
  readonly prefix: string;
}

const modalities = ["text", "image", "embedding", "video", "audio"] as const;
type Modality = (typeof modalities)[number];

/** What an account's region says about model invocation logging. */
export interface LoggingConfiguration {
  /** False when none was ever put: neither destinations nor flags then mean anything. */
  readonly set: boolean;
  readonly s3: BucketPlace | null;
  readonly cloudWatch: {
    readonly logGroup: string;
    readonly roleArn: string | null;
    readonly largeData: BucketPlace | null;
  } | null;
  /** null: AWS did not say. */
  readonly delivered: Readonly<Record<Modality, boolean | null>>;
  /** The whole answer, members that we do not know too. */
  readonly raw: Readonly<Record<string, unknown>>;
  readonly requestId: string | null;
  readonly httpStatus: number;
}

/** Throws the SDK's error, or `UnreadableAnswer`: never an empty configuration for an answer that did not come. */
export async function loggingConfiguration(account: AwsAccount, region: string): Promise<LoggingConfiguration> {
  const command = new GetModelInvocationLoggingConfigurationCommand({});
  const raw = keepRawAnswer(command);
  await account.bedrock(region).send(command);
  const answer = raw();
  const members = answer.body.trim() === "null" ? {} : jsonObject(answer);
  return { ...parseLoggingConfiguration(members), requestId: answer.requestId, httpStatus: answer.status };
}

/** `null`, `{}`, `{"loggingConfig":{}}` and `{"loggingConfig":null}` mean: not set. An empty name is none. */
export function parseLoggingConfiguration(
  raw: Readonly<Record<string, unknown>>,
): Omit<LoggingConfiguration, "requestId" | "httpStatus"> {
  const parsed = Answer.safeParse(raw);
  if (!parsed.success) throw new UnreadableAnswer("The logging configuration has an unknown shape.");
  const config = parsed.data.loggingConfig ?? {};
  const cloudWatch = config.cloudWatchConfig;
  return {
    set: Object.keys(config).length > 0,
    s3: bucketPlace(config.s3Config),
    cloudWatch: cloudWatch?.logGroupName
      ? {
          logGroup: cloudWatch.logGroupName,
          roleArn: cloudWatch.roleArn ?? null,
          largeData: bucketPlace(cloudWatch.largeDataDeliveryS3Config),
        }
      : null,
    delivered: {
      text: config.textDataDeliveryEnabled ?? null,
      image: config.imageDataDeliveryEnabled ?? null,
      embedding: config.embeddingDataDeliveryEnabled ?? null,
      video: config.videoDataDeliveryEnabled ?? null,
      audio: config.audioDataDeliveryEnabled ?? null,
    },
    raw,
  };
}

function bucketPlace(config: z.infer<typeof bucket>): BucketPlace | null {
  return config?.bucketName ? { bucket: config.bucketName, prefix: config.keyPrefix ?? "" } : null;
}
