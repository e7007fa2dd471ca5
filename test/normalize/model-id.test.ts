import { describe, expect, test } from "vitest";
import { readEndpoint, type ResolvedModel } from "../../server/normalize/endpoint.ts";
import { parseModelId } from "../../server/normalize/model-id.ts";

const bedrock = "arn:aws:bedrock:us-east-1:111122223333";

test.each([
  ["anthropic.claude-opus-4-7", "in-region", "anthropic.claude-opus-4-7", "anthropic", null],
  ["deepseek.v3.2", "in-region", "deepseek.v3.2", "deepseek", null],
  ["amazon.nova-lite-v1:0:300k", "in-region", "amazon.nova-lite-v1:0", "amazon", null],
  [
    "anthropic.claude-3-haiku-20240307-v1:0:48k",
    "in-region",
    "anthropic.claude-3-haiku-20240307-v1:0",
    "anthropic",
    null,
  ],
  [
    "arn:aws:bedrock:us-east-1::foundation-model/amazon.titan-text-express-v1",
    "in-region",
    "amazon.titan-text-express-v1",
    "amazon",
    null,
  ],
  [
    `${bedrock}:inference-profile/global.anthropic.claude-opus-4-6-v1`,
    "global",
    "anthropic.claude-opus-4-6-v1",
    "anthropic",
    "global",
  ],
  [
    `${bedrock}:inference-profile/us.anthropic.claude-3-haiku-20240307-v1:0:48k`,
    "geo",
    "anthropic.claude-3-haiku-20240307-v1:0",
    "anthropic",
    "us",
  ],
  [
    "us-gov.anthropic.claude-3-haiku-20240307-v1:0",
    "geo",
    "anthropic.claude-3-haiku-20240307-v1:0",
    "anthropic",
    "us-gov",
  ],
  [
    "jp.anthropic.claude-sonnet-4-5-20250929-v1:0",
    "geo",
    "anthropic.claude-sonnet-4-5-20250929-v1:0",
    "anthropic",
    "jp",
  ],
])("%s is a known form", (modelId, endpointType, model, provider, geo) => {
  expect(parseModelId(modelId)).toMatchObject({ endpointType, model, provider, geo, resourceId: null, anomalies: [] });
});

test.each([
  [`${bedrock}:application-inference-profile/a1b2c3d4e5f6`, "application-profile", "a1b2c3d4e5f6"],
  [`${bedrock}:provisioned-model/a1b2c3d4e5f6`, "provisioned", "a1b2c3d4e5f6"],
  [`${bedrock}:custom-model-deployment/a1b2c3d4e5f6`, "custom", "a1b2c3d4e5f6"],
  [`${bedrock}:custom-model/amazon.nova-lite-v1:0/a1b2c3d4e5f6`, "custom", "amazon.nova-lite-v1:0/a1b2c3d4e5f6"],
  [`${bedrock}:imported-model/a1b2c3d4e5f6`, "imported", "a1b2c3d4e5f6"],
  [`${bedrock}:custom-model/imported/a1b2c3d4e5f6`, "imported", "imported/a1b2c3d4e5f6"],
  [`${bedrock}:prompt-router/a1b2`, "router", "a1b2"],
  [`${bedrock}:default-prompt-router/anthropic.claude:1`, "router", "anthropic.claude:1"],
  ["arn:aws:sagemaker:us-east-1:111122223333:endpoint/tide-text", "marketplace", "tide-text"],
])("%s is opaque", (modelId, endpointType, resourceId) => {
  expect(parseModelId(modelId)).toMatchObject({ endpointType, resourceId, model: null, geo: null, anomalies: [] });
});

test.each([
  ["my-model", "unknown", null, "unknown-model-form"],
  ["", "unknown", null, "unknown-model-form"],
  ["arn:aws:bedrock:us-east-1", "unknown", null, "unknown-model-form"],
  [`${bedrock}:prompt/ABCDEFGHIJ`, "unknown", null, "unknown-model-form"],
  ["us.my-model", "unknown", null, "unknown-model-form"],
  ["anthropic.", "unknown", null, "unknown-model-form"],
  ["newcorp.wonder-v1:0", "in-region", "newcorp.wonder-v1:0", "unknown-provider"],
  ["mars.anthropic.claude-opus-4-7", "geo", "anthropic.claude-opus-4-7", "unknown-geo"],
  ["us.newcorp.wonder", "geo", "newcorp.wonder", "unknown-provider"],
])("%j is stored with a flag", (modelId, endpointType, model, anomaly) => {
  expect(parseModelId(modelId)).toMatchObject({ endpointType, model, anomalies: [anomaly] });
});

const silent = { resolve: () => null, mapping: () => null, invokedModelId: null, answeredModel: null };
const profile = `${bedrock}:application-inference-profile/a1b2c3d4e5f6`;

function behind(...modelArns: string[]) {
  return { ...silent, resolve: (): ResolvedModel => ({ modelArns }) };
}

