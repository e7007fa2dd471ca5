import { bedrockSource, folderArn, logStreamArn, roleName, type RolePlace } from "./arns.ts";
import type { Context } from "./control.ts";
import type { BucketPlace, PolicyDocument } from "./facts.ts";
import type { Permission } from "./iam-policy.ts";
import { logFolders } from "./lifecycle-classes.ts";
import { inTerraform, quoted } from "./remediation.ts";

const service = "bedrock.amazonaws.com";

/** The role, and what it needs to write. */
export function mendMissingRole(place: RolePlace): string {
  const trust = asText({ Version: "2012-10-17", Statement: [trustStatement(place)] });
  const create = `aws iam create-role --role-name ${named(place)} --assume-role-policy-document ${trust}`;
  return inTerraform(`${create} && ${putRolePolicy(place)}`, "iam_role, iam_role_policy");
}

/** The whole policy of trust, since an update replaces it. */
export function mendTrust(place: RolePlace, trust: PolicyDocument, said: Permission): string {
  if (said === "denied") return `Take what denies ${service} out of it: aws iam get-role --role-name ${named(place)}`;
  const document = asText(withStatement(trust, trustStatement(place)));
  const command = `aws iam update-assume-role-policy --role-name ${named(place)} --policy-document ${document}`;
  return inTerraform(command, "iam_role.assume_role_policy");
}

export function mendRolePolicy(place: RolePlace, said: Permission): string {
  if (said === "denied")
    return `Take what denies logs:PutLogEvents out of it: aws iam list-attached-role-policies --role-name ${named(place)}`;
  return inTerraform(putRolePolicy(place), "iam_role_policy");
}

/** The bucket's whole policy, since a Put replaces it. */
export function mendBucketPolicy(place: BucketPlace, policy: PolicyDocument | null, context: Context): string {
  const document = asText(withStatement(policy ?? { Version: "2012-10-17" }, putStatement(place, context)));
  const command = `aws s3api put-bucket-policy --bucket ${quoted(place.bucket)} --policy ${document}`;
  return inTerraform(command, "s3_bucket_policy");
}

export function mendDenial(bucket: string): string {
  return `Take what denies s3:PutObject to ${service} out of it: aws s3api get-bucket-policy --bucket ${quoted(bucket)}`;
}

export function mendBucketAcls(bucket: string): string {
  const rules = "'Rules=[{ObjectOwnership=BucketOwnerEnforced}]'";
  const command = `aws s3api put-bucket-ownership-controls --bucket ${quoted(bucket)} --ownership-controls ${rules}`;
  return inTerraform(command, "s3_bucket_ownership_controls");
}

export function mendPublicBucket(bucket: string): string {
  const flags = ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"];
  const block = flags.map((flag) => `${flag}=true`).join(",");
  const command = `aws s3api put-public-access-block --bucket ${quoted(bucket)} --public-access-block-configuration ${block}`;
  return inTerraform(command, "s3_bucket_public_access_block");
}

/** A key whose deletion is called off is disabled until it is enabled. */
export function mendKey(keyId: string, state: string, region: string): string {
  const key = `--region ${region} --key-id ${quoted(keyId)}`;
  const enable = `aws kms enable-key ${key}`;
  if (state === "PendingDeletion")
    return inTerraform(`aws kms cancel-key-deletion ${key} && ${enable}`, "kms_key.is_enabled");
  if (state === "Disabled") return inTerraform(enable, "kms_key.is_enabled");
  return inTerraform(
    `Bring the key back into use; this says what it lacks: aws kms describe-key ${key}`,
    "kms_key, kms_key_policy",
  );
}

function putRolePolicy(place: RolePlace): string {
  const Statement = [
    { Effect: "Allow", Action: ["logs:CreateLogStream", "logs:PutLogEvents"], Resource: logStreamArn(place) },
  ];
  const document = asText({ Version: "2012-10-17", Statement });
  return `aws iam put-role-policy --role-name ${named(place)} --policy-name bedrock-invocation-logs --policy-document ${document}`;
}

function named({ role }: RolePlace): string {
  return quoted(roleName(role));
}

function trustStatement(place: RolePlace) {
  const { Condition, Effect, Principal } = forBedrock(place);
  return { Effect, Principal, Action: "sts:AssumeRole", Condition };
}

function putStatement({ bucket, prefix }: BucketPlace, context: Context) {
  const { account, region } = context;
  const Resource = logFolders(prefix, account, region).map((folder) => `${folderArn(bucket, folder, region)}*`);
  const { Condition, Effect, Principal } = forBedrock(context);
  return { Effect, Principal, Action: "s3:PutObject", Resource, Condition };
}

/** For nobody else's Bedrock. */
function forBedrock(place: Pick<RolePlace, "account" | "region">) {
  return {
    Effect: "Allow",
    Principal: { Service: service },
    Condition: {
      StringEquals: { "aws:SourceAccount": place.account },
      ArnLike: { "aws:SourceArn": `${bedrockSource(place)}*` },
    },
  };
}

function withStatement(policy: PolicyDocument, statement: object): PolicyDocument {
  const { Statement = [] } = policy;
  const all: readonly unknown[] = Array.isArray(Statement) ? Statement : [Statement];
  return { ...policy, Statement: [...all, statement] };
}

function asText(policy: object): string {
  return quoted(JSON.stringify(policy));
}
