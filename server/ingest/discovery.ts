import { join } from "node:path";
import { loggingConfiguration, type LoggingConfiguration } from "../aws/logging-configuration.ts";
import type { ListedAccount } from "../aws/accounts.ts";
import type { Aws } from "../aws/aws.ts";
import type { AwsAccount } from "../aws/clients.ts";
import { regionCatalogue } from "../aws/region-catalogue.ts";
import type { Target } from "../domain/target.ts";
import type { IngestSource } from "./options.ts";
import { type FoundSource, joinedSources, sourceOf, type SourceParts } from "./source-parts.ts";
import type { Clock } from "../lib/clock.ts";
import { errorCode } from "../lib/errors.ts";
import { openFolder } from "../sources/folder.ts";
import { openBucket, type Bucket } from "../sources/s3-bucket.ts";
import { type S3Place, s3PlaceName, s3Targets } from "../sources/s3.ts";
import type { Wanted } from "../sources/s3-rest.ts";
import { SourceError } from "../sources/source.ts";
import type { DiscoveredTarget } from "../store/catalog/targets.ts";
import type { UnopenedPlace } from "../store/catalog/unopened-places.ts";
import { unnamedFolders } from "./unnamed-folders.ts";

/** Whose keys read a place that the operator names; default: the caller's own. */
interface ReadAs {
  /** An account, whose audit role is assumed. */
  readonly account?: string | undefined;
  /** A role that is assumed in place of it. */
  readonly roleArn?: string | undefined;
  readonly externalId?: string | undefined;
}

/** A place of logs that the operator names. */
export type ConfiguredSource =
  | ({
      readonly kind: "s3";
      readonly bucket: string;
      readonly prefixes: readonly string[];
      readonly bucketOwner: string;
      readonly region?: string | undefined;
    } & ReadAs)
  | ({ readonly kind: "cloudwatch"; readonly logGroupArn: string } & ReadAs)
  | { readonly kind: "folder"; readonly path: string };

export interface Discovered {
  readonly sources: readonly FoundSource[];
  /** Configured buckets that could be looked into, be there anything or not. */
  readonly buckets?: readonly Bucket[];
  /** What could not be looked at. */
  readonly problems: readonly UnopenedPlace[];
  /** Every account × region that AWS was asked about. */
  readonly targets: readonly DiscoveredTarget[];
}

type Opened = Pick<FoundSource, "source" | "parts">;

interface Found {
  readonly sources: readonly Opened[];
  readonly bucket?: Bucket;
  readonly target?: DiscoveredTarget;
  readonly problems: Discovered["problems"];
}

/** Opens the places that the operator names. One that can't be opened is a problem; a folder is a source even so, which says why. */
export async function configuredSources(
  places: readonly ConfiguredSource[],
  deps: { readonly aws: Aws | null; readonly clock: Clock; readonly signal: AbortSignal },
): Promise<Discovered> {
  const opened = await Promise.all(places.map((place) => openPlace(place, deps)));
  return told(opened, "configured");
}

async function openPlace(
  place: ConfiguredSource,
  { aws, clock, signal }: { readonly aws: Aws | null; readonly clock: Clock; readonly signal: AbortSignal },
): Promise<Found> {
  if (place.kind === "folder") return openedFolder(place.path, clock);
  const name = place.kind === "s3" ? `s3://${place.bucket}` : place.logGroupArn.replace(/:\*$/, "");
  const named =
    place.kind === "s3"
      ? ({ kind: "bucket", place: name, covers: `${name}/` } as const)
      : ({ kind: "log-group", place: name, covers: name } as const);
  if (aws === null) return { sources: [], problems: [{ ...named, code: "NoAwsAccess", state: "denied" }] };
  return orProblem(named, async () => {
    const account = await accountOf(aws, place);
    const now = () => aws.now();
    if (place.kind === "cloudwatch") return { sources: [made(logGroupParts(account, place.logGroupArn, { now }))] };
    const { bucketOwner: owner, prefixes, region = "us-east-1" } = place;
    const bucket = bucketOf(account, { bucket: place.bucket, owner, region });
    const places = prefixes.map((prefix): S3Place => ({ bucket, prefix }));
    const { problems, targets } = await targetsUnder(bucket, prefixes, signal);
    return { bucket, problems, sources: targets.map((scope) => made({ kind: "s3", places, scope, now })) };
  });
}

/** The targets that lie under each prefix. One that can't be listed is a problem, and stops no other; rejects where none can. */
async function targetsUnder(
  bucket: Bucket,
  prefixes: readonly string[],
  signal: AbortSignal,
): Promise<{ readonly targets: readonly Target[]; readonly problems: readonly UnopenedPlace[] }> {
  const targets = new Map<string, Target>();
  const closed: (readonly [prefix: string, error: unknown])[] = [];
  for (const prefix of prefixes)
    try {
      for (const target of await s3Targets({ bucket, prefix }, signal))
        targets.set(`${target.accountId}/${target.region}`, target);
    } catch (error) {
      signal.throwIfAborted();
      closed.push([prefix, error]);
    }
  if (closed.length === prefixes.length) throw closed[0]?.[1];
  const problems = closed.map(([prefix, error]) => {
    const place = s3PlaceName(bucket.bucket, prefix);
    return problem({ kind: "bucket", place, covers: place }, error);
  });
  return { targets: [...targets.values()], problems };
}

