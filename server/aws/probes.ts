import { classifyAlone, describe } from "./classify.ts";
import type { AwsAccount } from "./clients.ts";

/** A bucket that records or their large bodies are delivered to. */
export interface LogBucket {
  readonly name: string;
  readonly region: string;
  /** Of the account's logs; ends in a slash. */
  readonly folder: string;
}

export interface LogGroupPlace {
  readonly name: string;
  readonly region: string;
}

/** Where an account's logs lie, as far as it is known, and names that nobody has. */
export interface ProbePlace {
  readonly account: AwsAccount;
  /** Where logging was found, else where the first calls go. */
  readonly region: string;
  readonly home: string;
  readonly partition: string;
  readonly buckets: readonly LogBucket[];
  readonly groups: readonly LogGroupPlace[];
  /** A word that nothing is called. */
  readonly nobody: string;
}

/** `undecided`: neither can be told from the answer. */
export interface ProbeOutcome {
  readonly allowed: boolean | null;
  /** Code of the answer, or why there was none. */
  readonly said: string;
}

type Ask = (place: ProbePlace) => Promise<unknown>;

/** A call that cannot be made, for want of something to make it on. */
class NothingToTry extends Error {
  override readonly name = "NothingToTry";
}

function bucketOf({ buckets: [bucket] }: ProbePlace): LogBucket {
  if (bucket === undefined) throw new NothingToTry("no bucket of logs was found to try it on");
  return bucket;
}

/** A refusal is the same for a group that there is none of. */
function groupOrNone({ groups: [group], nobody }: ProbePlace): string {
  return group?.name ?? nobody;
}

