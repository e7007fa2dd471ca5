import { answer } from "../answer.ts";
import { type Call, page, type Service } from "../operation.ts";
import { jsonTarget } from "./json-target.ts";

interface GetParametersByPath {
  readonly Path: string;
  readonly MaxResults?: number;
  readonly NextToken?: string;
}

const bedrockRegions = "/aws/service/global-infrastructure/services/bedrock/regions";

/** The public parameters of where Bedrock is, and no others. */
export const ssm: Service = {
  protocol: "json-1.1",
  route(request) {
    const { api, input } = jsonTarget<GetParametersByPath>(request);
    if (api !== "GetParametersByPath") return null;
    return { api, action: "ssm:GetParametersByPath", resource: input.Path, answer: (call) => parameters(call, input) };
  },
};

function parameters({ region, world }: Call, { MaxResults = 10, NextToken, Path }: GetParametersByPath) {
  const known = Path === bedrockRegions ? (world.bedrockRegions ?? []) : [];
  const { items, next } = page(known, Math.min(MaxResults, 10), NextToken);
  const Parameters = items.map((name) => ({
    Name: `${Path}/${name}`,
    Type: "String",
    Value: name,
    Version: 1,
    LastModifiedDate: 0,
    ARN: `arn:aws:ssm:${region}::parameter${Path}/${name}`,
    DataType: "text",
  }));
  return answer("json-1.1", JSON.stringify({ Parameters, NextToken: next }));
}