async function accountOf(aws: Aws, { account, externalId, roleArn }: ReadAs): Promise<AwsAccount> {
  if (roleArn !== undefined) return aws.role({ arn: roleArn, externalId: externalId ?? null });
  return aws.account(account ?? (await aws.caller()).accountId);
}

function made(parts: SourceParts): Opened {
  return { parts, source: sourceOf(parts) };
}

/** Folders in a folder that are named, when they can't be read. */
const maxUnread = 20;

async function openedFolder(path: string, clock: Clock): Promise<Found> {
  const { failure, root, sources, unread } = await openFolder({ path, clock });
  const closed = [...(failure === null ? [] : [["", failure] as const]), ...unread].slice(0, maxUnread);
  const problems = closed.map(([folder, error]) =>
    problem({ kind: "folder", place: folder === "" ? path : join(path, folder), covers: root }, error),
  );
  return { sources: sources.map((source) => ({ source })), problems };
}

interface DiscoveryOptions {
  /** None: all that are enabled. */
  readonly regions: readonly string[];
  readonly signal: AbortSignal;
}

/** Finds where every target delivers its logs, and what was delivered there before. */
export async function discoverSources(aws: Aws, options: DiscoveryOptions): Promise<Discovered> {
  let accounts: readonly ListedAccount[];
  let named: NamedPlace = { kind: "credentials", place: "AWS credentials", covers: null };
  try {
    await aws.caller();
    named = { kind: "accounts", place: "list of accounts", covers: null };
    accounts = await aws.listing();
  } catch (error) {
    return { sources: [], problems: [problem(named, error)], targets: [] };
  }
  const looked = accounts.filter(({ standing }) => standing !== "filtered" && standing !== "stranger");
  const ids = new Set(looked.map(({ id }) => id));
  const wanted: Wanted = {
    isAccount: (id) => ids.has(id),
    isRegion: (region) => options.regions.length === 0 || options.regions.includes(region),
  };
  const found = (
    await Promise.all(accounts.map((account) => discoverListed(aws, account, { ...options, wanted })))
  ).flat();
  return told([...found, await besideThem(found, options.signal)], "discovered");
}

/** What lies in the buckets that configurations name, of accounts and regions that none of them delivers there. */
async function besideThem(found: readonly Found[], signal: AbortSignal): Promise<Found> {
  const named = found.flatMap(({ sources }) => sources.flatMap(({ parts }) => parts ?? []));
  const { closed, parts } = await unnamedFolders(named, signal);
  // A bucket that is not there says so itself when it is read.
  const problems = closed
    .map(({ error, place }) => problem({ kind: "folders", place, covers: null }, error))
    .filter(({ state }) => state !== "missing");
  return { sources: parts.map(made), problems };
}

async function discoverListed(
  aws: Aws,
  { id, standing, state }: ListedAccount,
  options: DiscoveryOptions & { readonly wanted: Wanted },
): Promise<Found[]> {
  const named = { kind: "account", place: id, covers: `${id}/` } as const;
  try {
    if (standing === "filtered") return [];
    if (standing === "stranger")
      return [{ sources: [], problems: [{ ...named, code: "NotInOrganization", state: "denied" }] }];
    if (standing === "shut") return await inactive(aws, id, state, options.regions);
    return await discoverAccount(aws, id, options);
  } catch (error) {
    return [{ sources: [], problems: [problem(named, error)] }];
  }
}

/** Nothing is asked of it, and it is shown all the same. */
async function inactive(aws: Aws, accountId: string, state: string | null, wanted: readonly string[]) {
  const { partition } = await aws.caller();
  const regions = wanted.length > 0 ? wanted : (regionCatalogue.get(partition) ?? []);
  return regions.map((region): Found => {
    return { sources: [], problems: [], target: { accountId, region, logging: "inactive", error: state } };
  });
}

async function discoverAccount(
  aws: Aws,
  accountId: string,
  { regions, signal, wanted }: DiscoveryOptions & { readonly wanted: Wanted },
): Promise<Found[]> {
  const buckets = new Map<string, Bucket>();
  const known = regions.length > 0 ? { regions, problems: [] } : await enabledRegions(aws, accountId);
  const found = await Promise.all(
    known.regions.map(async (region): Promise<Found> => {
      const scope = { accountId, region };
      const place = `${accountId}/${region}`;
      const found = await orProblem({ kind: "target", place, covers: place }, async () => {
        signal.throwIfAborted();
        const account = await aws.account(accountId);
        const { partition } = await aws.caller();
        const configured = await loggingConfiguration(account, region);
        return { sources: destinations(configured, scope, { account, aws, buckets, partition, wanted }).map(made) };
      });
      const error = found.problems[0]?.code ?? null;
      const logging = error !== null ? "unread" : found.sources.length > 0 ? "on" : "off";
      return { ...found, target: { ...scope, logging, error } };
    }),
  );
  return [...found, { sources: [], problems: known.problems }];
}