/** One cheap call that an action allows. It changes nothing, and what it answers is not looked at. */
const calls: Readonly<Record<string, Ask>> = {
  "account:ListRegions": async ({ account, home }) => {
    const { ListRegionsCommand } = await import("@aws-sdk/client-account");
    return (await account.account(home)).send(new ListRegionsCommand({ MaxResults: 1 }));
  },
  "bedrock:GetCustomModel": async ({ account, nobody, region }) => {
    const { GetCustomModelCommand } = await import("@aws-sdk/client-bedrock");
    return account.bedrock(region).send(new GetCustomModelCommand({ modelIdentifier: nobody }));
  },
  "bedrock:GetCustomModelDeployment": async ({ account, nobody, region }) => {
    const { GetCustomModelDeploymentCommand } = await import("@aws-sdk/client-bedrock");
    const command = new GetCustomModelDeploymentCommand({ customModelDeploymentIdentifier: nobody });
    return account.bedrock(region).send(command);
  },
  "bedrock:GetImportedModel": async ({ account, nobody, region }) => {
    const { GetImportedModelCommand } = await import("@aws-sdk/client-bedrock");
    return account.bedrock(region).send(new GetImportedModelCommand({ modelIdentifier: nobody }));
  },
  "bedrock:GetInferenceProfile": async ({ account, nobody, partition, region }) => {
    const { GetInferenceProfileCommand } = await import("@aws-sdk/client-bedrock");
    const arn = `arn:${partition}:bedrock:${region}:${account.accountId}:application-inference-profile/${nobody}`;
    return account.bedrock(region).send(new GetInferenceProfileCommand({ inferenceProfileIdentifier: arn }));
  },
  "bedrock:GetMarketplaceModelEndpoint": async ({ account, nobody, partition, region }) => {
    const { GetMarketplaceModelEndpointCommand } = await import("@aws-sdk/client-bedrock");
    const endpointArn = `arn:${partition}:sagemaker:${region}:${account.accountId}:endpoint/${nobody}`;
    return account.bedrock(region).send(new GetMarketplaceModelEndpointCommand({ endpointArn }));
  },
  "bedrock:GetModelInvocationLoggingConfiguration": async ({ account, region }) => {
    const { GetModelInvocationLoggingConfigurationCommand } = await import("@aws-sdk/client-bedrock");
    return account.bedrock(region).send(new GetModelInvocationLoggingConfigurationCommand({}));
  },
  "bedrock:GetProvisionedModelThroughput": async ({ account, nobody, region }) => {
    const { GetProvisionedModelThroughputCommand } = await import("@aws-sdk/client-bedrock");
    return account.bedrock(region).send(new GetProvisionedModelThroughputCommand({ provisionedModelId: nobody }));
  },
  "bedrock:ListInferenceProfiles": async ({ account, region }) => {
    const { ListInferenceProfilesCommand } = await import("@aws-sdk/client-bedrock");
    return account.bedrock(region).send(new ListInferenceProfilesCommand({ maxResults: 1 }));
  },
  "cloudtrail:LookupEvents": async ({ account, region }) => {
    const { LookupEventsCommand } = await import("@aws-sdk/client-cloudtrail");
    return (await account.cloudtrail(region)).send(new LookupEventsCommand({ MaxResults: 1 }));
  },
  "cloudwatch:GetMetricData": async ({ account, region }) => {
    const { GetMetricDataCommand } = await import("@aws-sdk/client-cloudwatch");
    const Metric = { Namespace: "AWS/Bedrock", MetricName: "Invocations" };
    const question = {
      StartTime: new Date(0),
      EndTime: new Date(3_600_000),
      MetricDataQueries: [{ Id: "m0", MetricStat: { Metric, Period: 3_600, Stat: "Sum" } }],
    };
    return (await account.cloudwatch(region)).send(new GetMetricDataCommand(question));
  },
  "cloudwatch:ListMetrics": async ({ account, region }) => {
    const { ListMetricsCommand } = await import("@aws-sdk/client-cloudwatch");
    return (await account.cloudwatch(region)).send(new ListMetricsCommand({ Namespace: "AWS/Bedrock" }));
  },
  "ec2:DescribeRegions": async ({ account, home }) => {
    const { DescribeRegionsCommand } = await import("@aws-sdk/client-ec2");
    return (await account.ec2(home)).send(new DescribeRegionsCommand({}));
  },
  "iam:GetPolicy": async ({ account, home, nobody, partition }) => {
    const { GetPolicyCommand } = await import("@aws-sdk/client-iam");
    const PolicyArn = `arn:${partition}:iam::${account.accountId}:policy/${nobody}`;
    return (await account.iam(home)).send(new GetPolicyCommand({ PolicyArn }));
  },
  "iam:GetPolicyVersion": async ({ account, home, nobody, partition }) => {
    const { GetPolicyVersionCommand } = await import("@aws-sdk/client-iam");
    const PolicyArn = `arn:${partition}:iam::${account.accountId}:policy/${nobody}`;
    return (await account.iam(home)).send(new GetPolicyVersionCommand({ PolicyArn, VersionId: "v1" }));
  },
  "iam:GetRole": async ({ account, home, nobody: RoleName }) => {
    const { GetRoleCommand } = await import("@aws-sdk/client-iam");
    return (await account.iam(home)).send(new GetRoleCommand({ RoleName }));
  },
  "iam:GetRolePolicy": async ({ account, home, nobody: RoleName }) => {
    const { GetRolePolicyCommand } = await import("@aws-sdk/client-iam");
    return (await account.iam(home)).send(new GetRolePolicyCommand({ RoleName, PolicyName: RoleName }));
  },
  "iam:ListAttachedRolePolicies": async ({ account, home, nobody: RoleName }) => {
    const { ListAttachedRolePoliciesCommand } = await import("@aws-sdk/client-iam");
    return (await account.iam(home)).send(new ListAttachedRolePoliciesCommand({ RoleName }));
  },
  "iam:ListRolePolicies": async ({ account, home, nobody: RoleName }) => {
    const { ListRolePoliciesCommand } = await import("@aws-sdk/client-iam");
    return (await account.iam(home)).send(new ListRolePoliciesCommand({ RoleName }));
  },
  // Not by an alias of AWS: asking for one makes the key.
  "kms:DescribeKey": async ({ account, region }) => {
    const { DescribeKeyCommand } = await import("@aws-sdk/client-kms");
    const KeyId = "00000000-0000-4000-8000-000000000000";
    return (await account.kms(region)).send(new DescribeKeyCommand({ KeyId }));
  },
  "logs:DescribeLogGroups": async ({ account, region }) => {
    const { DescribeLogGroupsCommand } = await import("@aws-sdk/client-cloudwatch-logs");
    return account.logs(region).send(new DescribeLogGroupsCommand({ limit: 1 }));
  },
  "logs:DescribeLogStreams": async (place) => {
    const { DescribeLogStreamsCommand } = await import("@aws-sdk/client-cloudwatch-logs");
    const command = new DescribeLogStreamsCommand({ logGroupName: groupOrNone(place), limit: 1 });
    return place.account.logs(place.region).send(command);
  },
  // Of the first millisecond that there is: no log has an event there.
  "logs:FilterLogEvents": async (place) => {
    const { FilterLogEventsCommand } = await import("@aws-sdk/client-cloudwatch-logs");
    const question = { logGroupName: groupOrNone(place), startTime: 0, endTime: 1, limit: 1 };
    return place.account.logs(place.region).send(new FilterLogEventsCommand(question));
  },
  "logs:GetDataProtectionPolicy": async (place) => {
    const { GetDataProtectionPolicyCommand } = await import("@aws-sdk/client-cloudwatch-logs");
    const command = new GetDataProtectionPolicyCommand({ logGroupIdentifier: groupOrNone(place) });
    return place.account.logs(place.region).send(command);
  },
  "organizations:ListAccounts": async ({ account, home }) => {
    const { ListAccountsCommand } = await import("@aws-sdk/client-organizations");
    return (await account.organizations(home)).send(new ListAccountsCommand({ MaxResults: 1 }));
  },
  "s3:GetAccountPublicAccessBlock": async ({ account, home }) => {
    const { GetPublicAccessBlockCommand } = await import("@aws-sdk/client-s3-control");
    const question = new GetPublicAccessBlockCommand({ AccountId: account.accountId });
    return (await account.s3control(home)).send(question);
  },
  "s3:GetBucketAcl": onBucket("GetBucketAclCommand"),
  "s3:GetBucketLocation": onBucket("GetBucketLocationCommand"),
  "s3:GetBucketObjectLockConfiguration": onBucket("GetObjectLockConfigurationCommand"),
  "s3:GetBucketOwnershipControls": onBucket("GetBucketOwnershipControlsCommand"),
  "s3:GetBucketPolicy": onBucket("GetBucketPolicyCommand"),
  "s3:GetBucketPolicyStatus": onBucket("GetBucketPolicyStatusCommand"),
  "s3:GetBucketPublicAccessBlock": onBucket("GetPublicAccessBlockCommand"),
  "s3:GetBucketVersioning": onBucket("GetBucketVersioningCommand"),
  "s3:GetEncryptionConfiguration": onBucket("GetBucketEncryptionCommand"),
  "s3:GetLifecycleConfiguration": onBucket("GetBucketLifecycleConfigurationCommand"),
  "s3:GetObject": (place) => randomObject(place, bucketOf(place).folder),
  "s3:ListAllMyBuckets": async ({ account, home }) => {
    const { ListBucketsCommand } = await import("@aws-sdk/client-s3");
    return account.s3(home).send(new ListBucketsCommand({ MaxBuckets: 1 }));
  },
  "s3:ListBucket": async (place) => {
    const { ListObjectsV2Command } = await import("@aws-sdk/client-s3");
    const { folder, name, region } = bucketOf(place);
    return place.account.s3(region).send(new ListObjectsV2Command({ Bucket: name, Prefix: folder, MaxKeys: 1 }));
  },
  // Of no finding: there is nothing to import.
  "securityhub:BatchImportFindings": async ({ account, region }) => {
    const { BatchImportFindingsCommand } = await import("@aws-sdk/client-securityhub");
    return (await account.securityhub(region)).send(new BatchImportFindingsCommand({ Findings: [] }));
  },
  "ssm:GetParametersByPath": async ({ account, home }) => {
    const { GetParametersByPathCommand } = await import("@aws-sdk/client-ssm");
    const Path = "/aws/service/global-infrastructure/services/bedrock/regions";
    return (await account.ssm(home)).send(new GetParametersByPathCommand({ Path, MaxResults: 1 }));
  },
};

