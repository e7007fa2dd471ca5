import { describe, expect, it } from "vitest";
import { parseModelMapping } from "../../server/normalize/model-mapping.ts";

const profile = "arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/a1b2c3d4e5f6";
const endpoint = "arn:aws:sagemaker:us-east-1:111122223333:endpoint/chat";

function entries(...pairs: readonly (readonly [arn: string, model: string])[]): string {
  return `models:\n${pairs.map(([arn, model]) => `  - arn: ${arn}\n    model: ${model}\n`).join("")}`;
}

describe("a mapping file", () => {
  it("names a model for each ARN", () => {
    const model = "us.anthropic.claude-sonnet-4-20250514-v1:0";
    expect(parseModelMapping("m.yaml", entries([profile, model], [endpoint, "any name"]))).toEqual(
      new Map([
        [profile, model],
        [endpoint, "any name"],
      ]),
    );
  });

  it.each(["imported-model/a1b2c3d4e5f6", "custom-model/imported/a1b2c3d4e5f6"])("names %s freely", (resource) => {
    const arn = `arn:aws:bedrock:us-east-1:111122223333:${resource}`;
    expect(parseModelMapping("m.yaml", entries([arn, "our-llama"]))).toEqual(new Map([[arn, "our-llama"]]));
  });

  it.each([
    ["nothing", "", /m\.yaml: models: it is missing/],
    ["no YAML", "models: [", /m\.yaml:1: not readable as YAML/],
    ["another field", "models: []\nmodel: x\n", /m\.yaml:2: model: there is no such field/],
    [
      "an ARN twice",
      entries([profile, "amazon.nova-lite-v1:0"], [profile, "amazon.nova-pro-v1:0"]),
      /m\.yaml:4: .*twice/,
    ],
    ["a model that is none", entries([profile, "sonnet"]), /m\.yaml:3: models\.0\.model: not a model id/],
    ["a model id in place of an ARN", entries(["amazon.nova-lite-v1:0", "amazon.nova-lite-v1:0"]), /not the ARN of/],
    [
      "a router",
      entries(["arn:aws:bedrock:us-east-1:111122223333:prompt-router/a1b2c3d4e5f6", "amazon.nova-lite-v1:0"]),
      /m\.yaml:2: models\.0\.arn: not the ARN of/,
    ],
  ])("of %s is refused, with its place", (_, text, message) => {
    expect(() => parseModelMapping("m.yaml", text)).toThrow(message);
  });
});
