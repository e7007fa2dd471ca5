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
import type { SecurityHubClient } from "@aws-sdk/client-securityhub";
import type { SSMClient } from "@aws-sdk/client-ssm";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { noteAnswer } from "./answers.ts";
import type { Budget } from "./budget.ts";
import { isExpired } from "./classify.ts";
import type { Credentials, RenewableCredentials } from "./credentials.ts";
import { type AwsRequest, outcomeOf } from "./request-counts.ts";
import { required } from "./pages.ts";
import { CallTimeout, type Patience, retryStrategy } from "./retries.ts";
import type { SharedSettings } from "./shared-settings.ts";

/** The clients of one account, built at first use, one a service and region. The rarer services are loaded then, too. */
export interface AwsAccount {
  readonly accountId: string;
  readonly s3: (region: string) => S3Client;
  readonly logs: (region: string) => CloudWatchLogsClient;
  readonly bedrock: (region: string) => BedrockClient;
  readonly sts: (region: string) => STSClient;
  /** ARN of the session that these clients work in. */
  readonly identity: (region: string) => Promise<string>;
  readonly cloudwatch: (region: string) => Promise<CloudWatchClient>;
  readonly cloudtrail: (region: string) => Promise<CloudTrailClient>;
  readonly account: (region: string) => Promise<AccountClient>;
  readonly iam: (region: string) => Promise<IAMClient>;
  readonly kms: (region: string) => Promise<KMSClient>;
  readonly s3control: (region: string) => Promise<S3ControlClient>;
  readonly ec2: (region: string) => Promise<EC2Client>;
  readonly ssm: (region: string) => Promise<SSMClient>;
  readonly organizations: (region: string) => Promise<OrganizationsClient>;
  readonly securityhub: (region: string) => Promise<SecurityHubClient>;
}

