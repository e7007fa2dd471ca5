import { answer, document, element } from "../answer.ts";
import type { Call, Service } from "../operation.ts";
import type { SimulatedRegion } from "../world.ts";

const xmlns = "http://ec2.amazonaws.com/doc/2016-11-15/";

export const ec2: Service = {
  protocol: "ec2",
  route({ body }) {
    const parameters = new URLSearchParams(body);
    const api = parameters.get("Action") ?? "";
    if (api !== "DescribeRegions") return null;
    const all = parameters.get("AllRegions") === "true";
    return { api, action: "ec2:DescribeRegions", resource: "", answer: (call) => describeRegions(call, all) };
  },
};

const words: Readonly<Record<SimulatedRegion["optStatus"], string>> = {
  ENABLED_BY_DEFAULT: "opt-in-not-required",
  ENABLED: "opted-in",
  ENABLING: "opted-in",
  DISABLING: "not-opted-in",
  DISABLED: "not-opted-in",
};

/** Without `AllRegions` only those that are on. */
function describeRegions({ caller }: Call, all: boolean) {
  const item = [...caller.account.regions]
    .map(([regionName, { optStatus }]) => ({
      regionName,
      regionEndpoint: `ec2.${regionName}.amazonaws.com`,
      optInStatus: words[optStatus],
    }))
    .filter(({ optInStatus }) => all || optInStatus !== "not-opted-in");
  const body = element("DescribeRegionsResponse", { requestId: "simulated", regionInfo: { item } }, xmlns);
  return answer("ec2", document(body));
}
