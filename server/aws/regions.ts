import { ListRegionsCommand } from "@aws-sdk/client-account";
import type { AwsAccount } from "./clients.ts";
import { pagesOf, required } from "./pages.ts";
import { UnreadableAnswer } from "./raw-answer.ts";

const optStates = ["ENABLED", "ENABLED_BY_DEFAULT", "ENABLING", "DISABLING", "DISABLED"] as const;

export interface AccountRegion {
  readonly region: string;
  readonly state: (typeof optStates)[number];
}

/** Every region of the partition with its state in this account. Only DISABLED is off. */
export async function listRegions(account: AwsAccount, homeRegion: string): Promise<readonly AccountRegion[]> {
  const client = await account.account(homeRegion);
  const fetch = (token: string | undefined) =>
    client.send(new ListRegionsCommand({ MaxResults: 50, ...(token === undefined ? {} : { NextToken: token }) }));
  const regions: AccountRegion[] = [];
  for await (const { Regions } of pagesOf(fetch, ({ NextToken }) => NextToken))
    regions.push(
      ...required(Regions, "Regions").map(({ RegionName, RegionOptStatus }) =>
        accountRegion(RegionName, RegionOptStatus),
      ),
    );
  return regions;
}

function accountRegion(region: string | undefined, status: string | undefined): AccountRegion {
  const state = optStates.find((known) => known === status);
  if (region === undefined || state === undefined)
    throw new UnreadableAnswer("ListRegions answered in an unknown shape.");
  return { region, state };
}
