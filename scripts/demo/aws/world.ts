import type { LifecycleRule } from "@aws-sdk/client-s3";

/** What the simulated AWS holds. It shows only what has happened by its clock. All times are milliseconds since the epoch. */
export interface World {
  /** Together they are one organisation. */
  readonly accounts: readonly SimulatedAccount[];
  /** What Systems Manager names as the regions of Bedrock, of all partitions; default none. */
  readonly bedrockRegions?: readonly string[];
  readonly buckets: readonly SimulatedBucket[];
  /** Default: it is on nowhere. */
  readonly securityHub?: SimulatedSecurityHub;
}

/** Security Hub of every account. */
export interface SimulatedSecurityHub {
  /** Regions where it is on; default: all. */
  readonly regions?: readonly string[];
  /** The role that may import findings; nobody else may. */
  readonly role: string;
  /** Codes of the findings that it refuses, by id; default: none. */
  readonly refuses?: ReadonlyMap<string, string>;
  /** What was imported, by product ARN and id. */
  readonly findings: Map<string, Readonly<Record<string, unknown>>>;
}

export interface SimulatedAccount {
  readonly id: string;
  readonly name: string;
  /** Who `GetCallerIdentity` says we are with this account's own keys. */
  readonly callerArn: string;
  /** Roles (names) that a caller of another account may assume here. */
  readonly assumableRoles: readonly string[];
  /** What the roles ask of a caller; default nothing. */
  readonly externalId?: string;
  /** As what alone they may be assumed; default anything. */
  readonly sessionName?: string;
  /** What its caller may do though it should not, such as `s3:PutObject`, or `s3:PutObject arn:aws:s3:::logs/*`; default nothing. */
  readonly excess?: readonly string[];
  /** In the organisation; default ACTIVE. Nobody can assume a role of an account in another state. */
  readonly state?: "PENDING_ACTIVATION" | "ACTIVE" | "SUSPENDED" | "PENDING_CLOSURE" | "CLOSED";
  /** Every region that `ListRegions` names, by code. */
  readonly regions: ReadonlyMap<string, SimulatedRegion>;
  readonly logGroups: readonly SimulatedLogGroup[];
  /** Default: none. */
  readonly roles?: readonly SimulatedRole[];
  /** Policies that can be attached, AWS's own among them; default: none. */
  readonly policies?: readonly SimulatedPolicy[];
  /** Default: none. */
  readonly keys?: readonly SimulatedKey[];
  /** Of all its buckets; default: none is set. */
  readonly publicAccessBlock?: SimulatedAccessBlock;
}

export interface SimulatedRole {
  readonly name: string;
  /** Who may assume it. */
  readonly trust: object;
  /** The policies that stand in it, by name. */
  readonly inline: Readonly<Record<string, object>>;
  /** ARNs of the policies that are attached to it. */
  readonly attached: readonly string[];
  /** ARN of the policy that bounds it; default: none. */
  readonly boundary?: string;
}

export interface SimulatedPolicy {
  readonly arn: string;
  readonly document: object;
}

export interface SimulatedKey {
  readonly id: string;
  readonly region: string;
  readonly state:
    "Enabled" | "Disabled" | "PendingDeletion" | "PendingImport" | "PendingReplicaDeletion" | "Unavailable";
}

export interface SimulatedAccessBlock {
  readonly BlockPublicAcls: boolean;
  readonly IgnorePublicAcls: boolean;
  readonly BlockPublicPolicy: boolean;
  readonly RestrictPublicBuckets: boolean;
}

/** The partition of an account's ARNs: `aws`, `aws-us-gov`, … */
export function partitionOf({ callerArn }: SimulatedAccount): string {
  return callerArn.split(":")[1] ?? "aws";
}

export interface SimulatedRegion {
  readonly optStatus: "ENABLED" | "ENABLED_BY_DEFAULT" | "ENABLING" | "DISABLING" | "DISABLED";
  /** As Bedrock answers it; null when no configuration was ever put. */
  readonly loggingConfig: SimulatedLoggingConfig | null;
  readonly models: readonly SimulatedModel[];
  readonly profiles: readonly SimulatedProfile[];
  /** Default: none. */
  readonly ownModels?: SimulatedOwnModels;
  readonly metrics: readonly SimulatedMetric[];
  readonly trailEvents: readonly SimulatedTrailEvent[];
  /** IAM actions that are refused here, such as `bedrock:GetModelInvocationLoggingConfiguration`. */
  readonly denies: readonly string[];
}

export interface SimulatedLoggingConfig {
  readonly cloudWatchConfig?: {
    readonly logGroupName: string;
    readonly roleArn: string;
    readonly largeDataDeliveryS3Config?: { readonly bucketName: string; readonly keyPrefix?: string };
  };
  readonly s3Config?: { readonly bucketName: string; readonly keyPrefix?: string };
  readonly textDataDeliveryEnabled?: boolean;
  readonly imageDataDeliveryEnabled?: boolean;
  readonly embeddingDataDeliveryEnabled?: boolean;
  readonly videoDataDeliveryEnabled?: boolean;
  readonly audioDataDeliveryEnabled?: boolean;
}

