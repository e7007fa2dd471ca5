import { ListRegionsCommand } from "@aws-sdk/client-account";
import type { AwsAccount } from "./clients.ts";
import { pagesOf, required } from "./pages.ts";
import { UnreadableAnswer } from "./raw-answer.ts";

const optStates = ["ENABLED", "ENABLED_BY_DEFAULT", "ENABLING", "DISABLING", "DISABLED"] as const;

export interface AccountRegion {
  readonly region: string;
  readonly state: (typeof optStates)[number];
}

/**
 * Every region of the partition with its state in this account. Only DISABLED is off. Where one service does not say, another is
 * asked; throws what the first one said.
 */
export async function listRegions(account: AwsAccount, homeRegion: string): Promise<readonly AccountRegion[]> {
  try {
    return await toldByAccount(account, homeRegion);
  } catch (error) {
    return toldByEc2(account, homeRegion).catch(() => {
      throw error;
    });
  }
}

async function toldByAccount(account: AwsAccount, homeRegion: string): Promise<readonly AccountRegion[]> {
  const client = await account.account(homeRegion);
  const fetch = (token: string | undefined) =>
    client.send(new ListRegionsCommand({ MaxResults: 50, ...(token === undefined ? {} : { NextToken: token }) }));
  const regions: AccountRegion[] = [];
  for await (const { Regions } of pagesOf(fetch, ({ NextToken }) => NextToken))
    regions.push(
      ...required(Regions, "Regions").map(({ RegionName, RegionOptStatus }) =>
        accountRegion(
          RegionName,
          optStates.find((known) => known === RegionOptStatus),
        ),
      ),
    );
  return some(regions);
}

/** An account has regions, always: a list of none would leave all of them out of what is looked at. */
function some(regions: readonly AccountRegion[]): readonly AccountRegion[] {
  if (regions.length === 0) throw new UnreadableAnswer("The list of regions is empty.");
  return regions;
}

const ec2States: ReadonlyMap<string, AccountRegion["state"]> = new Map([
  ["opt-in-not-required", "ENABLED_BY_DEFAULT"],
  ["opted-in", "ENABLED"],
  ["not-opted-in", "DISABLED"],
]);

async function toldByEc2(account: AwsAccount, homeRegion: string): Promise<readonly AccountRegion[]> {
  const { DescribeRegionsCommand } = await import("@aws-sdk/client-ec2");
  const client = await account.ec2(homeRegion);
  const { Regions } = await client.send(new DescribeRegionsCommand({ AllRegions: true }));
  return some(
    required(Regions, "Regions").map(({ OptInStatus, RegionName }) =>
      accountRegion(RegionName, ec2States.get(OptInStatus ?? "")),
    ),
  );
}

function accountRegion(region: string | undefined, state: AccountRegion["state"] | undefined): AccountRegion {
  if (region === undefined || state === undefined)
    throw new UnreadableAnswer("The list of regions has an unknown shape.");
  return { region, state };
}

const bedrockPath = "/aws/service/global-infrastructure/services/bedrock/regions";

/** The regions in which AWS says that Bedrock is, of all partitions. */
export async function bedrockRegions(account: AwsAccount, homeRegion: string): Promise<readonly string[]> {
  const { GetParametersByPathCommand } = await import("@aws-sdk/client-ssm");
  const client = await account.ssm(homeRegion);
  const fetch = (token: string | undefined) =>
    client.send(
      new GetParametersByPathCommand({ Path: bedrockPath, ...(token === undefined ? {} : { NextToken: token }) }),
    );
  const regions: string[] = [];
  for await (const { Parameters } of pagesOf(fetch, ({ NextToken }) => NextToken))
    regions.push(...required(Parameters, "Parameters").map(({ Value }) => required(Value, "Value")));
  return regions;
}

const prefixes: ReadonlyMap<string, string> = new Map([
  ["cn-", "aws-cn"],
  ["us-gov-", "aws-us-gov"],
  ["eusc-", "aws-eusc"],
  ["us-iso-", "aws-iso"],
  ["us-isob-", "aws-iso-b"],
  ["eu-isoe-", "aws-iso-e"],
  ["us-isof-", "aws-iso-f"],
]);

/** By its name: what has no prefix of its own is `aws`. */
export function partitionOfRegion(region: string): string {
  for (const [prefix, partition] of prefixes) if (region.startsWith(prefix)) return partition;
  return "aws";
}