export interface ClientDeps {
  readonly endpoint: (region: string) => string | null;
  /** With one, buckets are addressed by path. */
  readonly s3Endpoint: (region: string) => string | null;
  readonly budget: Budget;
  /** null: as the SDK does by itself, three attempts. */
  readonly patience: Patience | null;
  /** Settings and connections that all clients share; null: each has its own. */
  readonly shared: SharedSettings | null;
  /** Called with the host and the `Date` header of each answer. */
  readonly onAnswer: (host: string, date: string | null) => void;
  /** Called when an attempt of a call has ended. */
  readonly onRequest: (request: AwsRequest) => void;
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

export function openClients(accountId: string, credentials: RenewableCredentials, deps: ClientDeps): AwsAccount {
  const clients = new Map<string, unknown>();
  const { patience } = deps;
  const retries = patience === null ? {} : { retryStrategy: retryStrategy(patience) };
  const settings = (service: string, region: string) => ({
    requestHandler: { ...requestHandler, ...deps.shared?.agents },
    ...deps.shared?.known(service),
    region,
    credentials: credentials.provide,
    maxAttempts: patience?.attempts ?? 3,
    retryMode: "standard",
    ...retries,
    ...address(deps.endpoint(region)),
  });
  const once = <C extends object>(service: string, region: string, build: () => C): C => {
    const key = `${service} ${region}`;
    const known = clients.get(key) as C | undefined;
    if (known !== undefined) return known;
    const client = build();
    clients.set(key, client);
    return client;
  };
  const watched = <C extends Watchable>(service: string, client: C, region: string): C => {
    watch(client, { account: accountId, region, service }, credentials, deps);
    // It is given no logger, and would still write out each answer for one.
    client.middlewareStack.remove("loggerMiddleware");
    deps.shared?.keep(service, client.config);
    return client;
  };

  const sts = (region: string) =>
    once("sts", region, () => watched("sts", new STSClient(settings("sts", region)), region));

  return {
    accountId,
    identity: async (region) => required((await sts(region).send(new GetCallerIdentityCommand({}))).Arn, "Arn"),
    s3: (region) =>
      once("s3", region, () =>
        watched("s3", new S3Client({ ...settings("s3", region), ...s3Address(deps.s3Endpoint(region)) }), region),
      ),
    logs: (region) =>
      once("logs", region, () => watched("logs", new CloudWatchLogsClient(settings("logs", region)), region)),
    bedrock: (region) =>
      once("bedrock", region, () => watched("bedrock", new BedrockClient(settings("bedrock", region)), region)),
    sts,
    cloudwatch: (region) =>
      once("cloudwatch", region, async () => {
        const { CloudWatchClient } = await import("@aws-sdk/client-cloudwatch");
        return watched("cloudwatch", new CloudWatchClient(settings("cloudwatch", region)), region);
      }),
    cloudtrail: (region) =>
      once("cloudtrail", region, async () => {
        const { CloudTrailClient } = await import("@aws-sdk/client-cloudtrail");
        return watched("cloudtrail", new CloudTrailClient(settings("cloudtrail", region)), region);
      }),
    account: (region) =>
      once("account", region, async () => {
        const { AccountClient } = await import("@aws-sdk/client-account");
        return watched("account", new AccountClient(settings("account", region)), region);
      }),
    iam: (region) =>
      once("iam", region, async () => {
        const { IAMClient } = await import("@aws-sdk/client-iam");
        return watched("iam", new IAMClient(settings("iam", region)), region);
      }),
    kms: (region) =>
      once("kms", region, async () => {
        const { KMSClient } = await import("@aws-sdk/client-kms");
        return watched("kms", new KMSClient(settings("kms", region)), region);
      }),
    s3control: (region) =>
      once("s3control", region, async () => {
        const { S3ControlClient } = await import("@aws-sdk/client-s3-control");
        const settled = { ...settings("s3control", region), ...s3ControlAddress(deps.s3Endpoint(region)) };
        return watched("s3control", new S3ControlClient(settled), region);
      }),
    ec2: (region) =>
      once("ec2", region, async () => {
        const { EC2Client } = await import("@aws-sdk/client-ec2");
        return watched("ec2", new EC2Client(settings("ec2", region)), region);
      }),
    ssm: (region) =>
      once("ssm", region, async () => {
        const { SSMClient } = await import("@aws-sdk/client-ssm");
        return watched("ssm", new SSMClient(settings("ssm", region)), region);
      }),
    organizations: (region) =>
      once("organizations", region, async () => {
        const { OrganizationsClient } = await import("@aws-sdk/client-organizations");
        return watched("organizations", new OrganizationsClient(settings("organizations", region)), region);
      }),
    securityhub: (region) =>
      once("securityhub", region, async () => {
        const { SecurityHubClient } = await import("@aws-sdk/client-securityhub");
        return watched("securityhub", new SecurityHubClient(settings("securityhub", region)), region);
      }),
  };
}

function address(endpoint: string | null) {
  return endpoint === null ? {} : { endpoint };
}

/** A server that is not AWS has no host name for each bucket. */
function s3Address(endpoint: string | null) {
  return endpoint === null ? {} : { endpoint, forcePathStyle: true };
}

/** Nor for each account, which the SDK puts before the address. */
function s3ControlAddress(endpoint: string | null) {
  return endpoint === null ? {} : { endpointProvider: () => ({ url: new URL(endpoint) }) };
}

interface Attempt {
  readonly input: object;
  readonly request?: { readonly hostname?: string; readonly port?: number };
}
type Next<A = unknown> = (args: Attempt) => Promise<A>;
type HttpAnswer = {
  readonly response: { readonly statusCode?: number; readonly headers?: Readonly<Record<string, string>> };
};

interface Named {
  readonly clientName?: string;
  readonly commandName?: string;
}
interface Watchable {
  readonly config: { readonly credentials: (how?: Record<string, unknown>) => Promise<Credentials> };
  readonly middlewareStack: {
    add(middleware: unknown, options: { step: "initialize"; priority: "high"; name: string }): void;
    add(middleware: unknown, options: { step: "finalizeRequest"; priority: "low"; name: string }): void;
    add(middleware: unknown, options: { step: "deserialize"; priority: "low"; name: string }): void;
    remove(name: string): boolean;
  };
}

async function counted<T>(attempt: () => Promise<T>, ended: (outcome: AwsRequest["outcome"]) => void): Promise<T> {
  try {
    const answer = await attempt();
    ended("ok");
    return answer;
  } catch (error) {
    ended(outcomeOf(error));
    throw error;
  }
}

function operationOf({ commandName = "Unknown" }: Named): string {
  return commandName.replace(/Command$/, "");
}

/** Each family of services names it in its own header. */
function requestIdOf(headers: Readonly<Record<string, string>>): string | null {
  return headers["x-amzn-requestid"] ?? headers["x-amz-request-id"] ?? headers["x-amzn-request-id"] ?? null;
}

/** Puts each attempt of each call under the budget, notes who answers and when, and has keys that have expired renewed once. */
function watch(
  client: Watchable,
  place: { readonly account: string; readonly region: string; readonly service: string },
  credentials: RenewableCredentials,
  deps: ClientDeps,
): void {
  const renewOnce = (next: Next) => async (args: Attempt) => {
    try {
      return await next(args);
    } catch (error) {
      if (!isExpired(error)) throw error;
      await credentials.renew(await client.config.credentials());
      await client.config.credentials({ forceRefresh: true });
      return next(args);
    }
  };
  const spend = (next: Next, context: Named) => {
    const api = operationOf(context);
    const service = (context.clientName ?? "Unknown").replace(/Client$/, "").toLowerCase();
    const ended = (outcome: AwsRequest["outcome"]) => deps.onRequest({ service, operation: api, outcome });
    const limited = within(deps.patience?.callMs ?? Infinity);
    return (args: Attempt) => {
      const bucket = (args.input as { Bucket?: string }).Bucket ?? null;
      return deps.budget.spend({ ...place, api, bucket }, () => counted(() => limited(() => next(args)), ended));
    };
  };
  const note = (next: Next<HttpAnswer>, context: Named) => async (args: Attempt) => {
    const { hostname = "", port } = args.request ?? {};
    const host = port === undefined ? hostname : `${hostname}:${port}`;
    try {
      const answer = await next(args);
      const { headers = {}, statusCode = null } = answer.response;
      deps.onAnswer(host, headers["date"] ?? null);
      const [operation, requestId] = [operationOf(context), requestIdOf(headers)];
      noteAnswer({ operation, region: place.region, requestId, httpStatus: statusCode });
      return answer;
    } catch (error) {
      if (typeof error === "object" && error !== null) hosts.set(error, host);
      throw error;
    }
  };
  client.middlewareStack.add(renewOnce, { step: "initialize", priority: "high", name: "renewOnce" });
  client.middlewareStack.add(spend, { step: "finalizeRequest", priority: "low", name: "spendBudget" });
  client.middlewareStack.add(note, { step: "deserialize", priority: "low", name: "noteAnswer" });
}

const hosts = new WeakMap<object, string>();

/** The host that a call which failed was sent to; null for an error of another kind. */
export function hostOf(error: unknown): string | null {
  return typeof error === "object" && error !== null ? (hosts.get(error) ?? null) : null;
}

/** Attempts that may take so long together; the wait between them does not count. */
function within(limitMs: number): <T>(attempt: () => Promise<T>) => Promise<T> {
  if (limitMs === Infinity) return (attempt) => attempt();
  let leftMs = limitMs;
  return async (attempt) => {
    const from = performance.now();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new CallTimeout("A call took too long.")), Math.max(0, leftMs));
    });
    try {
      return await Promise.race([attempt(), late]);
    } finally {
      clearTimeout(timer);
      leftMs -= performance.now() - from;
    }
  };
}
