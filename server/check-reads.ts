import { shared } from "./aws/answers.ts";
import type { Aws } from "./aws/aws.ts";
import {
  accountPublicAccessBlock,
  bucketEncryption,
  bucketOwnership,
  bucketPolicy,
  bucketPolicyStatus,
  bucketPublicAccessBlock,
  bucketPublicGrants,
} from "./aws/bucket-access.ts";
import { prefixesHolding } from "./aws/bucket-objects.ts";
import {
  bucketLifecycle,
  bucketLocation,
  bucketLock,
  bucketVersioning,
  listedBuckets,
  type ListedBucket,
  regionsOf,
} from "./aws/bucket-settings.ts";
import { attemptsOf, classify, type ErrorEvidence } from "./aws/classify.ts";
import { type AwsAccount, hostOf } from "./aws/clients.ts";
import {
  attachedPolicies,
  findRole,
  inlinePolicy,
  inlinePolicyNames,
  policyVersion,
  policyVersionInForce,
} from "./aws/iam-roles.ts";
import { keyState } from "./aws/kms-keys.ts";
import { findLogGroup, hasDataProtection, lastIngestion } from "./aws/log-groups.ts";
import { loggingConfiguration } from "./aws/logging-configuration.ts";
import { dimensionValues, metricSums } from "./aws/metric-sums.ts";
import { lookupEvents } from "./aws/trail-events.ts";
import type { ScopedRegion } from "./check-targets.ts";
import type { CollectDeps } from "./controls/collect.ts";
import type { Reads } from "./controls/collectors/collector.ts";
import type { EarlierLook } from "./controls/facts.ts";
import { unlessAborted } from "./lib/concurrency.ts";

type Buckets = () => Promise<ReadonlyMap<string, ListedBucket>>;
type Changes = ReturnType<Reads["changes"]>;
type Dimension = Parameters<Reads["dimensionValues"]>[0];

/** What earlier runs of ours saw of one target in a time; null: there is no store of ours. */
export type History = (
  target: { readonly account: string; readonly region: string },
  range: { readonly from: number; readonly to: number },
) => Promise<readonly EarlierLook[] | null>;

interface ReadsOptions {
  readonly aws: Aws;
  readonly earlierLooks: History;
  /** As far back as earlier runs are of use. */
  readonly remembered: { readonly from: number; readonly to: number };
  readonly stop: AbortSignal;
}

