import type { LifecycleRule } from "@aws-sdk/client-s3";
import type { CheckPolicy } from "./policy.ts";

/** A call of a collector, as the service, the SDK and IAM name it. */
export interface FactCall {
  readonly service: string;
  readonly operation: string;
  readonly action: string;
}

/** A fact that could not be read, and why. It never stands for "none". */
export interface Unreadable extends FactCall {
  /** The fact's name. */
  readonly unreadable: string;
  readonly class: string;
  /** A code of the service or of Node; safe to show. */
  readonly errorCode: string;
  readonly attempts: number;
  /** True where the error itself proves that there is nothing to look at: the region is off, or has no such service. */
  readonly notApplicable: boolean;
  /** Whom the call was sent to. */
  readonly host?: string | null;
}

export interface BucketPlace {
  readonly bucket: string;
  /** As configured; empty for none. */
  readonly prefix: string;
}

/** A kind of body that is delivered, or is not. */
export type Modality = CheckPolicy["requiredModalities"][number];

/** null: AWS did not say. */
export type Delivered = Readonly<Record<Modality, boolean | null>>;

export interface LoggingConfig {
  /** False when none was ever put. */
  readonly set: boolean;
  readonly s3: BucketPlace | null;
  readonly cloudWatch: {
    readonly logGroup: string;
    /** The role that Bedrock writes with; null: AWS did not say. */
    readonly roleArn: string | null;
    readonly largeData: BucketPlace | null;
  } | null;
  readonly delivered: Delivered;
}

/** Only text, as AWS says it of a region that asks for no more. */
export const textAlone: Delivered = { text: true, image: false, embedding: false, video: false, audio: false };

export type LogGroupStore =
  | { readonly name: string; readonly exists: false }
  | {
      readonly name: string;
      readonly exists: true;
      /** null: never expires. */
      readonly retentionInDays: number | null;
      readonly logGroupClass: string | null;
      /** ARN of the key that encrypts it; null: AWS's own. */
      readonly kmsKeyId: string | null;
      /** null: AWS did not say. */
      readonly deletionProtected: boolean | null;
      /** Whether a bearer token alone may write to it; null: AWS did not say. */
      readonly bearerToken: boolean | null;
      /** The account's policy that decides how long it keeps; null: it decides itself. */
      readonly retentionPolicy: string | null;
      /** In milliseconds; null: AWS did not say. */
      readonly createdAt: number | null;
    };

export interface ObjectLock {
  /** null: nothing is locked by default. */
  readonly mode: "GOVERNANCE" | "COMPLIANCE" | null;
  readonly days: number | null;
  readonly years: number | null;
}

/** A bucket of our own: each call is a fact of its own. */
export interface OwnBucket extends BucketPlace {
  readonly owner: "own";
  readonly region: string | Unreadable;
  readonly lifecycle: readonly LifecycleRule[] | Unreadable;
  /** null: never switched on. */
  readonly versioning: "Enabled" | "Suspended" | null | Unreadable;
  readonly lock: ObjectLock | null | Unreadable;
}

interface MissingBucket extends BucketPlace {
  readonly owner: "missing";
}

interface ForeignBucket extends BucketPlace {
  readonly owner: "foreign";
}

export type BucketStore = OwnBucket | MissingBucket | ForeignBucket;

/** Calls, failed ones among them. */
export interface UsageCounts {
  readonly invocations: number;
  readonly clientErrors: number;
  readonly serverErrors: number;
  /** On the endpoint that invocation logging does not cover. */
  readonly inferences: number;
}

/** What was counted in the hour that begins at `time`, in milliseconds. */
export interface UsageHour extends UsageCounts {
  readonly time: number;
}

/** Calls in the window that is judged: the whole hours in `[from, to)`. */
export interface Usage extends UsageCounts {
  readonly from: number;
  readonly to: number;
  /** In order; an hour without any call is left out. */
  readonly hours: readonly UsageHour[];
}

export interface DeliveryHour {
  readonly time: number;
  readonly successes: number;
  readonly failures: number;
}

export interface EventHour {
  readonly time: number;
  readonly events: number;
}

/** What Bedrock says of its deliveries, by channel: the hours of the window and the one behind it; empty ones are left out. */
export interface Delivery {
  readonly cloudWatch: readonly DeliveryHour[];
  readonly s3: readonly DeliveryHour[];
  readonly largeData: readonly DeliveryHour[];
  /** What the configured log group took in, from whomever; null: none is configured. */
  readonly logEvents: readonly EventHour[] | null;
}

/** Which days have a batch of records in the bucket. */
export interface BatchDays {
  /** UTC days with invocations, `2026-09-14`, in order. */
  readonly asked: readonly string[];
  /** Each folder that the records may lie in, with those of the days that have a batch there. */
  readonly folders: readonly { readonly folder: string; readonly days: readonly string[] }[];
}

/** What lies in the stores, without a look inside. */
export interface Batches {
  /** null: no bucket of ours is configured for the records. */
  readonly s3: BatchDays | null | Unreadable;
  /** When the log group last took in a record, in milliseconds; null: no group is configured, or it never did. */
  readonly lastIngestion: number | null | Unreadable;
}

/** A policy of IAM, parsed, with a member `Statement`; what it says is for `iam-policy.ts` to judge. */
export type PolicyDocument = Readonly<Record<string, unknown>>;

