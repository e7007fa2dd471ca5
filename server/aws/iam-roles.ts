import { orNull } from "./bucket-settings.ts";
import type { AwsAccount } from "./clients.ts";
import { pagesOf, required } from "./pages.ts";
import { parseEncodedPolicy, type PolicyDocument } from "./policy-document.ts";
import { keepRawAnswer, type RawAnswer, xmlFlag } from "./raw-answer.ts";

/** IAM is one for all regions: `region` only says which partition is asked. */
export interface IamCall {
  readonly account: AwsAccount;
  readonly region: string;
}

export interface IamRole {
  readonly arn: string;
  readonly trust: PolicyDocument;
  /** ARN of the policy that bounds what its other ones allow. */
  readonly boundaryArn: string | null;
}

/** null: the account has no role of that name. */
export async function findRole({ account, region }: IamCall, name: string): Promise<IamRole | null> {
  const { GetRoleCommand } = await import("@aws-sdk/client-iam");
  const client = await account.iam(region);
  const answer = await orNull(/^NoSuchEntity(Exception)?$/, client.send(new GetRoleCommand({ RoleName: name })));
  if (answer === null) return null;
  const { Arn, AssumeRolePolicyDocument, PermissionsBoundary } = required(answer.Role, "Role");
  return {
    arn: required(Arn, "Arn"),
    trust: parseEncodedPolicy(required(AssumeRolePolicyDocument, "AssumeRolePolicyDocument")),
    boundaryArn:
      PermissionsBoundary === undefined
        ? null
        : required(PermissionsBoundary.PermissionsBoundaryArn, "PermissionsBoundaryArn"),
  };
}

/** Names of the policies that stand in the role itself. */
export async function inlinePolicyNames({ account, region }: IamCall, role: string): Promise<readonly string[]> {
  const { ListRolePoliciesCommand } = await import("@aws-sdk/client-iam");
  const client = await account.iam(region);
  const fetch = async (Marker: string | undefined) => {
    const command = new ListRolePoliciesCommand({ RoleName: role, Marker });
    const raw = keepRawAnswer(command);
    return { ...(await client.send(command)), isTruncated: isTruncated(raw()) };
  };
  const names: string[] = [];
  for await (const { PolicyNames } of pagesOf(fetch, markerOf)) names.push(...required(PolicyNames, "PolicyNames"));
  return names;
}

export async function inlinePolicy({ account, region }: IamCall, role: string, name: string): Promise<PolicyDocument> {
  const { GetRolePolicyCommand } = await import("@aws-sdk/client-iam");
  const client = await account.iam(region);
  const { PolicyDocument } = await client.send(new GetRolePolicyCommand({ RoleName: role, PolicyName: name }));
  return parseEncodedPolicy(required(PolicyDocument, "PolicyDocument"));
}

/** ARNs of the policies that are attached to the role. */
export async function attachedPolicies({ account, region }: IamCall, role: string): Promise<readonly string[]> {
  const { ListAttachedRolePoliciesCommand } = await import("@aws-sdk/client-iam");
  const client = await account.iam(region);
  const fetch = async (Marker: string | undefined) => {
    const command = new ListAttachedRolePoliciesCommand({ RoleName: role, Marker });
    const raw = keepRawAnswer(command);
    return { ...(await client.send(command)), isTruncated: isTruncated(raw()) };
  };
  const arns: string[] = [];
  for await (const { AttachedPolicies } of pagesOf(fetch, markerOf))
    for (const { PolicyArn } of required(AttachedPolicies, "AttachedPolicies"))
      arns.push(required(PolicyArn, "PolicyArn"));
  return arns;
}

/** Id of the version of a policy that is in force. */
export async function policyVersionInForce({ account, region }: IamCall, arn: string): Promise<string> {
  const { GetPolicyCommand } = await import("@aws-sdk/client-iam");
  const client = await account.iam(region);
  const { Policy } = await client.send(new GetPolicyCommand({ PolicyArn: arn }));
  return required(Policy?.DefaultVersionId, "DefaultVersionId");
}

export async function policyVersion(
  { account, region }: IamCall,
  arn: string,
  version: string,
): Promise<PolicyDocument> {
  const { GetPolicyVersionCommand } = await import("@aws-sdk/client-iam");
  const client = await account.iam(region);
  const { PolicyVersion } = await client.send(new GetPolicyVersionCommand({ PolicyArn: arn, VersionId: version }));
  return parseEncodedPolicy(required(PolicyVersion?.Document, "Document"));
}

function isTruncated(raw: RawAnswer): boolean {
  return xmlFlag(raw, "IsTruncated");
}

/** A list that goes on says where. */
function markerOf(page: { readonly isTruncated: boolean; readonly Marker?: string | undefined }): string | undefined {
  return page.isTruncated ? required(page.Marker, "Marker") : undefined;
}
