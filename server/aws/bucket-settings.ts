import {
  GetBucketLifecycleConfigurationCommand,
  GetBucketLocationCommand,
  GetBucketVersioningCommand,
  GetObjectLockConfigurationCommand,
  type LifecycleRule,
  ListBucketsCommand,
} from "@aws-sdk/client-s3";
import { describe } from "./classify.ts";
import type { AwsAccount } from "./clients.ts";
import { oneOf, pagesOf, periodOrNull, required } from "./pages.ts";
import { keepRawAnswer, requireXmlRoot, UnreadableAnswer } from "./raw-answer.ts";

export interface BucketCall {
  readonly account: AwsAccount;
  /** The bucket's own; any other is answered with a redirection. */
  readonly region: string;
  readonly bucket: string;
  /** Account that must own it. */
  readonly owner: string;
}

export const bucketInput = ({ bucket, owner }: BucketCall) => ({ Bucket: bucket, ExpectedBucketOwner: owner });

/** The rules of a bucket; none if it has no such configuration. */
export async function bucketLifecycle(call: BucketCall): Promise<readonly LifecycleRule[]> {
  const command = new GetBucketLifecycleConfigurationCommand(bucketInput(call));
  const raw = keepRawAnswer(command);
  const answer = await orNull("NoSuchLifecycleConfiguration", call.account.s3(call.region).send(command));
  if (answer === null) return [];
  requireXmlRoot(raw(), "LifecycleConfiguration");
  return required(answer.Rules, "Rules");
}

/** null: never switched on. */
export async function bucketVersioning(call: BucketCall): Promise<"Enabled" | "Suspended" | null> {
  const command = new GetBucketVersioningCommand(bucketInput(call));
  const raw = keepRawAnswer(command);
  const { Status } = await call.account.s3(call.region).send(command);
  requireXmlRoot(raw(), "VersioningConfiguration");
  return Status ?? null;
}

export interface ObjectLock {
  /** null: locked objects may be put, but none is locked by default. */
  readonly mode: "GOVERNANCE" | "COMPLIANCE" | null;
  readonly days: number | null;
  readonly years: number | null;
}

/** null: the bucket has no lock. */
export async function bucketLock(call: BucketCall): Promise<ObjectLock | null> {
  const command = new GetObjectLockConfigurationCommand(bucketInput(call));
  const answer = await orNull("ObjectLockConfigurationNotFoundError", call.account.s3(call.region).send(command));
  if (answer === null) return null;
  const lock = answer.ObjectLockConfiguration;
  oneOf(["Enabled"], lock?.ObjectLockEnabled, "ObjectLockEnabled");
  const retention = lock?.Rule?.DefaultRetention;
  if (retention === undefined) return { mode: null, days: null, years: null };
  const mode = oneOf(["GOVERNANCE", "COMPLIANCE"], retention.Mode, "Mode");
  const days = periodOrNull(retention.Days, "Days");
  const years = periodOrNull(retention.Years, "Years");
  if ((days === null) === (years === null)) throw new UnreadableAnswer("A lock has no period, or two.");
  return { mode, days, years };
}

/** Where a bucket is. Works from any region. */
export async function bucketLocation(call: BucketCall): Promise<string> {
  const command = new GetBucketLocationCommand(bucketInput(call));
  const raw = keepRawAnswer(command);
  const { LocationConstraint } = await call.account.s3(call.region).send(command);
  requireXmlRoot(raw(), "LocationConstraint");
  if (LocationConstraint === undefined || String(LocationConstraint) === "") return "us-east-1";
  return LocationConstraint === "EU" ? "eu-west-1" : LocationConstraint;
}

/** What the list of buckets says of one; null: AWS did not say. */
export interface ListedBucket {
  readonly region: string | null;
  /** In milliseconds. Some changes of a bucket set it anew: it proves no creation. */
  readonly createdAt: number | null;
}

/** Every bucket that the account owns, by name. */
export async function listedBuckets(account: AwsAccount, region: string): Promise<ReadonlyMap<string, ListedBucket>> {
  const fetch = async (token: string | undefined) => {
    // Without a parameter AWS leaves the regions out.
    const page = { MaxBuckets: 1_000, ...(token === undefined ? {} : { ContinuationToken: token }) };
    const command = new ListBucketsCommand(page);
    const raw = keepRawAnswer(command);
    const answer = await account.s3(region).send(command);
    requireXmlRoot(raw(), "ListAllMyBucketsResult");
    return answer;
  };
  const found = new Map<string, ListedBucket>();
  for await (const { Buckets = [] } of pagesOf(fetch, ({ ContinuationToken }) => ContinuationToken))
    for (const { BucketRegion, CreationDate, Name } of Buckets)
      found.set(required(Name, "Name"), { region: BucketRegion ?? null, createdAt: CreationDate?.getTime() ?? null });
  return found;
}

/** Every bucket that the account owns, with its region if AWS says it. */
export async function ownBuckets(account: AwsAccount, region: string): Promise<ReadonlyMap<string, string | null>> {
  return regionsOf(await listedBuckets(account, region));
}

export function regionsOf(buckets: ReadonlyMap<string, ListedBucket>): ReadonlyMap<string, string | null> {
  return new Map([...buckets].map(([name, { region }]) => [name, region]));
}

/** null for the error by which AWS says that there is none. */
export async function orNull<T>(absence: string | RegExp, answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    const { code } = describe(error);
    if (typeof absence === "string" ? code === absence : absence.test(code)) return null;
    throw error;
  }
}
