import type { AwsAccount } from "./clients.ts";
import { pagesOf, required } from "./pages.ts";

/**
 * `open` is looked at, and `closing` is tried; `shut` can't be looked at any more, or not yet. `filtered` was not asked for,
 * `stranger` was, and is not of the organisation.
 */
export type AccountStanding = "open" | "closing" | "shut" | "filtered" | "stranger";

export interface ListedAccount {
  readonly id: string;
  readonly standing: AccountStanding;
  /** As the organisation says it: `SUSPENDED`; null where it was not asked. */
  readonly state: string | null;
}

export interface OrganizationAccount {
  readonly id: string;
  readonly state: string;
}

/** Every account of the organisation, whatever its state. Only its management account and its delegates may ask. */
export async function organizationAccounts(
  account: AwsAccount,
  homeRegion: string,
): Promise<readonly OrganizationAccount[]> {
  const { ListAccountsCommand } = await import("@aws-sdk/client-organizations");
  const client = await account.organizations(homeRegion);
  const fetch = (token: string | undefined) =>
    client.send(new ListAccountsCommand(token === undefined ? {} : { NextToken: token }));
  const accounts: OrganizationAccount[] = [];
  for await (const { Accounts } of pagesOf(fetch, ({ NextToken }) => NextToken))
    for (const { Id, State, Status } of required(Accounts, "Accounts"))
      accounts.push({ id: required(Id, "Id"), state: required(State ?? Status, "State") });
  return accounts;
}

const shutStates = ["PENDING_ACTIVATION", "SUSPENDED", "CLOSED"];

/** Pure. `wanted` empty: all. A state that nobody knows yet is tried. */
export function listing(accounts: readonly OrganizationAccount[], wanted: readonly string[]): readonly ListedAccount[] {
  // Pages that shift while they are read may tell of an account twice.
  const known = [...new Map(accounts.map((one) => [one.id, one])).values()].map(({ id, state }): ListedAccount => {
    const isWanted = wanted.length === 0 || wanted.includes(id);
    return { id, state, standing: isWanted ? standingOf(state) : "filtered" };
  });
  const strangers = [...new Set(wanted)]
    .filter((id) => accounts.every((account) => account.id !== id))
    .map((id): ListedAccount => ({ id, state: null, standing: "stranger" }));
  return [...known, ...strangers];
}

function standingOf(state: string): AccountStanding {
  if (state === "PENDING_CLOSURE") return "closing";
  return shutStates.includes(state) ? "shut" : "open";
}
