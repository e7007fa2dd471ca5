import type { LifecycleRule } from "@aws-sdk/client-s3";
import type { Context } from "./control.ts";
import type { BucketPlace, LoggingConfig, Modality } from "./facts.ts";
import { lengthened, neededDays } from "./lengthened-rules.ts";

/** Periods that a log group can have. */
const allowedDays = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

/** One word for a POSIX shell, whatever it holds. */
export function quoted(text: string): string {
  return /^[A-Za-z0-9_./:=@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

export function mendLogging(region: string): string {
  const config = `{"s3Config":{"bucketName":"BUCKET","keyPrefix":"bedrock"},"textDataDeliveryEnabled":true}`;
  const command = `aws bedrock put-model-invocation-logging-configuration --region ${region} --logging-config '${config}'`;
  return inTerraform(command, `${loggingResource}, one per region`);
}

/** The logging configuration, in Terraform. */
export const loggingResource = "bedrock_model_invocation_logging_configuration";

/** The whole configuration, since a Put replaces it, with these bodies switched on. */
export function mendModalities(config: LoggingConfig, region: string, required: readonly Modality[]): string {
  const { cloudWatch, delivered, s3 } = config;
  const flags = Object.entries({ ...delivered, ...Object.fromEntries(required.map((name) => [name, true])) })
    .filter(([, on]) => on !== null)
    .map(([name, on]) => [`${name}DataDeliveryEnabled`, on] as const);
  const whole = {
    ...(s3 === null ? {} : { s3Config: placeConfig(s3) }),
    ...(cloudWatch === null ? {} : { cloudWatchConfig: cloudWatchConfig(cloudWatch) }),
    ...Object.fromEntries(flags),
  };
  const command = "aws bedrock put-model-invocation-logging-configuration";
  const terraform = required.map((name) => `${name}_data_delivery_enabled`).join(", ");
  return inTerraform(
    `${command} --region ${region} --logging-config ${quoted(JSON.stringify(whole))}`,
    `${loggingResource} (${terraform})`,
  );
}

/** The command, and behind it what the same is called in Terraform. */
export function inTerraform(command: string, resource: string): string {
  return `${command} # Terraform: ${resource}`;
}

function placeConfig({ bucket, prefix }: BucketPlace) {
  return { bucketName: bucket, ...(prefix === "" ? {} : { keyPrefix: prefix }) };
}

function cloudWatchConfig({ largeData, logGroup, roleArn }: NonNullable<LoggingConfig["cloudWatch"]>) {
  return {
    logGroupName: logGroup,
    roleArn: roleArn ?? "ROLE_ARN",
    ...(largeData === null ? {} : { largeDataDeliveryS3Config: placeConfig(largeData) }),
  };
}

/** Beyond the longest period: never expire. */
export function mendGroup(name: string, region: string, needed: number): string {
  const days = allowedDays.find((allowed) => allowed >= needed);
  const group = `--region ${region} --log-group-name ${quoted(name)}`;
  const command =
    days === undefined
      ? `aws logs delete-retention-policy ${group}`
      : `aws logs put-retention-policy ${group} --retention-in-days ${days}`;
  return inTerraform(command, "cloudwatch_log_group.retention_in_days");
}

/** The shortest period that an account's policy can have. */
const leastAccountDays = 30;

/** Where a policy of the account decides, of several the longest holds: one more for this group shortens no other. */
export function mendGroupByAccount(name: string, region: string, needed: number): string {
  const days = allowedDays.find((allowed) => allowed >= Math.max(needed, leastAccountDays));
  const document = { retentionInDays: days ?? "NEVER_EXPIRE", enforcementMode: "RETROACTIVE" };
  const policy = `--policy-name keep-invocation-logs --policy-type RETENTION_POLICY`;
  const criteria = `--selection-criteria ${quoted(`LogGroupNamePrefix IN [${JSON.stringify(name)}]`)}`;
  const content = `--policy-document ${quoted(JSON.stringify(document))}`;
  const command = `aws logs put-account-policy --region ${region} ${policy} ${content} ${criteria}`;
  return inTerraform(command, "cloudwatch_log_account_policy");
}

/** The bucket's whole list of rules, since a Put replaces it; whatever ends or archives records too early comes later. */
export function mendBucket(bucket: string, rules: readonly LifecycleRule[], { now, policy }: Context): string {
  const name = `--bucket ${quoted(bucket)}`;
  const Rules = rules.map((rule) => lengthened(rule, neededDays(policy), now));
  const command = `aws s3api put-bucket-lifecycle-configuration ${name} --lifecycle-configuration ${quoted(JSON.stringify({ Rules }))}`;
  return inTerraform(command, "s3_bucket_lifecycle_configuration");
}

/** `store`: `bucket logs`, `log group /b/log`. */
export function mendDelivery(store: string, region: string): string {
  const command = `bedrock-audit check --region ${region} --controls log-destination-reachable`;
  return `Mend what keeps Bedrock from writing to ${store}; this says what it is: ${command}`;
}

/** Of calls that leave no invocation log, none may be made. */
export function mendUncovered(service: string): string {
  const Statement = [{ Sid: "OnlyLoggedCalls", Effect: "Deny", Action: `${service}:*`, Resource: "*" }];
  const content = quoted(JSON.stringify({ Version: "2012-10-17", Statement }));
  const name = `--name only-logged-calls --description 'Model calls on ${service} leave no invocation log.'`;
  const command = `aws organizations create-policy --type SERVICE_CONTROL_POLICY ${name} --content ${content}`;
  return inTerraform(command, "organizations_policy");
}

/** What changes the logging, or how long its stores keep, may only whoever made the policy change. */
export function mendUnbroken({ cloudWatch, s3 }: LoggingConfig): string {
  const buckets = [s3?.bucket, cloudWatch?.largeData?.bucket].flatMap((name) => name ?? []);
  const deny = (Sid: string, Action: readonly string[], Resource: string | readonly string[]) => ({
    Sid,
    Effect: "Deny",
    Action,
    Resource,
  });
  const Statement = [
    deny("KeepLogging", actions("bedrock", ["Put", "Delete"], "ModelInvocationLoggingConfiguration"), "*"),
    ...(cloudWatch === null
      ? []
      : [
          deny("KeepLogGroup", groupActions, groupArns(cloudWatch.logGroup)),
          // They name no group, though they shorten what one keeps.
          deny("KeepAccountPolicies", actions("logs", ["Put", "Delete"], "AccountPolicy"), "*"),
        ]),
    ...(buckets.length === 0
      ? []
      : [
          deny(
            "KeepBuckets",
            ["s3:PutLifecycleConfiguration", "s3:PutBucketVersioning", "s3:DeleteBucket"],
            [...new Set(buckets)].map((name) => `arn:*:s3:::${name}`),
          ),
        ]),
  ];
  const content = quoted(JSON.stringify({ Version: "2012-10-17", Statement }));
  const name = `--name unbroken-logging --description 'Invocation logging and its stores stay as they are.'`;
  const command = `aws organizations create-policy --type SERVICE_CONTROL_POLICY ${name} --content ${content}`;
  return inTerraform(command, "organizations_policy");
}

const groupActions = [
  "logs:DeleteLogGroup",
  "logs:DeleteLogStream",
  ...actions("logs", ["Put", "Delete"], "RetentionPolicy"),
];

function actions(service: string, verbs: readonly string[], of: string): readonly string[] {
  return verbs.map((verb) => `${service}:${verb}${of}`);
}

function groupArns(name: string): readonly string[] {
  const arn = `arn:*:logs:*:*:log-group:${name}`;
  return [arn, `${arn}:*`];
}
