import { ListRegionsCommand } from "@aws-sdk/client-account";
import type { AwsAccount } from "./clients.ts";
import { UnreadableAnswer } from "./raw-answer.ts";

const optStates = ["ENABLED", "ENABLED_BY_DEFAULT", "ENABLING", "DISABLING", "DISABLED"] as const;

export interface AccountRegion {
  readonly region: string;
  readonly state: (typeof optStates)[number];
}

/** Every region of the partition with its state in this account. Only DISABLED is off. */
export async function listRegions(account: AwsAccount, homeRegion: string): Promise<readonly AccountRegion[]> {
  const client = await account.account(homeRegion);
  const regions: AccountRegion[] = [];
  const tokens = new Set<string>();
  let token: string | undefined;
  do {
    const answer = await client.send(
      new ListRegionsCommand({ MaxResults: 50, ...(token === undefined ? {} : { NextToken: token }) }),
    );
    if (!Array.isArray(answer.Regions)) throw new UnreadableAnswer("ListRegions answered without a list.");
    regions.push(
      ...answer.Regions.map(({ RegionName, RegionOptStatus }) => accountRegion(RegionName, RegionOptStatus)),
    );
    token = answer.NextToken;
    if (token !== undefined && tokens.has(token)) throw new UnreadableAnswer("ListRegions repeats a page.");
    tokens.add(token ?? "");
  } while (token !== undefined);
  return regions;
}

function accountRegion(region: string | undefined, status: string | undefined): AccountRegion {
  const state = optStates.find((known) => known === status);
  if (region === undefined || state === undefined)
    throw new UnreadableAnswer("ListRegions answered in an unknown shape.");
  return { region, state };
}
