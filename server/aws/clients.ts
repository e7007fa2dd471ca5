import type { AccountClient } from "@aws-sdk/client-account";
import { BedrockClient } from "@aws-sdk/client-bedrock";
import type { CloudTrailClient } from "@aws-sdk/client-cloudtrail";
import type { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import type { EC2Client } from "@aws-sdk/client-ec2";
import type { IAMClient } from "@aws-sdk/client-iam";
import type { KMSClient } from "@aws-sdk/client-kms";
import type { OrganizationsClient } from "@aws-sdk/client-organizations";
import { S3Client } from "@aws-sdk/client-s3";
import type { S3ControlClient } from "@aws-sdk/client-s3-control";
import type { SSMClient } from "@aws-sdk/client-ssm";
import { STSClient } from "@aws-sdk/client-sts";
import type { Budget } from "./budget.ts";
import type { CredentialsProvider } from "./credentials.ts";

/** The clients of one account, built at first use, one a service and region. The rarer services are loaded then, too. */
export interface AwsAccount {
  readonly accountId: string;
  readonly s3: (region: string) => S3Client;
  readonly logs: (region: string) => CloudWatchLogsClient;
  readonly bedrock: (region: string) => BedrockClient;
  readonly sts: (region: string) => STSClient;
  readonly cloudwatch: (region: string) => Promise<CloudWatchClient>;
  readonly cloudtrail: (region: string) => Promise<CloudTrailClient>;
  readonly account: (region: string) => Promise<AccountClient>;
  readonly iam: (region: string) => Promise<IAMClient>;
  readonly kms: (region: string) => Promise<KMSClient>;
  readonly s3control: (region: string) => Promise<S3ControlClient>;
  readonly ec2: (region: string) => Promise<EC2Client>;
  readonly ssm: (region: string) => Promise<SSMClient>;
  readonly organizations: (region: string) => Promise<OrganizationsClient>;
}

export interface ClientDeps {
  readonly endpoint: string | null;
  /** With one, buckets are addressed by path. */
  readonly s3Endpoint: string | null;
  readonly budget: Budget;
  /** Called with the `Date` header of each answer. */
  readonly onDate: (date: string) => void;
}

/** The SDK has no time-outs of its own. */
const requestHandler = {
  connectionTimeout: 5_000,
  requestTimeout: 30_000,
  throwOnRequestTimeout: true,
  socketTimeout: 30_000,
  // Without it the SDK writes warnings about busy sockets to the console.
  socketAcquisitionWarningTimeout: 24 * 3_600_000,
};

export function openClients(accountId: string, credentials: CredentialsProvider, deps: ClientDeps): AwsAccount {
  const clients = new Map<string, unknown>();
  const settings = (region: string) => ({
    region,
    credentials,
    maxAttempts: 3,
    retryMode: "standard",
    requestHandler,
    ...(deps.endpoint === null ? {} : { endpoint: deps.endpoint }),
  });
  const once = <C extends object>(service: string, region: string, build: () => C): C => {
    const key = `${service} ${region}`;
    const known = clients.get(key) as C | undefined;
    if (known !== undefined) return known;
    const client = build();
    clients.set(key, client);
    return client;
  };
  const watched = <C extends Watchable>(client: C, region: string): C => {
    watch(client, { account: accountId, region }, deps);
    return client;
  };

  return {
    accountId,
    s3: (region) =>
      once("s3", region, () => watched(new S3Client({ ...settings(region), ...s3Address(deps) }), region)),
    logs: (region) => once("logs", region, () => watched(new CloudWatchLogsClient(settings(region)), region)),
    bedrock: (region) => once("bedrock", region, () => watched(new BedrockClient(settings(region)), region)),
    sts: (region) => once("sts", region, () => watched(new STSClient(settings(region)), region)),
    cloudwatch: (region) =>
      once("cloudwatch", region, async () => {
        const { CloudWatchClient } = await import("@aws-sdk/client-cloudwatch");
        return watched(new CloudWatchClient(settings(region)), region);
      }),
    cloudtrail: (region) =>
      once("cloudtrail", region, async () => {
        const { CloudTrailClient } = await import("@aws-sdk/client-cloudtrail");
        return watched(new CloudTrailClient(settings(region)), region);
      }),
    account: (region) =>
      once("account", region, async () => {
        const { AccountClient } = await import("@aws-sdk/client-account");
        return watched(new AccountClient(settings(region)), region);
      }),
    iam: (region) =>
      once("iam", region, async () => {
        const { IAMClient } = await import("@aws-sdk/client-iam");
        return watched(new IAMClient(settings(region)), region);
      }),
    kms: (region) =>
      once("kms", region, async () => {
        const { KMSClient } = await import("@aws-sdk/client-kms");
        return watched(new KMSClient(settings(region)), region);
      }),
    s3control: (region) =>
      once("s3control", region, async () => {
        const { S3ControlClient } = await import("@aws-sdk/client-s3-control");
        return watched(new S3ControlClient({ ...settings(region), ...s3ControlAddress(deps) }), region);
      }),
    ec2: (region) =>
      once("ec2", region, async () => {
        const { EC2Client } = await import("@aws-sdk/client-ec2");
        return watched(new EC2Client(settings(region)), region);
      }),
    ssm: (region) =>
      once("ssm", region, async () => {
        const { SSMClient } = await import("@aws-sdk/client-ssm");
        return watched(new SSMClient(settings(region)), region);
      }),
    organizations: (region) =>
      once("organizations", region, async () => {
        const { OrganizationsClient } = await import("@aws-sdk/client-organizations");
        return watched(new OrganizationsClient(settings(region)), region);
      }),
  };
}

/** A server that is not AWS has no host name for each bucket. */
function s3Address({ s3Endpoint }: ClientDeps) {
  return s3Endpoint === null ? {} : { endpoint: s3Endpoint, forcePathStyle: true };
}

/** Nor for each account, which the SDK puts before the address. */
function s3ControlAddress({ s3Endpoint }: ClientDeps) {
  return s3Endpoint === null ? {} : { endpointProvider: () => ({ url: new URL(s3Endpoint) }) };
}

interface Attempt {
  readonly input: object;
}
interface Watchable {
  readonly middlewareStack: {
    add(middleware: unknown, options: { step: "finalizeRequest"; priority: "low"; name: string }): void;
    add(middleware: unknown, options: { step: "deserialize"; priority: "low"; name: string }): void;
  };
}

/** Puts each attempt of each call under the budget, and notes the time that AWS answers with. */
function watch(
  client: Watchable,
  place: { readonly account: string; readonly region: string },
  deps: ClientDeps,
): void {
  const spend = (next: (args: Attempt) => Promise<unknown>, context: { commandName?: string }) => (args: Attempt) => {
    const api = (context.commandName ?? "Unknown").replace(/Command$/, "");
    const bucket = (args.input as { Bucket?: string }).Bucket ?? null;
    return deps.budget.spend({ ...place, api, bucket }, () => next(args));
  };
  const date =
    (next: (args: Attempt) => Promise<{ response: { headers?: Record<string, string> } }>) => async (args: Attempt) => {
      const result = await next(args);
      const date = result.response.headers?.["date"];
      if (date !== undefined) deps.onDate(date);
      return result;
    };
  client.middlewareStack.add(spend, { step: "finalizeRequest", priority: "low", name: "spendBudget" });
  client.middlewareStack.add(date, { step: "deserialize", priority: "low", name: "noteDate" });
}