/** Asks one account of AWS; what all of its regions share is asked once. */
export async function openReads(
  { aws, earlierLooks, remembered, stop }: ReadsOptions,
  accountId: string,
): Promise<(region: string) => Reads> {
  const account: AwsAccount = await aws.account(accountId);
  let buckets: Buckets | null = null;
  const until = <T>(work: Promise<T>): Promise<T> => unlessAborted(work, stop);
  const asked = new Map<string, () => Promise<unknown>>();
  /** What is asked for several regions alike: the first that wants to know asks. */
  const once = <T>(question: readonly string[], ask: () => Promise<T>): Promise<T> => {
    const key = JSON.stringify(question);
    const answer = (asked.get(key) as (() => Promise<T>) | undefined) ?? shared(ask);
    asked.set(key, answer);
    return until(answer());
  };
  return (region) => {
    const values = new Map<string, () => Promise<readonly string[]>>();
    const valuesOnce = (metric: Dimension): Promise<readonly string[]> => {
      const key = JSON.stringify([metric.namespace, metric.name, metric.dimension]);
      const asked = values.get(key) ?? shared(() => dimensionValues(account, region, metric));
      values.set(key, asked);
      return asked();
    };
    const listed = () => until((buckets ??= shared(() => listedBuckets(account, region)))());
    const bucketCall = (at: { readonly bucket: string; readonly region: string }) => ({
      account,
      region: at.region,
      bucket: at.bucket,
      owner: accountId,
    });
    const iam = { account, region };
    return {
      loggingConfiguration: () => until(loggingConfiguration(account, region)),
      logGroup: (name) => until(findLogGroup(account, region, name)),
      ownBuckets: async () => regionsOf(await listed()),
      bucketCreatedAt: async (bucket) => (await listed()).get(bucket)?.createdAt ?? null,
      bucketLocation: (bucket) => until(bucketLocation(bucketCall({ bucket, region }))),
      bucketLifecycle: (at) => until(bucketLifecycle(bucketCall(at))),
      bucketVersioning: (at) => until(bucketVersioning(bucketCall(at))),
      bucketLock: (at) => until(bucketLock(bucketCall(at))),
      metricSums: (series, range) => until(metricSums(account, region, series, { periodSeconds: 3_600, ...range })),
      dimensionValues: (metric) => until(valuesOnce(metric)),
      prefixesHolding: (at, wanted) => until(prefixesHolding(bucketCall(at), wanted)),
      lastIngestion: (group, stream) => until(lastIngestion(account, region, group, stream)),
      bucketPolicy: (at) => until(bucketPolicy(bucketCall(at))),
      bucketPolicyStatus: (at) => until(bucketPolicyStatus(bucketCall(at))),
      bucketPublicAccessBlock: (at) => until(bucketPublicAccessBlock(bucketCall(at))),
      accountPublicAccessBlock: () => once(["block"], () => accountPublicAccessBlock(account, region)),
      bucketOwnership: (at) => until(bucketOwnership(bucketCall(at))),
      bucketPublicGrants: (at) => until(bucketPublicGrants(bucketCall(at))),
      bucketEncryption: (at) => until(bucketEncryption(bucketCall(at))),
      keyState: (keyId) => until(keyState(account, region, keyId)),
      hasDataProtection: (group) => until(hasDataProtection(account, region, group)),
      role: (name) => once(["role", name], () => findRole(iam, name)),
      inlinePolicyNames: (role) => once(["inline", role], () => inlinePolicyNames(iam, role)),
      inlinePolicy: (role, name) => once(["inline", role, name], () => inlinePolicy(iam, role, name)),
      attachedPolicies: (role) => once(["attached", role], () => attachedPolicies(iam, role)),
      policyVersionInForce: (arn) => once(["version", arn], () => policyVersionInForce(iam, arn)),
      policyVersion: (arn, version) => once(["version", arn, version], () => policyVersion(iam, arn, version)),
      changes: (at, name, range) =>
        once(["changes", at, name, `${range.from} ${range.to}`], () => changesIn(account, at, { name, ...range })),
      earlierLooks: () => until(earlierLooks({ account: accountId, region }, remembered)),
    };
  };
}

/** Other services have calls of the same names: WorkMail puts retention policies, too. */
const changers = new Set(["bedrock.amazonaws.com", "logs.amazonaws.com", "s3.amazonaws.com"]);

async function changesIn(account: AwsAccount, region: string, question: Parameters<typeof lookupEvents>[2]): Changes {
  const { complete, events } = await lookupEvents(account, region, question);
  return {
    complete,
    changes: events
      .filter(({ source }) => source === null || changers.has(source))
      .map(({ requestParameters, source: _, ...event }) => ({ ...event, parameters: requestParameters })),
  };
}

/** Why a call failed, by what is known of the region. That we know the caller means: STS answered, and took the keys. */
export function explainIn({ enabled, inCatalogue }: ScopedRegion, aws: Aws): CollectDeps["explain"] {
  return (error, invocations) => {
    const host = hostOf(error);
    const evidence: ErrorEvidence = {
      regionInCatalogue: inCatalogue,
      regionEnabled: enabled,
      invocations,
      stsWorks: true,
      otherHostAnswered: [...aws.answered()].some((answered) => answered !== host),
    };
    const { verdict, ...why } = classify(error, evidence);
    const failure = { attempts: attemptsOf(error), notApplicable: verdict === "NOT_APPLICABLE", host };
    const name = error instanceof Error ? error.name : "";
    if (name === "UnsoundAnswer") return { ...why, ...failure, class: "unreadable-answer" };
    if (name === "ContradictoryFacts") return { ...why, ...failure, class: "contradictory-facts" };
    return { ...why, ...failure };
  };
}
