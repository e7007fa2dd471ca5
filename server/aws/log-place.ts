import type { Aws } from "./aws.ts";
import { ownBuckets } from "./bucket-settings.ts";
import type { AwsAccount } from "./clients.ts";
import { type LoggingConfiguration, loggingConfiguration } from "./logging-configuration.ts";
import type { LogBucket, ProbePlace } from "./probes.ts";
import type { RoleNames } from "./role-policies.ts";

interface Sought {
  readonly account: AwsAccount;
  readonly caller: { readonly partition: string };
  /** A word that nothing is called. */
  readonly nobody: string;
  /** Empty: all that are on. */
  readonly regions: readonly string[];
}

/** An account of whose logs nothing is known. */
export function placeless({ account, caller: { partition }, nobody, regions }: Sought): ProbePlace {
  const home = regions[0] ?? homes.get(partition) ?? "us-east-1";
  return { account, region: home, home, partition, buckets: [], groups: [], nobody };
}

const homes: ReadonlyMap<string, string> = new Map([
  ["aws-us-gov", "us-gov-west-1"],
  ["aws-eusc", "eusc-de-east-1"],
  ["aws-cn", "cn-north-1"],
]);

/** Where the account's logs lie: all buckets, those of large bodies too, and all log groups that are configured. */
export async function logPlace(aws: Aws, sought: Sought): Promise<ProbePlace> {
  const base = placeless(sought);
  const { account } = sought;
  const regions = await regionsOf(aws, sought);
  const configured = await Promise.all(
    regions.map(async (region) => ({ region, config: await loggingConfiguration(account, region).catch(() => null) })),
  );
  const named = onceEach(configured.flatMap(({ config, region }) => bucketsOf(config, region, account.accountId)));
  // A bucket that is gone tells nothing of what is allowed.
  const own = await ownBuckets(account, base.home).catch(() => null);
  const ours = named.filter(({ name }) => own?.has(name) === true);
  const buckets = ours.length > 0 ? ours : named;
  const groups = configured.flatMap(({ config, region }) =>
    config?.cloudWatch == null ? [] : [{ name: config.cloudWatch.logGroup, region }],
  );
  return {
    ...base,
    region: groups[0]?.region ?? buckets[0]?.region ?? base.region,
    buckets,
    groups,
  };
}

async function regionsOf(aws: Aws, { account, regions }: Sought): Promise<readonly string[]> {
  if (regions.length > 0) return regions;
  const known = await aws.regions(account.accountId).catch(() => []);
  return known.flatMap(({ region, state }) => (state === "DISABLED" ? [] : [region]));
}

function bucketsOf(config: LoggingConfiguration | null, region: string, account: string): readonly LogBucket[] {
  return [config?.s3, config?.cloudWatch?.largeData].flatMap((place) => {
    if (place == null) return [];
    const prefix = place.prefix === "" ? "" : `${place.prefix}/`;
    return [{ name: place.bucket, region, folder: `${prefix}AWSLogs/${account}/BedrockModelInvocationLogs/` }];
  });
}

function onceEach(buckets: readonly LogBucket[]): readonly LogBucket[] {
  return [...new Map(buckets.map((bucket) => [`${bucket.name}/${bucket.folder}`, bucket])).values()];
}

/** For the policy of a role; what is not known has its place in capitals. */
export function namesOf({ account, buckets, groups, partition, region }: ProbePlace): RoleNames {
  const [group, ...otherGroups] = groups.map(({ name, region }) => ({ group: name, region }));
  const [first, ...others] = buckets.map(({ folder, name, region }) => ({
    bucket: name,
    region,
    prefix: prefixOf(folder),
  }));
  return {
    partition,
    account: account.accountId,
    buckets: [first ?? { bucket: "BUCKET", region, prefix: "PREFIX" }, ...others],
    groups: [group ?? { group: "GROUP", region }, ...otherGroups],
    keyArn: "KEY_ARN",
  };
}

/** What stands before the last `AWSLogs/`. With two slashes at its end it is not known how many there are. */
function prefixOf(folder: string): string {
  return folder.slice(0, folder.lastIndexOf("AWSLogs/")).replace(/\/\/$/, "/*");
}
