import { z } from "zod";

const text = z.string().nullish();
const bucket = z.object({ bucketName: text, keyPrefix: text }).nullish();
const flag = z.boolean().nullish();
const Wire = z.object({
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

type Wire = z.infer<typeof Wire>;

interface BucketPlace {
  readonly bucket: string;
  /** As configured; empty for none. */
  readonly prefix: string;
}

type Modality = "text" | "image" | "embedding" | "video" | "audio";

/** Where an account's region delivers its invocation logs, and what of them. */
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
}

/**
 * Of an answer of Bedrock, or of the parameters that one was put with: both have the same shape. `null`, `{}`,
 * `{"loggingConfig":{}}` and `{"loggingConfig":null}` mean: not set. An empty name is none. null: the shape is not known, as that of
 * an answer that says something, and nothing that we know.
 */
export function loggingConfigurationOf(wire: unknown): LoggingConfiguration | null {
  const parsed = Wire.safeParse(wire ?? {});
  if (!parsed.success || isStrange(wire, parsed.data)) return null;
  const config = parsed.data.loggingConfig ?? {};
  if (isStrange((wire as Wire | null)?.loggingConfig, config)) return null;
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
  };
}

/** True for members of which not one is known. */
function isStrange(members: unknown, known: object): boolean {
  return Object.keys(members ?? {}).length > 0 && Object.keys(known).length === 0;
}

function bucketPlace(config: z.infer<typeof bucket>): BucketPlace | null {
  return config?.bucketName ? { bucket: config.bucketName, prefix: config.keyPrefix ?? "" } : null;
}
