import { type Answer, answer, AwsError, document, element } from "../answer.ts";
import type { SimulatedAccessBlock, SimulatedBucket } from "../world.ts";
import { type BucketRead, s3Xmlns, xml } from "./s3-read.ts";

/** Who may reach a bucket, and how it is encrypted. */
export const accessReads: readonly BucketRead[] = [
  { parameter: "policy", api: "GetBucketPolicy", action: "s3:GetBucketPolicy", answer: policy },
  { parameter: "policyStatus", api: "GetBucketPolicyStatus", action: "s3:GetBucketPolicyStatus", answer: policyStatus },
  {
    parameter: "publicAccessBlock",
    api: "GetPublicAccessBlock",
    action: "s3:GetBucketPublicAccessBlock",
    answer: publicAccessBlock,
  },
  {
    parameter: "ownershipControls",
    api: "GetBucketOwnershipControls",
    action: "s3:GetBucketOwnershipControls",
    answer: ownershipControls,
  },
  { parameter: "acl", api: "GetBucketAcl", action: "s3:GetBucketAcl", answer: acl },
  { parameter: "encryption", api: "GetBucketEncryption", action: "s3:GetEncryptionConfiguration", answer: encryption },
];

const closed: SimulatedAccessBlock = {
  BlockPublicAcls: true,
  IgnorePublicAcls: true,
  BlockPublicPolicy: true,
  RestrictPublicBuckets: true,
};

function policyOf({ policy }: SimulatedBucket): object {
  if (policy === undefined || policy === null)
    throw new AwsError(404, "NoSuchBucketPolicy", "The bucket policy does not exist");
  return policy;
}

function policy(bucket: SimulatedBucket): Answer {
  return {
    status: 200,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(policyOf(bucket)),
  };
}

function policyStatus(bucket: SimulatedBucket): Answer {
  const { Statement = [] } = policyOf(bucket) as { Statement?: object | readonly object[] };
  const statements = (Array.isArray(Statement) ? Statement : [Statement]) as readonly Record<string, unknown>[];
  return xml("PolicyStatus", { IsPublic: statements.some(isPublic) });
}

/** Of what AWS calls public, the plain case: everyone, under no condition. */
function isPublic({ Condition, Effect, Principal }: Readonly<Record<string, unknown>>): boolean {
  const everyone = Principal === "*" || (Principal as { AWS?: unknown } | undefined)?.AWS === "*";
  return Effect === "Allow" && everyone && Condition === undefined;
}

function publicAccessBlock({ publicAccessBlock: block = closed }: SimulatedBucket): Answer {
  if (block === null)
    throw new AwsError(
      404,
      "NoSuchPublicAccessBlockConfiguration",
      "The public access block configuration was not found",
    );
  return xml("PublicAccessBlockConfiguration", { ...block });
}

function ownershipControls({ ownership = "BucketOwnerEnforced" }: SimulatedBucket): Answer {
  if (ownership === null)
    throw new AwsError(404, "OwnershipControlsNotFoundError", "The bucket ownership controls were not found");
  return xml("OwnershipControls", { Rule: { ObjectOwnership: ownership } });
}

function acl({ grants = [], owner }: SimulatedBucket): Answer {
  const all = [
    grant("CanonicalUser", element("ID", owner), "FULL_CONTROL"),
    ...grants.map(({ group, permission }) =>
      grant("Group", element("URI", `http://acs.amazonaws.com/groups/global/${group}`), permission),
    ),
  ];
  const list = `<AccessControlList>${all.join("")}</AccessControlList>`;
  const body = `${element("Owner", { ID: owner })}${list}`;
  return answer("rest-xml", document(`<AccessControlPolicy xmlns="${s3Xmlns}">${body}</AccessControlPolicy>`));
}

/** The kind of a grantee is an attribute. */
function grant(type: string, grantee: string, permission: string): string {
  const xsi = "http://www.w3.org/2001/XMLSchema-instance";
  const who = `<Grantee xmlns:xsi="${xsi}" xsi:type="${type}">${grantee}</Grantee>`;
  return `<Grant>${who}${element("Permission", permission)}</Grant>`;
}

function encryption({ encryption = { algorithm: "AES256" } }: SimulatedBucket): Answer {
  if (encryption === null)
    throw new AwsError(
      404,
      "ServerSideEncryptionConfigurationNotFoundError",
      "The server side encryption configuration was not found",
    );
  const { algorithm, keyId } = encryption;
  return xml("ServerSideEncryptionConfiguration", {
    Rule: {
      ApplyServerSideEncryptionByDefault: { SSEAlgorithm: algorithm, KMSMasterKeyID: keyId },
      BucketKeyEnabled: false,
    },
  });
}
