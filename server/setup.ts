import { openAws, type Aws, type AwsOptions } from "./aws/aws.ts";
import type { Credentials } from "./aws/credentials.ts";
import type { Config } from "./config.ts";
import { configuredSources, discoverSources, joined, problem, type Discovered } from "./ingest/discovery.ts";
import type { Log } from "./lib/log.ts";
import { reopened, withFormerPlaces } from "./ingest/kept-places.ts";
import type { FoundSource } from "./ingest/source-parts.ts";
import { retireConfigured, retireSources, type RetiredSource } from "./ingest/retire.ts";
import type { Catalog } from "./store/catalog/ledger.ts";
import { saveTargets } from "./store/catalog/targets.ts";
import { noteUnopened } from "./store/catalog/unopened-places.ts";
import type { Store } from "./store/store.ts";

/** For settings and counts, which are asked in a burst and seldom. */
export const checking = { purpose: "checking", sessionName: "bedrock-audit-check" } as const;

/** By the role that may import findings, which is assumed in every account. */
export function publishing({ publish: { securityHub } }: Config) {
  const { roleName } = securityHub;
  return { purpose: "checking", sessionName: "bedrock-audit-publish", roleName, alsoInOwn: true } as const;
}

/** AWS as the configuration names it; `credentials` take the place of the usual chain. */
export function awsOf(
  { aws, ingest }: Config,
  log: Log,
  credentials?: Credentials,
  how: Partial<
    Pick<AwsOptions, "alsoInOwn" | "clock" | "onRequest" | "purpose" | "roleName" | "sessionName" | "sleep">
  > = {},
): Aws {
  return openAws({
    // A check is short, and has a pace of its own.
    ...(how.purpose === "checking" ? {} : { quotaShare: ingest.quotaShare }),
    ...(aws.region === null ? {} : { region: aws.region }),
    ...(aws.profile === null ? {} : { profile: aws.profile }),
    ...(aws.endpoint === null ? {} : { endpoint: aws.endpoint }),
    ...(aws.s3Endpoint === null ? {} : { s3Endpoint: aws.s3Endpoint }),
    ...(aws.accounts.length === 0 ? {} : { accounts: aws.accounts }),
    ...(aws.externalId === null ? {} : { externalId: aws.externalId }),
    ...(credentials === undefined ? {} : { credentials: async () => credentials }),
    organization: aws.organization,
    roleName: aws.roleName,
    clock: Date.now,
    ...how,
    log,
  });
}

/**
 * Where records come from now; what was said of each target is kept. A destination that has left the configuration of its target is
 * retired: read on for the 14 days in which records may still come, then looked at ever more seldom.
 */
export async function findSources(store: Store, aws: Aws | null, find: () => Promise<Discovered>): Promise<Discovered> {
  const found = await find();
  const { catalog, clock } = store;
  await saveTargets(catalog, found.targets, clock());
  const retired = new Map((await retireSources(catalog, found, clock())).map((gone) => [gone.id, gone]));
  const open = new Set(found.sources.map(({ source }) => source.id));
  const shut = [...retired.values()].filter(({ id }) => !open.has(id));
  const reread = aws === null ? [] : await Promise.all(shut.map((gone) => readOn(catalog, aws, gone)));
  const problems = [...found.problems, ...reread.flatMap((one) => one.problems)];
  // A search that was broken off proves nothing.
  if (problems.every(({ code }) => code !== "AbortError"))
    await noteUnopened(catalog, problems, { at: clock(), whole: aws !== null });
  if (aws === null) return found;
  const sources = (await withFormerPlaces(catalog, aws, found, clock())).map((entry): FoundSource => {
    const gone = retired.get(entry.source.id);
    return gone === undefined ? entry : { ...entry, cold: gone.cold, retired: true };
  });
  const all = [...sources, ...reread.flatMap((one) => one.sources)];
  await retireConfigured(catalog, { problems, sources: all }, clock());
  return { ...found, problems, sources: all };
}

/** A source that has left its configuration; one that cannot be opened any more is told like any other place. */
async function readOn(
  catalog: Catalog,
  aws: Aws,
  gone: RetiredSource,
): Promise<Pick<Discovered, "problems" | "sources">> {
  try {
    const source = await reopened(catalog, aws, gone);
    return { problems: [], sources: source === null ? [] : [{ source, origin: "discovered", cold: gone.cold }] };
  } catch (error) {
    const kind = gone.kind === "cloudwatch" ? "log-group" : "bucket";
    return { problems: [problem({ kind, place: gone.place, covers: gone.place }, error)], sources: [] };
  }
}

/** Where records come from: what AWS says, what the configuration names, and folders. `aws` null: no AWS call is made. */
export async function sourcesOf(
  config: Config,
  {
    aws,
    folders,
    signal,
  }: { readonly aws: Aws | null; readonly folders: readonly string[]; readonly signal: AbortSignal },
): Promise<Discovered> {
  const named = folders.map((path) => ({ kind: "folder" as const, path }));
  const places = aws === null ? named : [...config.sources, ...named];
  const configured = await configuredSources(places, { aws, clock: Date.now, signal });
  if (aws === null) return configured;
  return joined(configured, await discoverSources(aws, { regions: config.aws.regions, signal }));
}