export interface SimulatedModel {
  readonly modelId: string;
  readonly modelName: string;
  readonly providerName: string;
  readonly lifecycle: "ACTIVE" | "LEGACY";
  readonly inferenceTypes: readonly ("ON_DEMAND" | "PROVISIONED" | "INFERENCE_PROFILE")[];
}

export interface SimulatedProfile {
  /** Id of a system-defined profile (`us.anthropic.…`), or the 12 characters that end an application profile's ARN. */
  readonly id: string;
  readonly arn: string;
  readonly name: string;
  readonly type: "SYSTEM_DEFINED" | "APPLICATION";
  readonly modelArns: readonly string[];
  readonly createdAt: number;
}

/** Models of an account's own, each by its ARN. */
export interface SimulatedOwnModels {
  readonly provisioned?: readonly {
    readonly arn: string;
    readonly modelArn: string;
    readonly foundationModelArn: string;
  }[];
  /** `baseModelArn` is absent from one that was made from scratch. */
  readonly custom?: readonly { readonly arn: string; readonly name: string; readonly baseModelArn?: string }[];
  readonly deployments?: readonly { readonly arn: string; readonly name: string; readonly modelArn: string }[];
  readonly imported?: readonly { readonly arn: string; readonly name: string; readonly architecture: string }[];
  readonly marketplace?: readonly { readonly arn: string; readonly modelSourceIdentifier: string }[];
}

export interface SimulatedMetric {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: readonly { readonly name: string; readonly value: string }[];
  /** Sums of the minutes (or hours) that begin in `[from, to)`, ascending; a time without value has no point. */
  points(from: number, to: number): Iterable<{ readonly time: number; readonly value: number }>;
}

export interface SimulatedTrailEvent {
  readonly id: string;
  readonly name: string;
  /** `bedrock.amazonaws.com`. */
  readonly source: string;
  readonly time: number;
  readonly username: string;
  /** The whole event, as CloudTrail keeps it: `requestParameters`, `userIdentity`, `errorCode`, … */
  readonly event: Readonly<Record<string, unknown>>;
}

export interface SimulatedLogGroup {
  readonly name: string;
  readonly region: string;
  /** null: never expires. */
  readonly retentionInDays: number | null;
  readonly logGroupClass: "STANDARD" | "INFREQUENT_ACCESS" | "DELIVERY";
  /** ARN of the key that encrypts it; default: AWS's own. */
  readonly kmsKeyId?: string;
  /** The account's policy that its retention comes from; default: its own. */
  readonly retentionPolicyName?: string;
  /** What is left out is not answered. */
  readonly deletionProtectionEnabled?: boolean;
  readonly bearerTokenAuthenticationEnabled?: boolean;
  /** Default: none is set. */
  readonly dataProtectionPolicy?: object;
  readonly creationTime: number;
  /** Events whose timestamp lies in `[from, to)`, ascending by timestamp. */
  events(from: number, to: number): Iterable<SimulatedLogEvent>;
}

export interface SimulatedLogEvent {
  readonly id: string;
  readonly timestamp: number;
  /** Not shown before this time. */
  readonly ingestionTime: number;
  readonly logStream: string;
  readonly message: string;
}

export interface SimulatedBucket {
  readonly name: string;
  readonly region: string;
  /** Account id. */
  readonly owner: string;
  /** Default: long ago. */
  readonly createdAt?: number;
  readonly versioning: "Enabled" | "Suspended" | null;
  /** null: the bucket has no lifecycle configuration. */
  readonly lifecycle: readonly LifecycleRule[] | null;
  readonly objectLock: { readonly mode: "GOVERNANCE" | "COMPLIANCE"; readonly days: number } | null;
  /** IAM actions that are refused on it, such as `s3:GetLifecycleConfiguration`. */
  readonly denies: readonly string[];
  /** Default: none. */
  readonly policy?: object | null;
  /** Default: all on, as AWS makes a bucket; null: none is set. */
  readonly publicAccessBlock?: SimulatedAccessBlock | null;
  /** Default: ACLs are off; null: none is set. */
  readonly ownership?: "BucketOwnerEnforced" | "BucketOwnerPreferred" | "ObjectWriter" | null;
  /** What its ACL grants beyond the owner's full control; default: nothing. */
  readonly grants?: readonly { readonly group: "AllUsers" | "AuthenticatedUsers"; readonly permission: string }[];
  /** Default: S3's own keys; null: none is set. */
  readonly encryption?: { readonly algorithm: "AES256" | "aws:kms" | "aws:kms:dsse"; readonly keyId?: string } | null;
  /**
   * Objects whose key begins with `prefix`, ascending by the UTF-8 bytes of the key.
   * Often asked with a whole key or an hour's folder: it must not walk the bucket then.
   */
  list(prefix: string): Iterable<SimulatedObject>;
}

export interface SimulatedObject {
  readonly key: string;
  readonly size: number;
  /** Not shown before this time. */
  readonly lastModified: number;
  /** Without quotes. */
  readonly etag: string;
  /** Default `STANDARD`; `GLACIER` and `DEEP_ARCHIVE` cannot be read. */
  readonly storageClass?: string;
  body(): Uint8Array;
}