function foundation(region: string) {
  return `arn:aws:bedrock:${region}::foundation-model/anthropic.claude-haiku-4-5-20251001-v1:0`;
}

describe("what stands behind an opaque id", () => {
  test.each([
    [[foundation("eu-west-1")], "in-region", null],
    [[foundation("us-east-1"), foundation("us-west-2")], "geo", "us"],
    [[foundation("ap-northeast-1"), foundation("ap-northeast-3")], "geo", "jp"],
    [[foundation("us-east-1"), foundation("eu-west-1")], "geo", null],
    [[foundation("us-east-1"), foundation("")], "global", "global"],
  ])("a profile over %j", (arns, endpointTypeBehind, geo) => {
    const { endpoint } = readEndpoint(profile, "us-east-1", behind(...arns));
    const model = "anthropic.claude-haiku-4-5-20251001-v1:0";
    expect(endpoint).toMatchObject({ model, modelSource: "api", endpointTypeBehind, geo });
    expect(endpoint.endpointType).toBe("application-profile");
  });

  test("AWS's answer goes before the mapping, the mapping before the model's own word", () => {
    const mapping = () => "amazon.nova-lite-v1:0";
    const answeredModel = "claude-3-haiku-48k-20240307";
    const all = { ...behind(foundation("us-east-1")), mapping, answeredModel };
    expect(readEndpoint(profile, "us-east-1", all).endpoint.modelSource).toBe("api");
    const mapped = readEndpoint(profile, "us-east-1", { ...all, resolve: () => null }).endpoint;
    expect(mapped).toMatchObject({ modelSource: "mapping", model: "amazon.nova-lite-v1:0" });
    const answered = readEndpoint(profile, "us-east-1", { ...silent, answeredModel }).endpoint;
    expect(answered).toMatchObject({ modelSource: "body", model: "anthropic.claude-3-haiku-20240307-v1:0" });
    const none = readEndpoint(profile, "us-east-1", { ...silent, answeredModel: "claude-9" }).endpoint;
    expect(none).toMatchObject({ modelSource: null, model: null });
  });

  test.each([
    ["us.anthropic.claude-haiku-4-5-20251001-v1:0", "geo", "us"],
    ["global.anthropic.claude-haiku-4-5-20251001-v1:0", "global", "global"],
    ["anthropic.claude-haiku-4-5-20251001-v1:0:48k", "in-region", null],
    [foundation("us-east-1"), "in-region", null],
  ])("a profile that the operator says was made of %s", (modelId, endpointTypeBehind, geo) => {
    const { endpoint } = readEndpoint(profile, "us-east-1", { ...silent, mapping: () => modelId });
    const model = "anthropic.claude-haiku-4-5-20251001-v1:0";
    expect(endpoint).toMatchObject({ model, provider: "anthropic", modelSource: "mapping", endpointTypeBehind, geo });
  });

  test("the operator's word for other ARNs names a model, and no endpoint behind it", () => {
    const of = (arn: string, modelId: string) =>
      readEndpoint(arn, "us-east-1", { ...silent, mapping: () => modelId }).endpoint;
    const nova = "us.amazon.nova-lite-v1:0";
    expect(of(`${bedrock}:provisioned-model/a1`, nova)).toMatchObject({
      model: "amazon.nova-lite-v1:0",
      endpointType: "provisioned",
      endpointTypeBehind: null,
      geo: null,
    });
    expect(of("arn:aws:sagemaker:us-east-1:111122223333:endpoint/chat", "deepseek-llm-r1")).toMatchObject({
      model: "deepseek-llm-r1",
      provider: null,
      modelSource: "mapping",
    });
    expect(of(`${bedrock}:imported-model/a1`, "our-llama")).toMatchObject({
      model: "our-llama",
      provider: null,
      modelSource: "mapping",
    });
    expect(of(profile, "no model")).toMatchObject({ model: null, modelSource: null });
  });

  test("an imported model has no base model, whatever AWS says", () => {
    const { endpoint } = readEndpoint(`${bedrock}:imported-model/a1`, "us-east-1", behind(foundation("us-east-1")));
    expect(endpoint).toMatchObject({ endpointType: "imported", model: null, modelSource: null });
  });

  test("a router names its choice in the trace", () => {
    const router = `${bedrock}:default-prompt-router/anthropic.claude:1`;
    const invokedModelId = `${bedrock}:inference-profile/us.anthropic.claude-haiku-4-5-20251001-v1:0`;
    expect(readEndpoint(router, "us-east-1", { ...silent, invokedModelId }).endpoint).toMatchObject({
      endpointType: "router",
      modelSource: "router",
      model: "anthropic.claude-haiku-4-5-20251001-v1:0",
      endpointTypeBehind: "geo",
      geo: "us",
    });
    expect(readEndpoint(router, "us-east-1", silent).endpoint).toMatchObject({ model: null, endpointTypeBehind: null });
  });

  test("an ARN of another region than the record's is flagged", () => {
    expect(readEndpoint(profile, "eu-west-1", silent).anomalies).toEqual(["region-mismatch"]);
  });
});
