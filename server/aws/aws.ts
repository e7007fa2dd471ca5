import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { fromNodeProviderChain } from "@aws-sdk/credential-providers";
import type { Clock, Sleep } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import { type ListedAccount, listing, organizationAccounts } from "./accounts.ts";
import { openBudget, type Purpose } from "./budget.ts";
import { type AwsAccount, openClients } from "./clients.ts";
import { assumeRole, type CredentialsProvider, renewing, type Role } from "./credentials.ts";
import { UnreadableAnswer } from "./raw-answer.ts";
import { type AccountRegion, bedrockRegions, listRegions } from "./regions.ts";
import type { AwsRequest } from "./request-counts.ts";
import type { Patience } from "./retries.ts";
import { sharedSettings } from "./shared-settings.ts";

export interface AwsOptions {
  /** Where the caller's own calls go; default: the profile's or environment's, else `us-east-1`. */
  readonly region?: string;
  readonly profile?: string;
  /** One address for every service, or one a region, in place of AWS; S3 is then addressed by path. */
  readonly endpoint?: string | ((region: string) => string);
  /** Address of S3 alone; it goes before `endpoint`. */
  readonly s3Endpoint?: string;
  /** Accounts to look at; default: the caller's, or all of the organisation. */
  readonly accounts?: readonly string[];
  /** Looks at the accounts of the caller's organisation. */
  readonly organization?: boolean;
  /** Role to assume in accounts other than the caller's. */
  readonly roleName?: string;
  /** The role is assumed in the caller's own account, too: it may what the caller may not. Default no. */
  readonly alsoInOwn?: boolean;
  readonly externalId?: string;
  readonly sessionName?: string;
  /** Default: the SDK's own chain. */
  readonly credentials?: CredentialsProvider;
  /** Default `reading`. */
  readonly purpose?: Purpose;
  /** Share of each quota that we take; default 0.5 where logs are read, 1 in a check. */
  readonly quotaShare?: number;
  /** How calls are tried again. Default: that of the purpose. */
  readonly patience?: Patience;
  readonly clock: Clock;
  /** Default: the machine's own. */
  readonly sleep?: Sleep;
  /** Called when an attempt of a call has ended. */
  readonly onRequest?: (request: AwsRequest) => void;
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
  /** Every account that there is to look at, and those that are not looked at. `over` goes before the options. */
  listing(over?: AccountChoice): Promise<readonly ListedAccount[]>;
  /** Those of the listing that are to be looked at: the configured ones, the organisation's, else the caller's own. */
  accounts(): Promise<readonly string[]>;
  /** Clients with the caller's own keys for its own account, with the audit role's for any other. Makes no call. */
  account(accountId: string): Promise<AwsAccount>;
  /** Clients with the keys of a role, in whatever account it is; `externalId` null: that of the options. Makes no call. */
  role(role: { readonly arn: string; readonly externalId: string | null }): Promise<AwsAccount>;
  regions(accountId: string): Promise<readonly AccountRegion[]>;
  /** Where AWS says that Bedrock is, in any partition. */
  bedrockRegions(): Promise<readonly string[]>;
  /** Hosts of AWS that answered anything so far. */
  answered(): ReadonlySet<string>;
  /** Time as AWS tells it: our clock and the offset of its last answer; before the first answer, our clock alone. */
  now(): number;
  /** The same; null before the first answer. */
  toldTime(): number | null;
}

export interface AccountChoice {
  readonly accounts?: readonly string[];
  readonly organization?: boolean;
}

const defaultRole = "bedrock-audit";
const membersKeptMs = 5 * 60_000;
const regionsKeptMs = 60 * 60_000;
const sharedQuota: Readonly<Record<Purpose, number>> = { reading: 0.5, checking: 1 };
/** A check ends soon, and what it could not read stays unknown; reading comes back by itself. */
const patience: Readonly<Record<Purpose, Patience | null>> = {
  reading: null,
  checking: { attempts: 6, pauseMs: 100, longestPauseMs: 5_000, callMs: 60_000 },
};