/** The regions that the account says it uses; if it does not say, all that are known of its partition. */
async function enabledRegions(
  aws: Aws,
  accountId: string,
): Promise<{ readonly regions: readonly string[]; readonly problems: Discovered["problems"] }> {
  try {
    const regions = await aws.regions(accountId);
    return { regions: regions.filter(({ state }) => state !== "DISABLED").map(({ region }) => region), problems: [] };
  } catch (error) {
    const { partition } = await aws.caller();
    const problems = [problem({ kind: "regions", place: `${accountId} (list of regions)`, covers: null }, error)];
    return { regions: regionCatalogue.get(partition) ?? [], problems };
  }
}

function destinations(
  { cloudWatch, s3 }: LoggingConfiguration,
  scope: Target,
  deps: {
    readonly account: AwsAccount;
    readonly aws: Aws;
    readonly buckets: Map<string, Bucket>;
    readonly partition: string;
    readonly wanted: Wanted;
  },
): SourceParts[] {
  const { accountId, region } = scope;
  const { account, aws, buckets, partition, wanted } = deps;
  const now = () => aws.now();
  const sources: SourceParts[] = [];
  const bucketNamed = (name: string): Bucket => {
    const bucket = buckets.get(name) ?? bucketOf(account, { bucket: name, owner: accountId, region });
    buckets.set(name, bucket);
    return bucket;
  };
  if (s3 !== null) {
    const place = { bucket: bucketNamed(s3.bucket), prefix: s3.prefix, wanted };
    sources.push({ kind: "s3", places: [place], scope, now });
  }
  if (cloudWatch !== null) {
    const arn = `arn:${partition}:logs:${region}:${accountId}:log-group:${cloudWatch.logGroup}`;
    const { largeData } = cloudWatch;
    const bodies = largeData === null ? [] : [{ bucket: bucketNamed(largeData.bucket), prefix: largeData.prefix }];
    sources.push(logGroupParts(account, arn, { bodies, now }));
  }
  return sources;
}

export function bucketOf(
  account: AwsAccount,
  place: { readonly bucket: string; readonly owner: string; readonly region: string },
) {
  return openBucket({ ...place, clientFor: (region) => account.s3(region) });
}

/** `arn:<partition>:logs:<region>:<account>:log-group:<name>`, with or without `:*` at the end. */
export function logGroupParts(
  account: AwsAccount,
  arn: string,
  { bodies = [], now }: { readonly bodies?: readonly S3Place[]; readonly now: Clock },
): SourceParts {
  const logGroupArn = arn.replace(/:\*$/, "");
  const [, , , region = "", accountId = "", , ...name] = logGroupArn.split(":");
  const scope = { accountId, region };
  const client = account.logs(region);
  return { kind: "cloudwatch", client, logGroup: name.join(":"), logGroupArn, scope, bodies, now };
}

type NamedPlace = Pick<UnopenedPlace, "kind" | "place" | "covers">;

async function orProblem(
  named: NamedPlace,
  open: () => Promise<Omit<Found, "problems"> & Partial<Pick<Found, "problems">>>,
): Promise<Found> {
  try {
    return { problems: [], ...(await open()) };
  } catch (error) {
    return { sources: [], problems: [problem(named, error)] };
  }
}

/** A place that could not be opened, and why. */
export function problem(named: NamedPlace, error: unknown): UnopenedPlace {
  return { ...named, code: errorCode(error), state: stateAfter(error) };
}

function stateAfter(error: unknown): UnopenedPlace["state"] {
  if (error instanceof SourceError && error.class === "gone") return "missing";
  const isRefused =
    error instanceof SourceError ? error.class === "refused" : errorCode(error).startsWith("AccessDenied");
  return isRefused ? "denied" : "degraded";
}

function told(found: readonly Found[], origin: IngestSource["origin"]): Discovered {
  return {
    sources: joinedSources(found.flatMap(({ sources }) => sources).map((opened) => ({ ...opened, origin }))),
    buckets: found.flatMap(({ bucket }) => bucket ?? []),
    problems: found.flatMap(({ problems }) => problems),
    targets: found.flatMap(({ target }) => target ?? []),
  };
}

/** Both together; a source that is found and named too stands once, as the named one, with the places of both. */
export function joined(configured: Discovered, discovered: Discovered): Discovered {
  return {
    sources: joinedSources([...configured.sources, ...discovered.sources]),
    buckets: configured.buckets ?? [],
    problems: [...configured.problems, ...discovered.problems],
    targets: discovered.targets,
  };
}
