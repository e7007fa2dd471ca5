/** IAM actions that the listing of regions in an account needs; the second one stands in for the first. */
export const regionActions: readonly string[] = ["account:ListRegions", "ec2:DescribeRegions"];

/** What the caller itself may do besides: where Bedrock is, who is in the organisation, and the roles of its accounts. */
export const callerActions: readonly string[] = [
  "ssm:GetParametersByPath",
  "organizations:ListAccounts",
  "sts:AssumeRole",
];

/** What finding and reading the logs needs. */
export const readerActions: readonly string[] = [
  "account:ListRegions",
  "bedrock:GetCustomModel",
  "bedrock:GetCustomModelDeployment",
  "bedrock:GetImportedModel",
  "bedrock:GetInferenceProfile",
  "bedrock:GetMarketplaceModelEndpoint",
  "bedrock:GetModelInvocationLoggingConfiguration",
  "bedrock:GetProvisionedModelThroughput",
  "bedrock:ListInferenceProfiles",
  "ec2:DescribeRegions",
  "kms:Decrypt",
  "logs:FilterLogEvents",
  "s3:GetObject",
  "s3:ListBucket",
];

/** What the role may that publishes findings; nothing else, and no other role may it. */
export const publisherActions: readonly string[] = ["securityhub:BatchImportFindings"];

/** What none of our roles may do: writing, deleting, calling models, and seeing what a log group masks. */
export const forbiddenActions: readonly string[] = [
  "bedrock:DeleteModelInvocationLoggingConfiguration",
  "bedrock:InvokeModel",
  "bedrock:InvokeModelWithResponseStream",
  "bedrock:PutModelInvocationLoggingConfiguration",
  "iam:AttachRolePolicy",
  "iam:CreateAccessKey",
  "iam:CreateRole",
  "iam:DeleteRolePolicy",
  "iam:PutRolePolicy",
  "iam:UpdateAssumeRolePolicy",
  "kms:DisableKey",
  "kms:PutKeyPolicy",
  "kms:ScheduleKeyDeletion",
  "logs:DeleteLogGroup",
  "logs:DeleteLogStream",
  "logs:DeleteRetentionPolicy",
  "logs:PutLogEvents",
  "logs:PutRetentionPolicy",
  "logs:Unmask",
  "s3:DeleteBucket",
  "s3:DeleteObject",
  "s3:DeleteObjectVersion",
  "s3:PutBucketPolicy",
  "s3:PutBucketVersioning",
  "s3:PutLifecycleConfiguration",
  "s3:PutObject",
];
