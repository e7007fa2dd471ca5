import { publisherActions } from "./permissions.ts";

interface BucketNames {
  readonly bucket: string;
  readonly region: string;
  /** Empty, or ends in a slash. */
  readonly prefix: string;
}

interface GroupNames {
  readonly group: string;
  readonly region: string;
}

/** Whose role it is, and where its logs lie. */
export interface RoleNames {
  readonly partition: string;
  readonly account: string;
  /** Those of the records and of their large bodies, each once. */
  readonly buckets: readonly [BucketNames, ...BucketNames[]];
  readonly groups: readonly [GroupNames, ...GroupNames[]];
  readonly keyArn: string;
}

interface Statement {
  readonly Sid: string;
  readonly Effect: "Allow" | "Deny";
  readonly Action: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly NotResource?: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

export interface RolePolicy {
  readonly Version: "2012-10-17";
  readonly Statement: readonly Statement[];
}

const policy = (...Statement: readonly Statement[]): RolePolicy => ({ Version: "2012-10-17", Statement });

const logFolder = (account: string, { prefix }: BucketNames): string =>
  `${prefix}AWSLogs/${account}/BedrockModelInvocationLogs/*`;

const logsIn = ({ account, partition }: RoleNames, names: BucketNames): string =>
  `arn:${partition}:s3:::${names.bucket}/${logFolder(account, names)}`;

/** One alone as it is, as AWS takes both. */
const oneOrAll = (values: readonly string[]): string | readonly string[] =>
  values.length === 1 ? values.join("") : values;

/** The first statement of a kind has its bare name, those of the other buckets a number behind it. */
const nth = (name: string, index: number): string => (index === 0 ? name : `${name}${index + 1}`);

/** Keys are listed in the folders of the logs alone. */
function deliveries({ account, buckets, partition }: RoleNames): readonly Statement[] {
  return buckets.map((names, index) => ({
    Sid: nth("Delivery", index),
    Effect: "Allow",
    Action: "s3:ListBucket",
    Resource: `arn:${partition}:s3:::${names.bucket}`,
    Condition: { StringLike: { "s3:prefix": logFolder(account, names) } },
  }));
}

function gets(of: RoleNames): readonly Statement[] {
  return of.buckets.map((names, index) => ({
    Sid: nth("Get", index),
    Effect: "Allow",
    Action: "s3:GetObject",
    Resource: logsIn(of, names),
  }));
}

/** Exactly these actions; of them `s3:ListBucket` within bounds. */
export function auditPolicy(actions: readonly string[], names: RoleNames): RolePolicy {
  const Action = [...new Set(actions)].filter((action) => action !== "s3:ListBucket").toSorted();
  return policy({ Sid: "Facts", Effect: "Allow", Action, Resource: "*" }, ...deliveries(names));
}

const bounded = ["kms:Decrypt", "logs:FilterLogEvents", "s3:GetObject", "s3:ListBucket"];

export function readerPolicy(actions: readonly string[], names: RoleNames): RolePolicy {
  const { account, buckets, groups, keyArn, partition } = names;
  const services = [...new Set(buckets.map((bucket) => `s3.${bucket.region}.amazonaws.com`))];
  const find = actions.filter((action) => !bounded.includes(action)).toSorted();
  return policy(
    { Sid: "Find", Effect: "Allow", Action: find, Resource: "*" },
    ...deliveries(names),
    ...gets(names),
    {
      Sid: "Logs",
      Effect: "Allow",
      Action: "logs:FilterLogEvents",
      Resource: oneOrAll(
        groups.map(({ group, region }) => `arn:${partition}:logs:${region}:${account}:log-group:${group}:*`),
      ),
    },
    {
      Sid: "Kms",
      Effect: "Allow",
      Action: "kms:Decrypt",
      Resource: keyArn,
      Condition: { StringEquals: { "kms:ViaService": oneOrAll(services) } },
    },
  );
}

/** Findings of the account itself, as its own product, in every region. */
export function publisherPolicy({ account, partition }: Pick<RoleNames, "account" | "partition">): RolePolicy {
  const Resource = `arn:${partition}:securityhub:*:${account}:product/${account}/default`;
  return policy({ Sid: "Publish", Effect: "Allow", Action: publisherActions, Resource });
}

/** What the caller itself needs to reach other accounts, by these roles. */
export function callerPolicy(partition: string, ...roleNames: readonly string[]): RolePolicy {
  const roles = roleNames.map((name) => `arn:${partition}:iam::*:role/${name}`);
  return policy(
    {
      Sid: "Regions",
      Effect: "Allow",
      Action: "ssm:GetParametersByPath",
      Resource: `arn:${partition}:ssm:*::parameter/aws/service/global-infrastructure/*`,
    },
    { Sid: "Organization", Effect: "Allow", Action: "organizations:ListAccounts", Resource: "*" },
    {
      Sid: "Roles",
      Effect: "Allow",
      Action: "sts:AssumeRole",
      Resource: oneOrAll(roles),
    },
  );
}

/** Takes away what a role may do too much, whoever grants it; of objects those beyond the logs that a reader reads. */
export function denial(actions: readonly string[], reads: RoleNames | null): RolePolicy {
  const isBounded = (action: string): boolean => action === "s3:GetObject" && reads !== null;
  const Action = actions.filter((action) => !isBounded(action)).toSorted();
  const whole: Statement = { Sid: "TooMuch", Effect: "Deny", Action, Resource: "*" };
  const beyond = actions.filter(isBounded).map((action): Statement => {
    const logs = reads === null ? [] : reads.buckets.map((names) => logsIn(reads, names));
    return { Sid: "BeyondLogs", Effect: "Deny", Action: action, NotResource: oneOrAll(logs) };
  });
  return policy(...(Action.length === 0 ? [] : [whole]), ...beyond);
}
