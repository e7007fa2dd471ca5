/** Where a role, a log group and the one who asks are. */
export interface RolePlace {
  readonly account: string;
  readonly region: string;
  /** ARN. */
  readonly role: string;
  readonly group: string;
}

const partitions = [
  ["us-gov-", "aws-us-gov"],
  ["eusc-", "aws-eusc"],
  ["cn-", "aws-cn"],
] as const;

export function partitionOf(region: string): string {
  return partitions.find(([prefix]) => region.startsWith(prefix))?.[1] ?? "aws";
}

/** What Bedrock's calls name as their source, and more behind it. */
export function bedrockSource({ account, region }: Pick<RolePlace, "account" | "region">): string {
  return `arn:${partitionOf(region)}:bedrock:${region}:${account}:`;
}

/** The one stream that Bedrock writes to. */
export function logStreamArn({ account, group, region }: RolePlace): string {
  const stream = "aws/bedrock/modelinvocations";
  return `arn:${partitionOf(region)}:logs:${region}:${account}:log-group:${group}:log-stream:${stream}`;
}

/** A folder in a bucket. */
export function folderArn(bucket: string, folder: string, region: string): string {
  return `arn:${partitionOf(region)}:s3:::${bucket}/${folder}`;
}

/** The name alone, without the path. */
export function roleName(arn: string): string {
  return arn.slice(arn.lastIndexOf("/") + 1);
}