export function openAws(options: AwsOptions): Aws {
  const { clock, log } = options;
  const purpose = options.purpose ?? "reading";
  let offsetMs: number | null = null;
  const answered = new Set<string>();
  const deps = {
    endpoint: addressOf(options.endpoint),
    s3Endpoint: addressOf(options.s3Endpoint ?? options.endpoint),
    budget: openBudget({
      purpose,
      share: options.quotaShare ?? sharedQuota[purpose],
      clock,
      ...(options.sleep === undefined ? {} : { sleep: options.sleep }),
      log,
    }),
    patience: options.patience ?? patience[purpose],
    onRequest: options.onRequest ?? (() => undefined),
    shared: purpose === "checking" ? sharedSettings() : null,
    onAnswer(host: string, date: string | null) {
      answered.add(host);
      const time = Date.parse(date ?? "");
      if (!Number.isNaN(time)) offsetMs = time - clock();
    },
  };
  const own =
    options.credentials ?? fromNodeProviderChain(options.profile === undefined ? {} : { profile: options.profile });
  const self = once(async () => {
    const region = await homeRegion(options);
    return { region, sts: openClients("caller", renewing(own, clock), deps).sts(region) };
  });
  const caller = once(async () => {
    const asked = callerOf((await self()).sts);
    if (purpose === "checking") void loadAhead(options.organization === true);
    return asked;
  });
  const members = kept(membersKeptMs, clock, async () =>
    organizationAccounts(await ownAccount(), (await self()).region),
  );
  const opened = new Map<string, Promise<AwsAccount>>();

  async function open(accountId: string): Promise<AwsAccount> {
    const { partition, accountId: ownId } = await caller();
    if (accountId === ownId && options.alsoInOwn !== true) return openClients(accountId, renewing(own, clock), deps);
    const arn = `arn:${partition}:iam::${accountId}:role/${options.roleName ?? defaultRole}`;
    return openAs(accountId, { arn, externalId: null });
  }

  async function openAs(accountId: string, { arn, externalId }: Pick<Role, "arn" | "externalId">): Promise<AwsAccount> {
    const sessionName = options.sessionName ?? "bedrock-audit";
    const role = { arn, externalId: externalId ?? options.externalId ?? null, sessionName };
    const { sts } = await self();
    return openClients(
      accountId,
      renewing(() => assumeRole(sts, role), clock),
      deps,
    );
  }

  /** Opened once, however often it is asked for; after a failure, again. */
  function openedOnce(name: string, openIt: () => Promise<AwsAccount>): Promise<AwsAccount> {
    const known = opened.get(name);
    if (known !== undefined) return known;
    const fresh = openIt();
    opened.set(name, fresh);
    fresh.catch(() => opened.delete(name));
    return fresh;
  }

  const account = (accountId: string) => openedOnce(accountId, () => open(accountId));

  const ownAccount = async (): Promise<AwsAccount> => account((await caller()).accountId);

  async function accountsOf(over: AccountChoice = {}): Promise<readonly ListedAccount[]> {
    const wanted = over.accounts ?? options.accounts ?? [];
    if (over.organization ?? options.organization ?? false) return listing(await members(), wanted);
    const ids = wanted.length > 0 ? wanted : [(await caller()).accountId];
    return [...new Set(ids)].map((id) => ({ id, standing: "open", state: null }));
  }

  return {
    caller,
    listing: accountsOf,
    accounts: async () => (await accountsOf()).filter(isLookedAt).map(({ id }) => id),
    account,
    role: (role) =>
      openedOnce(`${role.arn} ${role.externalId ?? ""}`, () => openAs(role.arn.split(":")[4] ?? "", role)),
    regions: async (accountId) => listRegions(await account(accountId), (await self()).region),
    bedrockRegions: kept(regionsKeptMs, clock, async () => bedrockRegions(await ownAccount(), (await self()).region)),
    answered: () => answered,
    now: () => clock() + (offsetMs ?? 0),
    toldTime: () => (offsetMs === null ? null : clock() + offsetMs),
  };
}

function isLookedAt({ standing }: ListedAccount): boolean {
  return standing === "open" || standing === "closing";
}

function addressOf(endpoint: AwsOptions["endpoint"]): (region: string) => string | null {
  return typeof endpoint === "function" ? endpoint : () => endpoint ?? null;
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

/** What a check is about to need is loaded while its first answer is under way. A failure is told where it is needed. */
async function loadAhead(organization: boolean): Promise<void> {
  await Promise.allSettled([
    organization ? import("@aws-sdk/client-organizations") : null,
    import("@aws-sdk/client-ssm"),
    import("@aws-sdk/client-s3-control"),
  ]);
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
  return kept(Infinity, () => 0, make);
}

/** One run for all who ask, and again when its answer is older than this, or was a failure. */
function kept<T>(forMs: number, clock: Clock, make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null;
  let until = Infinity;
  return () => {
    if (made !== null && clock() < until) return made;
    until = clock() + forMs;
    made = make().catch((error: unknown) => {
      made = null;
      throw error;
    });
    return made;
  };
}
