import {
  GetBucketAclCommand,
  GetBucketEncryptionCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketPolicyCommand,
  GetBucketPolicyStatusCommand,
  GetPublicAccessBlockCommand,
  type Grant,
} from "@aws-sdk/client-s3";
import type { AwsAccount } from "./clients.ts";
import { type BucketCall, bucketInput, orNull } from "./bucket-settings.ts";
import { oneOf, required } from "./pages.ts";
import { parsePolicy, type PolicyDocument } from "./policy-document.ts";
import { keepRawAnswer, type RawAnswer, requireXmlRoot, UnreadableAnswer, xmlFlag } from "./raw-answer.ts";

/** null: the bucket has no policy. */
export async function bucketPolicy(call: BucketCall): Promise<PolicyDocument | null> {
  const command = new GetBucketPolicyCommand(bucketInput(call));
  const answer = await orNull("NoSuchBucketPolicy", s3(call).send(command));
  return answer === null ? null : parsePolicy(required(answer.Policy, "policy"));
}

/** Whether AWS calls the bucket's policy public; null: it has none. */
export async function bucketPolicyStatus(call: BucketCall): Promise<boolean | null> {
  const command = new GetBucketPolicyStatusCommand(bucketInput(call));
  const raw = keepRawAnswer(command);
  if ((await orNull("NoSuchBucketPolicy", s3(call).send(command))) === null) return null;
  requireXmlRoot(raw(), "PolicyStatus");
  return xmlFlag(raw(), "IsPublic");
}

export interface PublicAccessBlock {
  /** ACLs that open the bucket to everyone do not count. */
  readonly ignoresPublicAcls: boolean;
  /** A policy that opens it to everyone opens it to the account alone. */
  readonly restrictsPublicBuckets: boolean;
  readonly blocksPublicAcls: boolean;
  readonly blocksPublicPolicy: boolean;
}

/** null: the bucket has none of its own. */
export async function bucketPublicAccessBlock(call: BucketCall): Promise<PublicAccessBlock | null> {
  const command = new GetPublicAccessBlockCommand(bucketInput(call));
  const raw = keepRawAnswer(command);
  return (await orNull(noBlock, s3(call).send(command))) === null ? null : publicAccessBlock(raw());
}

/** Of all buckets of the account; null: none is set. Works from any region. */
export async function accountPublicAccessBlock(account: AwsAccount, region: string): Promise<PublicAccessBlock | null> {
  const { GetPublicAccessBlockCommand } = await import("@aws-sdk/client-s3-control");
  const client = await account.s3control(region);
  const command = new GetPublicAccessBlockCommand({ AccountId: account.accountId });
  const raw = keepRawAnswer(command);
  return (await orNull(noBlock, client.send(command))) === null ? null : publicAccessBlock(raw());
}

const noBlock = "NoSuchPublicAccessBlockConfiguration";

function publicAccessBlock(raw: RawAnswer): PublicAccessBlock {
  requireXmlRoot(raw, "PublicAccessBlockConfiguration");
  return {
    ignoresPublicAcls: xmlFlag(raw, "IgnorePublicAcls"),
    restrictsPublicBuckets: xmlFlag(raw, "RestrictPublicBuckets"),
    blocksPublicAcls: xmlFlag(raw, "BlockPublicAcls"),
    blocksPublicPolicy: xmlFlag(raw, "BlockPublicPolicy"),
  };
}

const ownerships = ["BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"] as const;
export type ObjectOwnership = (typeof ownerships)[number];

/** null: none was ever set, and ACLs count. */
export async function bucketOwnership(call: BucketCall): Promise<ObjectOwnership | null> {
  const command = new GetBucketOwnershipControlsCommand(bucketInput(call));
  const answer = await orNull("OwnershipControlsNotFoundError", s3(call).send(command));
  if (answer === null) return null;
  const [rule] = required(answer.OwnershipControls?.Rules, "Rules");
  return oneOf(ownerships, rule?.ObjectOwnership, "ObjectOwnership");
}

export interface PublicGrant {
  readonly to: "AllUsers" | "AuthenticatedUsers";
  readonly permission: string;
}

const everyone = /^https?:\/\/acs\.amazonaws\.com\/groups\/global\/(AllUsers|AuthenticatedUsers)$/;
const grantees = ["CanonicalUser", "AmazonCustomerByEmail", "Group"] as const;

/** What the bucket's ACL grants to everyone. */
export async function bucketPublicGrants(call: BucketCall): Promise<readonly PublicGrant[]> {
  const command = new GetBucketAclCommand(bucketInput(call));
  const raw = keepRawAnswer(command);
  const { Grants, Owner } = await s3(call).send(command);
  requireXmlRoot(raw(), "AccessControlPolicy");
  required(Owner?.ID, "Owner");
  return required(Grants, "AccessControlList").flatMap(publicGrant);
}

function publicGrant({ Grantee, Permission }: Grant): readonly PublicGrant[] {
  const permission = required(Permission, "Permission");
  const type = oneOf(grantees, Grantee?.Type, "Grantee");
  if (type !== "Group") return [];
  const [, group] = everyone.exec(required(Grantee?.URI, "URI")) ?? [];
  return group === "AllUsers" || group === "AuthenticatedUsers" ? [{ to: group, permission }] : [];
}

const algorithms = ["AES256", "aws:kms", "aws:kms:dsse", "aws:fsx"] as const;

export interface BucketEncryption {
  readonly algorithm: (typeof algorithms)[number];
  /** Id, alias or ARN; null: AWS's own key. */
  readonly keyId: string | null;
}

/** null: none is set. */
export async function bucketEncryption(call: BucketCall): Promise<BucketEncryption | null> {
  const command = new GetBucketEncryptionCommand(bucketInput(call));
  const answer = await orNull("ServerSideEncryptionConfigurationNotFoundError", s3(call).send(command));
  if (answer === null) return null;
  const [rule] = required(answer.ServerSideEncryptionConfiguration?.Rules, "Rules");
  const { KMSMasterKeyID: keyId, SSEAlgorithm } = required(
    rule?.ApplyServerSideEncryptionByDefault,
    "ApplyServerSideEncryptionByDefault",
  );
  const algorithm = oneOf(algorithms, SSEAlgorithm, "SSEAlgorithm");
  if (keyId !== undefined && !algorithm.startsWith("aws:kms"))
    throw new UnreadableAnswer("A key is named for an encryption without one.");
  return { algorithm, keyId: keyId === undefined || keyId === "" ? null : keyId };
}

function s3({ account, region }: BucketCall) {
  return account.s3(region);
}
