import type { SimulatedModel, SimulatedProfile } from "../aws/world.ts";
import { type Geo, models } from "../traffic/models.ts";
import { ownNames } from "../traffic/organisation.ts";
import { accounts } from "../traffic/targets.ts";

const providers: Readonly<Record<string, string>> = {
  ai21: "AI21 Labs",
  amazon: "Amazon",
  anthropic: "Anthropic",
  cohere: "Cohere",
  deepseek: "DeepSeek",
  meta: "Meta",
  mistral: "Mistral AI",
  openai: "OpenAI",
  stability: "Stability AI",
};
/** No longer offered, or on their way out. */
const gone = new Set<string>([
  models.claude2.base,
  models.jurassic.base,
  models.titanText.base,
  models.haiku3.base,
  models.sonnet4.base,
  models.commandR.base,
]);
const legacy = new Set<string>([
  models.sonnet45.base,
  models.opus41.base,
  models.sonnet37.base,
  models.haiku35.base,
  models.jamba.base,
]);

/** What ListFoundationModels says in every region of this organisation. */
export const demoModels: readonly SimulatedModel[] = Object.values(models)
  .filter(({ base }) => !gone.has(base))
  .map(({ base }) => ({
    modelId: base,
    modelName: base.slice(base.indexOf(".") + 1).replace(/-v?\d+(:\d+)?$/, ""),
    providerName: providers[base.slice(0, base.indexOf("."))] ?? "Other",
    lifecycle: legacy.has(base) ? "LEGACY" : "ACTIVE",
    inferenceTypes: ["ON_DEMAND", "INFERENCE_PROFILE"],
  }));

const reach: Readonly<Record<Geo, readonly string[]>> = {
  us: ["us-east-1", "us-east-2", "us-west-2"],
  eu: ["eu-central-1", "eu-west-1", "eu-west-3", "eu-north-1"],
  jp: ["ap-northeast-1", "ap-northeast-3"],
  apac: ["ap-northeast-1", "ap-southeast-1", "ap-southeast-2", "ap-south-1"],
  // A model ARN without region: everywhere.
  global: [""],
};
const geoOf = (region: string): readonly Geo[] =>
  region.startsWith("eu-") ? ["eu", "global"] : region.startsWith("ap-") ? ["jp", "apac", "global"] : ["us", "global"];

const arnsOf = (base: string, regions: readonly string[]): string[] =>
  regions.map((region) => `arn:aws:bedrock:${region}::foundation-model/${base}`);

const profiled = ["sonnet45", "haiku45", "opus45", "opus46", "opus41", "novaPro", "novaLite", "nova2Lite"] as const;

function systemProfiles(accountId: string, region: string, createdAt: number): SimulatedProfile[] {
  return geoOf(region).flatMap((geo) =>
    profiled.map((name) => {
      const id = `${geo}.${models[name].base}`;
      return {
        id,
        arn: `arn:aws:bedrock:${region}:${accountId}:inference-profile/${id}`,
        name: id,
        type: "SYSTEM_DEFINED" as const,
        modelArns: arnsOf(models[name].base, reach[geo]),
        createdAt,
      };
    }),
  );
}

function application(
  accountId: string,
  region: string,
  [id, name]: readonly [string, string],
  modelArns: readonly string[],
  createdAt: number,
): SimulatedProfile {
  return {
    id,
    arn: `arn:aws:bedrock:${region}:${accountId}:application-inference-profile/${id}`,
    name,
    type: "APPLICATION",
    modelArns,
    createdAt,
  };
}

/** The profiles of one account and region. One application profile that is still called was deleted: it is not here. */
export function demoProfiles(accountId: string, region: string, createdAt: number): SimulatedProfile[] {
  const own =
    accountId !== accounts.shop
      ? []
      : region === "us-east-1"
        ? [
            application(
              accountId,
              region,
              [ownNames.checkoutProfile, "checkout-assist"],
              arnsOf(models.haiku45.base, reach.us),
              createdAt,
            ),
          ]
        : region === "us-west-2"
          ? [
              application(
                accountId,
                region,
                [ownNames.gatewayProfile, "llm-gateway"],
                arnsOf(models.sonnet45.base, reach.global),
                createdAt,
              ),
            ]
          : [];
  return [...systemProfiles(accountId, region, createdAt), ...own];
}
