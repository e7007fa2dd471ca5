import { isUnreadable } from "../facts.ts";
import { call, type Collector } from "./collector.ts";

const get = call("bedrock", "GetModelInvocationLoggingConfiguration");

export const loggingConfig: Collector<"loggingConfig"> = {
  fact: "loggingConfig",
  calls: [get],
  restsOn: [],
  async collect({ attempt, reads }) {
    const answer = await attempt("loggingConfig", get, reads.loggingConfiguration, (value) => ({ used: value.raw }));
    if (isUnreadable(answer)) return answer;
    const { cloudWatch, delivered, s3, set } = answer;
    return { set, s3, cloudWatch, delivered };
  },
};