/** Of what is forbidden: calls that change and show nothing even if they are allowed. */
const harmless: Readonly<Record<string, Ask>> = {
  "s3:GetObject": (place) => randomObject(place, ""),
  // Only in place of an object that there is none of: nothing is ever written.
  "s3:PutObject": async (place) => {
    const { PutObjectCommand } = await import("@aws-sdk/client-s3");
    const { folder, name, region } = bucketOf(place);
    const IfMatch = '"00000000000000000000000000000000"';
    const command = new PutObjectCommand({
      Bucket: name,
      Key: `${folder}${place.nobody}`,
      Body: "",
      ContentLength: 0,
      IfMatch,
    });
    return place.account.s3(region).send(command);
  },
  "logs:Unmask": async ({ account, groups: [group], region }) => {
    if (group === undefined) throw new NothingToTry("no log group was found to try it on");
    const { FilterLogEventsCommand } = await import("@aws-sdk/client-cloudwatch-logs");
    const question = { logGroupName: group.name, startTime: 0, endTime: 1, limit: 1, unmask: true };
    return account.logs(region).send(new FilterLogEventsCommand(question));
  },
};

type BucketCommandName =
  | "GetBucketAclCommand"
  | "GetBucketEncryptionCommand"
  | "GetBucketLifecycleConfigurationCommand"
  | "GetBucketLocationCommand"
  | "GetBucketOwnershipControlsCommand"
  | "GetBucketPolicyCommand"
  | "GetBucketPolicyStatusCommand"
  | "GetBucketVersioningCommand"
  | "GetObjectLockConfigurationCommand"
  | "GetPublicAccessBlockCommand";

