import { answer } from "../answer.ts";
import { type Call, page, type Service } from "../operation.ts";
import { jsonTarget } from "./json-target.ts";

interface ListAccounts {
  readonly MaxResults?: number;
  readonly NextToken?: string;
}

/** AWS puts no more on a page. */
const pageSize = 20;

export const organizations: Service = {
  protocol: "json-1.1",
  route(request) {
    const { api, input } = jsonTarget<ListAccounts>(request);
    if (api !== "ListAccounts") return null;
    return { api, action: "organizations:ListAccounts", resource: "", answer: (call) => listAccounts(call, input) };
  },
};

function listAccounts({ distortion, world }: Call, { MaxResults = pageSize, NextToken }: ListAccounts) {
  const { items, next } = page(world.accounts, distortion.emptyPage ? 0 : Math.min(MaxResults, pageSize), NextToken);
  const Accounts = items.map(({ id, name, state = "ACTIVE" }) => ({
    Id: id,
    Arn: `arn:aws:organizations::${world.accounts[0]?.id}:account/o-simulated01/${id}`,
    Email: `${id}@example.com`,
    Name: name,
    Status: state === "CLOSED" ? "SUSPENDED" : state === "PENDING_ACTIVATION" ? "ACTIVE" : state,
    State: state,
    JoinedMethod: "CREATED",
    JoinedTimestamp: 0,
  }));
  return answer("json-1.1", JSON.stringify({ Accounts, NextToken: next }));
}
