import type {
  SimulatedAccount,
  SimulatedBucket,
  SimulatedAccessBlock,
  SimulatedKey,
  SimulatedRole,
} from "../aws/world.ts";
import { accounts, type DeliveryTarget } from "../traffic/targets.ts";

const key = (id: string, region: string, state: SimulatedKey["state"] = "Enabled"): SimulatedKey => ({
  id,
  region,
  state,
});

const keys: Readonly<Record<string, readonly SimulatedKey[]>> = {
  [accounts.shop]: [key("5b1f6c1e-8d2a-4f0c-9b57-3a1d2e4c6f80", "us-east-1")],
  // The project that it belonged to was wound up.
  [accounts.lab]: [key("e07c9a34-52d1-4b6e-8f1b-9d3c5a7e2b14", "us-west-2", "PendingDeletion")],
};

const closed: SimulatedAccessBlock = {
  BlockPublicAcls: true,
  IgnorePublicAcls: true,
  BlockPublicPolicy: true,
  RestrictPublicBuckets: true,
};

/** The lab looks after its buckets one by one. */
const blocks: Readonly<Record<string, SimulatedAccessBlock>> = { [accounts.shop]: closed, [accounts.desk]: closed };

/** A colleague outside wanted to have a look. */
const opened = new Set(["quillmoor-lab-logs-use1"]);

const encrypted: Readonly<Record<string, string>> = {
  "quillmoor-model-logs-use1": accounts.shop,
  "quillmoor-lab-logs-usw2": accounts.lab,
};

const logRoleName = "bedrock-log-writer";

export function logRole(accountId: string): string {
  return `arn:aws:iam::${accountId}:role/${logRoleName}`;
}

/** For Bedrock of this account and region, and nobody else's. */
function forBedrock({ accountId, region }: DeliveryTarget) {
  return {
    Effect: "Allow",
    Principal: { Service: "bedrock.amazonaws.com" },
    Condition: {
      StringEquals: { "aws:SourceAccount": accountId },
      ArnLike: { "aws:SourceArn": `arn:aws:bedrock:${region}:${accountId}:*` },
    },
  };
}

/** Who may do what with a bucket, and how it is encrypted. */
export function bucketAccess(bucket: string, target: DeliveryTarget): Partial<SimulatedBucket> {
  const objects = `arn:aws:s3:::${bucket}/*`;
  const prefix = target.s3 === null || target.s3.prefix === "" ? "" : `${target.s3.prefix}/`;
  const folder = `arn:aws:s3:::${bucket}/${prefix}AWSLogs/${target.accountId}/BedrockModelInvocationLogs/*`;
  const Statement = [
    { Sid: "AmazonBedrockLogsWrite", ...forBedrock(target), Action: ["s3:PutObject"], Resource: [folder] },
    {
      Sid: "OnlyEncrypted",
      Effect: "Deny",
      Principal: "*",
      Action: "s3:*",
      Resource: [`arn:aws:s3:::${bucket}`, objects],
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    },
    ...(opened.has(bucket)
      ? [{ Sid: "Look", Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: objects }]
      : []),
  ];
  return {
    policy: { Version: "2012-10-17", Statement },
    ...(opened.has(bucket) ? { publicAccessBlock: null } : {}),
    ...encryption(bucket, target),
  };
}

function encryption(bucket: string, { accountId, region }: DeliveryTarget): Partial<SimulatedBucket> {
  const own = encrypted[bucket] === undefined ? undefined : keys[encrypted[bucket]];
  const id = own?.find((one) => one.region === region)?.id;
  if (id === undefined) return {};
  return { encryption: { algorithm: "aws:kms", keyId: `arn:aws:kms:${region}:${accountId}:key/${id}` } };
}

/** The role that writes to an account's log groups, its keys, and what holds for all of its buckets. */
export function accountAccess(
  accountId: string,
  targets: readonly DeliveryTarget[],
): Pick<SimulatedAccount, "roles" | "keys"> & Partial<Pick<SimulatedAccount, "publicAccessBlock">> {
  const groups = targets.filter((target) => target.accountId === accountId && target.logGroup !== null);
  const block = blocks[accountId];
  return {
    roles: groups.length === 0 ? [] : [writer(groups)],
    keys: keys[accountId] ?? [],
    ...(block === undefined ? {} : { publicAccessBlock: block }),
  };
}

function writer(groups: readonly DeliveryTarget[]): SimulatedRole {
  const trust = groups.map((target) => ({ ...forBedrock(target), Action: "sts:AssumeRole" }));
  const Resource = groups.map(
    ({ accountId, logGroup, region }) =>
      `arn:aws:logs:${region}:${accountId}:log-group:${logGroup}:log-stream:aws/bedrock/modelinvocations`,
  );
  const Statement = [{ Effect: "Allow", Action: ["logs:CreateLogStream", "logs:PutLogEvents"], Resource }];
  return {
    name: logRoleName,
    trust: { Version: "2012-10-17", Statement: trust },
    inline: { "write-invocation-logs": { Version: "2012-10-17", Statement } },
    attached: [],
  };
}
