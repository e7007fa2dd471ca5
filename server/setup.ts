import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { openAws, type Aws, type AwsOptions } from "./aws/aws.ts";
import type { Credentials } from "./aws/credentials.ts";
import type { Config } from "./config.ts";
import { configuredSources, discoverSources, joined, problem, type Discovered } from "./ingest/discovery.ts";
import { UserError } from "./lib/errors.ts";
import type { Log } from "./lib/log.ts";
import { type ModelMapping, noMapping, parseModelMapping } from "./normalize/model-mapping.ts";
import { parseOverrides } from "./pricing/overrides.ts";
import { openPriceBook, type PriceBook } from "./pricing/price-book.ts";
import { reopened, withFormerPlaces } from "./ingest/kept-places.ts";
import { retireConfigured, retireSources, type RetiredSource } from "./ingest/retire.ts";
import type { Catalog } from "./store/catalog/ledger.ts";
import { saveTargets } from "./store/catalog/targets.ts";
import { noteUnopened } from "./store/catalog/unopened-places.ts";
import { openStore, type StoreOptions } from "./store/open-store.ts";
import type { Store } from "./store/store.ts";

/** The store that the configuration names, with the real clock and chance; for who reads sources into it: it is made or upgraded. */
export function storeOf(config: Config, log: Log): Promise<Store> {
  return openStore(optionsOf(config, log));
}

/** The same store as it is. Throws `UserError`, exit code 3, where there is none, or one of another version. */
export function existingStoreOf(config: Config, log: Log): Promise<Store> {
  return openStore({ ...optionsOf(config, log), existing: true });
}

/** The same store for who writes only in what is there: it is upgraded. Throws `UserError`, exit code 3, where there is none. */
export function writableStoreOf(config: Config, log: Log): Promise<Store> {
  return openStore({ ...optionsOf(config, log), existing: "upgrade" });
}

function optionsOf({ store: { allowNetworkDisk, dir } }: Config, log: Log): StoreOptions {
  return { dataDir: dir, allowNetworkDisk, clock: Date.now, random: (bytes) => randomBytes(bytes), log };
}

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

export function priceBookOf({ prices: { overrides } }: Config): PriceBook {
  if (overrides === null) return openPriceBook();
  let text: string;
  try {
    text = readFileSync(overrides, "utf8");
  } catch (cause) {
    throw new UserError(`${overrides} could not be read`, "Name a readable file in prices.overrides.", { cause });
  }
  return openPriceBook({ overrides: parseOverrides(overrides, text) });
}

/** What the operator says of ARNs that AWS does not explain. Throws `UserError` for a file that cannot be read. */
export function modelMappingOf({ ingest: { modelMapping: file } }: Config): ModelMapping {
  if (file === null) return noMapping;
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    throw new UserError(`${file} could not be read`, "Name a readable file in ingest.modelMapping.", { cause });
  }
  return parseModelMapping(file, text);
}

/**
 * Where records come from now; what was said of each target is kept. A destination that has left the configuration of its target is
 * retired: read on for the 14 days in which records may still come, then looked at ever more seldom.
 */
export async function findSources(store: Store, aws: Aws | null, find: () => Promise<Discovered>): Promise<Discovered> {
  const found = await find();
  const { catalog, clock } = store;
  await saveTargets(catalog, found.targets, clock());
  const retired = await retireSources(catalog, found, clock());
  const reread = aws === null ? [] : await Promise.all(retired.map((gone) => readOn(catalog, aws, gone)));
  const problems = [...found.problems, ...reread.flatMap((one) => one.problems)];
  // A search that was broken off proves nothing.
  if (problems.every(({ code }) => code !== "AbortError"))
    await noteUnopened(catalog, problems, { at: clock(), whole: aws !== null });
  if (aws === null) return found;
  const sources = await withFormerPlaces(catalog, aws, found, clock());
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
