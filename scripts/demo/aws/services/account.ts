import { answer } from "../answer.ts";
import { page, type Service } from "../operation.ts";

interface ListRegions {
  readonly MaxResults?: number;
  readonly NextToken?: string;
  readonly RegionOptStatusContains?: readonly string[];
}

export const account: Service = {
  protocol: "rest-json",
  route({ method, path, body }) {
    if (method !== "POST" || path !== "/listRegions") return null;
    const input = JSON.parse(body || "{}") as ListRegions;
    return {
      api: "ListRegions",
      action: "account:ListRegions",
      resource: "",
      answer({ caller }) {
        const wanted = input.RegionOptStatusContains;
        const regions = [...caller.account.regions]
          .map(([RegionName, { optStatus }]) => ({ RegionName, RegionOptStatus: optStatus }))
          .filter(({ RegionOptStatus }) => wanted === undefined || wanted.includes(RegionOptStatus));
        const { items, next } = page(regions, input.MaxResults ?? 20, input.NextToken);
        return answer("rest-json", JSON.stringify({ Regions: items, NextToken: next }));
      },
    };
  },
};