/** The role that Bedrock writes to the log group with. */
export type DeliveryRole =
  | { readonly arn: string; readonly exists: false }
  | {
      readonly arn: string;
      readonly exists: true;
      /** Who may assume it. */
      readonly trust: PolicyDocument;
      /** Those that stand in it, and those that are attached. */
      readonly policies: readonly PolicyDocument[] | Unreadable;
      /** What its policies can allow at most; null: nothing bounds them. */
      readonly boundary: PolicyDocument | null | Unreadable;
    };

export interface PublicAccessBlock {
  /** ACLs that open a bucket to everyone do not count. */
  readonly ignoresPublicAcls: boolean;
  /** A policy that opens a bucket to everyone opens it to the account alone. */
  readonly restrictsPublicBuckets: boolean;
  readonly blocksPublicAcls: boolean;
  readonly blocksPublicPolicy: boolean;
}

export interface PublicGrant {
  readonly to: "AllUsers" | "AuthenticatedUsers";
  readonly permission: string;
}

/** A key of the account's own that encrypts a store. */
export interface StoreKey {
  readonly keyId: string;
  /** As KMS names it: `Enabled`, `PendingDeletion`, … */
  readonly state: string;
}

/** Who may reach a bucket of ours, and whether it can be read: each call is a fact of its own. */
export interface BucketHardening {
  /** null: it has none. */
  readonly policy: PolicyDocument | null | Unreadable;
  /** Whether AWS calls its policy public; false without one. */
  readonly publicPolicy: boolean | Unreadable;
  /** Its own; null: none. */
  readonly block: PublicAccessBlock | null | Unreadable;
  /** null: never set, and ACLs count. */
  readonly ownership: "BucketOwnerEnforced" | "BucketOwnerPreferred" | "ObjectWriter" | null | Unreadable;
  /** What its ACL grants to everyone. */
  readonly publicGrants: readonly PublicGrant[] | Unreadable;
  /** null: it is encrypted with AWS's own key. */
  readonly key: StoreKey | null | Unreadable;
}

export interface GroupHardening {
  /** null: it is encrypted with AWS's own key. */
  readonly key: StoreKey | null | Unreadable;
  /** Whether a policy masks parts of what it holds. */
  readonly dataProtection: boolean | Unreadable;
}

/** How the stores are guarded. null: none such is configured, or it is none of ours. */
export interface Hardening {
  readonly s3: BucketHardening | null | Unreadable;
  readonly largeData: BucketHardening | null | Unreadable;
  readonly group: GroupHardening | null | Unreadable;
  /** Of all buckets of the account; null: none is set, or no bucket of ours is configured. */
  readonly accountBlock: PublicAccessBlock | null | Unreadable;
}

/** A call that asked for a change, as CloudTrail keeps it. */
export interface TrailChange {
  readonly id: string;
  /** `PutRetentionPolicy`. */
  readonly name: string;
  readonly time: number;
  /** ARN or name; null where CloudTrail tells none. */
  readonly actor: string | null;
  /** Of a call that changed nothing; null for one that succeeded. */
  readonly errorCode: string | null;
  readonly parameters: unknown;
}

/** All changes in `[from, to)`, and those behind it that are told already, in order. */
export interface TrailChanges {
  readonly from: number;
  readonly to: number;
  /** From when on all were read: later than `from` where there were too many. */
  readonly wholeSince: number;
  readonly changes: readonly TrailChange[];
}

/** Stores that records went to in the window, and that are configured no more. */
export interface FormerStores {
  readonly groups: readonly { readonly name: string; readonly store: LogGroupStore | Unreadable }[];
  readonly buckets: readonly { readonly place: BucketPlace; readonly store: BucketStore | Unreadable }[];
}

/** Invocations of the `seconds` that begin at `time`. */
export interface CallPeriod {
  readonly time: number;
  readonly seconds: number;
  readonly invocations: number;
}

/** What an earlier run of ours saw of a target. A fact that it did not see anew is left out. */
export interface EarlierLook {
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly facts: Partial<
    Pick<Facts, "loggingConfig" | "logGroup" | "s3Store" | "largeDataStore" | "configEvents" | "storeEvents">
  >;
}

/** What the collectors bring from one target. null: the configuration names no such store. */
export interface Facts {
  readonly loggingConfig: LoggingConfig | Unreadable;
  readonly logGroup: LogGroupStore | null | Unreadable;
  readonly s3Store: BucketStore | null | Unreadable;
  readonly largeDataStore: BucketStore | null | Unreadable;
  readonly usage: Usage | Unreadable;
  readonly delivery: Delivery | Unreadable;
  readonly batches: Batches | Unreadable;
  /** null: no log group is configured, or AWS did not name a role for it. */
  readonly deliveryRole: DeliveryRole | null | Unreadable;
  readonly hardening: Hardening | Unreadable;
  /** Changes of the logging configuration. */
  readonly configEvents: TrailChanges | Unreadable;
  /** Changes of the stores, the former ones too. */
  readonly storeEvents: TrailChanges | Unreadable;
  readonly formerStores: FormerStores | Unreadable;
  /** In order, without the empty ones; null: nothing was changed, so that nobody asks. */
  readonly callPeriods: readonly CallPeriod[] | null | Unreadable;
  /** In order; null: nothing was changed, or there is no store of ours. */
  readonly earlierLooks: readonly EarlierLook[] | null | Unreadable;
}

export type FactName = keyof Facts;

/** The named facts, all of them read. */
export type Readable<F extends FactName> = { readonly [P in F]: Exclude<Facts[P], Unreadable> };

export function isUnreadable(value: unknown): value is Unreadable {
  return typeof value === "object" && value !== null && "unreadable" in value;
}
