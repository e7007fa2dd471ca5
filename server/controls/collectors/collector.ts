import type { LifecycleRule } from "@aws-sdk/client-s3";
import type { FactEvidence } from "../../domain/compliance.ts";
import { canonicalJson } from "../../lib/canonical-json.ts";
import { sha256Hex } from "../../lib/hash.ts";
import type {
  BucketHardening,
  EarlierLook,
  FactCall,
  FactName,
  Facts,
  LoggingConfig,
  LogGroupStore,
  ObjectLock,
  PolicyDocument,
  PublicAccessBlock,
  PublicGrant,
  TrailChange,
  Unreadable,
} from "../facts.ts";

export interface MetricSeries {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

export interface MetricSum {
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly sum: number;
}

interface LoggingAnswer extends LoggingConfig {
  readonly raw: Readonly<Record<string, unknown>>;
}

type GroupAnswer = Omit<Extract<LogGroupStore, { exists: true }>, "name" | "exists">;

interface RoleAnswer {
  readonly arn: string;
  readonly trust: PolicyDocument;
  readonly boundaryArn: string | null;
}

/** A bucket, and the region where it is to be asked for. */
export interface BucketAt {
  readonly bucket: string;
  readonly region: string;
}

/** What collectors ask of one target; each call throws what the service answers instead. */
export interface Reads {
  readonly loggingConfiguration: () => Promise<LoggingAnswer>;
  /** null: no group has exactly this name. */
  readonly logGroup: (name: string) => Promise<GroupAnswer | null>;
  /** All buckets of the account, with their region if AWS tells it. */
  readonly ownBuckets: () => Promise<ReadonlyMap<string, string | null>>;
  /** When the list of buckets says that one was made; null: it does not, or the bucket is not in it. */
  readonly bucketCreatedAt: (bucket: string) => Promise<number | null>;
  readonly bucketLocation: (bucket: string) => Promise<string>;
  readonly bucketLifecycle: (at: BucketAt) => Promise<readonly LifecycleRule[]>;
  readonly bucketVersioning: (at: BucketAt) => Promise<"Enabled" | "Suspended" | null>;
  readonly bucketLock: (at: BucketAt) => Promise<ObjectLock | null>;
  readonly bucketPolicy: (at: BucketAt) => Promise<PolicyDocument | null>;
  /** null: the bucket has no policy. */
  readonly bucketPolicyStatus: (at: BucketAt) => Promise<boolean | null>;
  readonly bucketPublicAccessBlock: (at: BucketAt) => Promise<PublicAccessBlock | null>;
  readonly accountPublicAccessBlock: () => Promise<PublicAccessBlock | null>;
  readonly bucketOwnership: (at: BucketAt) => Promise<Exclude<BucketHardening["ownership"], Unreadable>>;
  readonly bucketPublicGrants: (at: BucketAt) => Promise<readonly PublicGrant[]>;
  /** null: none is set. `keyId` null: AWS's own key. */
  readonly bucketEncryption: (
    at: BucketAt,
  ) => Promise<{ readonly algorithm: string; readonly keyId: string | null } | null>;
  /** By id, alias or ARN. */
  readonly keyState: (keyId: string) => Promise<string>;
  readonly hasDataProtection: (group: string) => Promise<boolean>;
  /** null: the account has no role of that name. */
  readonly role: (name: string) => Promise<RoleAnswer | null>;
  readonly inlinePolicyNames: (role: string) => Promise<readonly string[]>;
  readonly inlinePolicy: (role: string, name: string) => Promise<PolicyDocument>;
  /** ARNs. */
  readonly attachedPolicies: (role: string) => Promise<readonly string[]>;
  readonly policyVersionInForce: (arn: string) => Promise<string>;
  readonly policyVersion: (arn: string, version: string) => Promise<PolicyDocument>;
  /** Which of the prefixes, all below `folder` and none below another, hold an object that is wanted; no object is read. */
  readonly prefixesHolding: (
    at: BucketAt,
    wanted: {
      readonly folder: string;
      readonly prefixes: readonly string[];
      readonly isWanted: (object: { readonly key: string; readonly sizeBytes: number }) => boolean;
    },
  ) => Promise<ReadonlySet<string>>;
  /** When a log group's streams of this name last took in an event, in milliseconds; null: never. */
  readonly lastIngestion: (group: string, stream: string) => Promise<number | null>;
  /** Sums of each series, in the order of the question; by the hour unless said otherwise. */
  readonly metricSums: (
    series: readonly MetricSeries[],
    range: { readonly from: number; readonly to: number; readonly periodSeconds?: number },
  ) => Promise<readonly (readonly MetricSum[])[]>;
  readonly dimensionValues: (metric: {
    readonly namespace: string;
    readonly name: string;
    readonly dimension: string;
  }) => Promise<readonly string[]>;
  /** Calls of one name in `[from, to)` in a region; `complete` is false where only the newest were read. */
  readonly changes: (
    region: string,
    name: string,
    range: { readonly from: number; readonly to: number },
  ) => Promise<{ readonly changes: readonly TrailChange[]; readonly complete: boolean }>;
  /** What earlier runs of ours saw of this target; null: there is no store of ours. */
  readonly earlierLooks: () => Promise<readonly EarlierLook[] | null>;
}

/** Why a call failed. */
export interface Failure {
  readonly class: string;
  readonly errorCode: string;
  readonly attempts: number;
  readonly notApplicable: boolean;
  /** Whom the call was sent to; null: it was not sent. */
  readonly host: string | null;
}

export interface Target {
  readonly account: string;
  readonly region: string;
  readonly caller: string | null;
  readonly from: number;
  readonly to: number;
  /** The run's time. */
  readonly now: number;
}

/** What a collector works with. */
export interface Ask {
  readonly target: Target;
  readonly reads: Reads;
  /** Another fact of this target: read once, whoever asks. */
  readonly fact: <F extends FactName>(name: F) => Promise<Facts[F]>;
  /** Runs one call and notes it as evidence; never throws. `fields`: what of the answer is used. */
  readonly attempt: <T>(
    fact: string,
    call: FactCall,
    work: () => Promise<T>,
    fields: (value: T) => Fields,
  ) => Promise<T | Unreadable>;
}

/** What of an answer is used, as JSON values. */
export interface Fields {
  readonly used: Readonly<Record<string, unknown>>;
}

/** How a call was answered; one of several pages, or that was tried again, has several answers. */
export interface CallAnswer {
  readonly operation: string;
  readonly region: string;
  readonly requestId: string | null;
  readonly httpStatus: number | null;
}

/** Runs some work, and tells how its calls were answered. */
export type WithAnswers = <T>(
  work: () => Promise<T>,
) => Promise<{ readonly settled: PromiseSettledResult<T>; readonly answers: readonly CallAnswer[] }>;

/** Reads one fact of one target and never throws. */
export interface Collector<F extends FactName = FactName> {
  readonly fact: F;
  readonly calls: readonly FactCall[];
  /** Facts that it asks for first: their calls are made, too. */
  readonly restsOn: readonly FactName[];
  readonly collect: (ask: Ask) => Promise<Facts[F]>;
}

export function call(service: string, operation: string, action = `${service}:${operation}`): FactCall {
  return { service, operation, action };
}

/** An answer that is none, though AWS said 200. */
export class UnsoundAnswer extends Error {
  override readonly name = "UnsoundAnswer";
}

/** Facts that contradict each other. */
export class ContradictoryFacts extends Error {
  override readonly name = "ContradictoryFacts";
}

interface Called {
  readonly fact: string;
  readonly call: FactCall;
  readonly target: Pick<Target, "account" | "region" | "caller">;
  readonly answers: readonly CallAnswer[];
  /** Milliseconds. */
  readonly at: number;
}

/** Of a call that was answered. */
export function evidenceOf(called: Called, { used }: Fields): FactEvidence {
  const fields = JSON.parse(JSON.stringify(used)) as Record<string, unknown>;
  return { ...headOf(called), errorCode: null, errorClass: null, fields, sha256: sha256Hex(canonicalJson(fields)) };
}

/** Of a call that failed: nothing of it is used. */
export function failureEvidence(called: Called, failure: Pick<Failure, "class" | "errorCode">): FactEvidence {
  const { class: errorClass, errorCode } = failure;
  return { ...headOf(called), errorCode, errorClass, fields: {}, sha256: null };
}

const mostEarlier = 100;

/** The last answer stands for the call; the ids of those before it are kept beside. */
function headOf({ answers, at, call, fact, target: { account, caller, region } }: Called) {
  const own = answers.filter(({ operation }) => operation === call.operation);
  const last = own.at(-1) ?? null;
  const earlier = own.slice(0, -1).flatMap(({ requestId }) => (requestId === null ? [] : [requestId]));
  return {
    fact,
    service: call.service,
    operation: call.operation,
    region: last?.region ?? region,
    account,
    caller,
    requestId: last?.requestId ?? null,
    httpStatus: last?.httpStatus ?? null,
    earlierRequestIds: earlier.slice(-mostEarlier),
    at: new Date(at).toISOString(),
  };
}