function onBucket(command: BucketCommandName): Ask {
  return async (place) => {
    const commands = await import("@aws-sdk/client-s3");
    const { name, region } = bucketOf(place);
    const input = { Bucket: name, ExpectedBucketOwner: place.account.accountId };
    // The union of commands is one that `send` takes each of, and not their union.
    return place.account
      .s3(region)
      .send(new commands[command](input) as InstanceType<typeof commands.GetBucketAclCommand>);
  };
}

/** Nobody's object: what it holds is not read, for there is none. */
async function randomObject({ account, nobody, ...place }: ProbePlace, folder: string): Promise<unknown> {
  const { GetObjectCommand } = await import("@aws-sdk/client-s3");
  const { name, region } = bucketOf({ account, nobody, ...place });
  return account.s3(region).send(new GetObjectCommand({ Bucket: name, Key: `${folder}${nobody}` }));
}

/** null: there is no call for it. */
export function probeOf(action: string): Ask | null {
  return calls[action] ?? null;
}

export function harmlessProbeOf(action: string): Ask | null {
  return harmless[action] ?? null;
}

/** What is allowed in one log group, and may not be in another. */
const ofGroup: ReadonlySet<string> = new Set([
  "logs:DescribeLogStreams",
  "logs:FilterLogEvents",
  "logs:GetDataProtectionPolicy",
  "logs:Unmask",
]);
const ofAllBuckets: ReadonlySet<string> = new Set(["s3:GetAccountPublicAccessBlock", "s3:ListAllMyBuckets"]);

/** Each bucket or log group of the logs by itself, where the action is one of those. */
function placesFor(action: string, place: ProbePlace): readonly { readonly name: string; readonly at: ProbePlace }[] {
  if (ofGroup.has(action))
    return place.groups.map((group) => ({
      name: group.name,
      at: { ...place, region: group.region, groups: [group] },
    }));
  if (!action.startsWith("s3:") || ofAllBuckets.has(action)) return [];
  return place.buckets.map((bucket) => ({ name: bucket.name, at: { ...place, buckets: [bucket] } }));
}

/**
 * Tries an action, in each bucket or log group where it is one of those, and reads from the answers whether it is allowed. Where they differ
 * the one that stands first in `worst` counts, and its place is named.
 */
export async function tried(
  action: string,
  ask: Ask | null,
  { place, worst }: { readonly place: ProbePlace; readonly worst: readonly [boolean, null, boolean] },
): Promise<ProbeOutcome> {
  const [first, ...others] = placesFor(action, place);
  if (first === undefined) return triedAt(action, ask, place);
  const outcomes = await Promise.all(
    [first, ...others].map(async ({ at, name }) => ({ name, ...(await triedAt(action, ask, at)) })),
  );
  const allowed = worst.find((state) => outcomes.some((outcome) => outcome.allowed === state)) ?? null;
  const decides = outcomes.filter((outcome) => outcome.allowed === allowed);
  const { name = "", said = "" } = decides[0] ?? {};
  const isCommon = outcomes.every((outcome) => outcome.allowed === allowed && outcome.said === said);
  return { allowed, said: isCommon ? said : `${said} in ${name}` };
}

async function triedAt(action: string, ask: Ask | null, place: ProbePlace): Promise<ProbeOutcome> {
  if (ask === null) return { allowed: null, said: "no call shows it" };
  try {
    await ask(place);
    return { allowed: true, said: "answered" };
  } catch (error) {
    if (error instanceof NothingToTry) return { allowed: null, said: error.message };
    return outcomeOf(action, error);
  }
}

/** S3 refuses them to those who lack the right to list, or to read, with the same words. */
const askedWithAnother: ReadonlySet<string> = new Set(["s3:GetObject", "s3:PutObject"]);

/**
 * Who may look is told that there is nothing. A refusal that names another action says nothing of this one: S3 refuses an object that is
 * not there to those who may not list, too.
 */
export function outcomeOf(action: string, error: unknown): ProbeOutcome {
  const { code, message } = describe(error);
  const { class: why } = classifyAlone(error);
  if (why === "permission" || why === "scp" || why === "service") {
    const named = [...message.matchAll(/perform: ([a-z0-9-]+:[A-Za-z]+)/g)].map(([, found]) => found);
    const isOther = named.length > 0 && !named.includes(action);
    const isBare = named.length === 0 && askedWithAnother.has(action);
    return { allowed: isOther || isBare ? null : false, said: `${code} (${why})` };
  }
  // A bucket that is not there is not there for anybody.
  const isNothing = /^(NoSuch(?!Bucket$)|.*NotFound)/.test(code);
  return { allowed: isNothing ? true : null, said: why === "unexpected" ? code : `${code} (${why})` };
}
