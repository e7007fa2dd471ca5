import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { fromNodeProviderChain } from "@aws-sdk/credential-providers";
import type { Clock, Sleep } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import { openBudget } from "./budget.ts";
import { type AwsAccount, openClients } from "./clients.ts";
import { assumeRole, type CredentialsProvider, renewing } from "./credentials.ts";
import { UnreadableAnswer } from "./raw-answer.ts";
import { type AccountRegion, listRegions } from "./regions.ts";

export interface AwsOptions {
  /** Where the caller's own calls go; default: the profile's or environment's, else `us-east-1`. */
  readonly region?: string;
  readonly profile?: string;
  /** One address for every service, in place of AWS; S3 is then addressed by path. */
  readonly endpoint?: string;
  /** Address of S3 alone; it goes before `endpoint`. */
  readonly s3Endpoint?: string;
  /** Accounts to look at; default: the caller's. */
  readonly accounts?: readonly string[];
  /** Role to assume in accounts other than the caller's. */
  readonly roleName?: string;
  readonly externalId?: string;
  readonly sessionName?: string;
  /** Default: the SDK's own chain. */
  readonly credentials?: CredentialsProvider;
  /** Share of each quota that we take; default 0.5. */
  readonly quotaShare?: number;
  readonly clock: Clock;
  /** Default: the machine's own. */
  readonly sleep?: Sleep;
  readonly log: Log;
}

interface Caller {
  readonly accountId: string;
  readonly arn: string;
  /** `aws`, `aws-us-gov`, … */
  readonly partition: string;
}

export interface Aws {
  /** Who we are. Asked once; a failure is asked again. */
  caller(): Promise<Caller>;
  /** The configured accounts, else the caller's own. */
  accounts(): Promise<readonly string[]>;
  /** Clients with the caller's own keys for its own account, with the audit role's for any other. Makes no call. */
  account(accountId: string): Promise<AwsAccount>;
  regions(accountId: string): Promise<readonly AccountRegion[]>;
  /** Time as AWS tells it: our clock and the offset of its last answer. */
  now(): number;
}

const defaultRole = "bedrock-audit";

export function openAws(options: AwsOptions): Aws {
  const { clock, log } = options;
  let offsetMs = 0;
  const deps = {
    endpoint: options.endpoint ?? null,
    s3Endpoint: options.s3Endpoint ?? options.endpoint ?? null,
    budget: openBudget({
      share: options.quotaShare ?? 0.5,
      clock,
      ...(options.sleep === undefined ? {} : { sleep: options.sleep }),
      log,
    }),
    onDate(date: string) {
      const time = Date.parse(date);
      if (!Number.isNaN(time)) offsetMs = time - clock();
    },
  };
  const own =
    options.credentials ?? fromNodeProviderChain(options.profile === undefined ? {} : { profile: options.profile });
  const self = once(async () => {
    const region = await homeRegion(options);
    return { region, sts: openClients("caller", renewing(own, clock), deps).sts(region) };
  });
  const caller = once(async () => callerOf((await self()).sts));
  const opened = new Map<string, Promise<AwsAccount>>();

  async function open(accountId: string): Promise<AwsAccount> {
    const { partition, accountId: ownId } = await caller();
    if (accountId === ownId) return openClients(accountId, renewing(own, clock), deps);
    const role = {
      arn: `arn:${partition}:iam::${accountId}:role/${options.roleName ?? defaultRole}`,
      externalId: options.externalId ?? null,
      sessionName: options.sessionName ?? "bedrock-audit",
    };
    const { sts } = await self();
    return openClients(
      accountId,
      renewing(() => assumeRole(sts, role), clock),
      deps,
    );
  }

  function account(accountId: string): Promise<AwsAccount> {
    const known = opened.get(accountId);
    if (known !== undefined) return known;
    const fresh = open(accountId);
    opened.set(accountId, fresh);
    fresh.catch(() => opened.delete(accountId));
    return fresh;
  }

  return {
    caller,
    accounts: async () => options.accounts ?? [(await caller()).accountId],
    account,
    regions: async (accountId) => listRegions(await account(accountId), (await self()).region),
    now: () => clock() + offsetMs,
  };
}

async function homeRegion({ region, profile }: AwsOptions): Promise<string> {
  if (region !== undefined) return region;
  try {
    return await new STSClient(profile === undefined ? {} : { profile }).config.region();
  } catch {
    // Neither the environment nor the profile names a region.
    return "us-east-1";
  }
}

async function callerOf(sts: STSClient): Promise<Caller> {
  const { Account: accountId, Arn: arn } = await sts.send(new GetCallerIdentityCommand({}));
  const partition = arn?.split(":")[1];
  if (accountId === undefined || arn === undefined || partition === undefined)
    throw new UnreadableAnswer("GetCallerIdentity answered in an unknown shape.");
  return { accountId, arn, partition };
}

/** Runs once; after a failure, again. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = null;
      throw error;
    });
    return made;
  };
}
