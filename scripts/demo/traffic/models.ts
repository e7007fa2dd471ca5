import type { FamilyId, ModelUse } from "./exchange.ts";

interface Model {
  readonly base: string;
  readonly family: FamilyId;
  readonly caches: boolean;
  /** Milliseconds for one token of output. */
  readonly pace: number;
}

const claude = (base: string, pace: number): Model => ({
  base: `anthropic.${base}`,
  family: "anthropic-messages",
  caches: true,
  pace,
});
const other = (base: string, family: FamilyId, pace: number, caches = false): Model => ({ base, family, caches, pace });

export const models = {
  sonnet45: claude("claude-sonnet-4-5-20250929-v1:0", 13),
  sonnet4: claude("claude-sonnet-4-20250514-v1:0", 14),
  sonnet37: claude("claude-3-7-sonnet-20250219-v1:0", 14),
  opus45: claude("claude-opus-4-5-20251101-v1:0", 19),
  opus46: claude("claude-opus-4-6-v1", 19),
  opus41: claude("claude-opus-4-1-20250805-v1:0", 27),
  haiku45: claude("claude-haiku-4-5-20251001-v1:0", 7),
  haiku35: claude("claude-3-5-haiku-20241022-v1:0", 9),
  haiku3: claude("claude-3-haiku-20240307-v1:0", 8),
  claude2: other("anthropic.claude-v2:1", "anthropic-text", 25),
  novaPro: other("amazon.nova-pro-v1:0", "nova", 9, true),
  novaLite: other("amazon.nova-lite-v1:0", "nova", 6, true),
  novaMicro: other("amazon.nova-micro-v1:0", "nova", 4, true),
  nova2Lite: other("amazon.nova-2-lite-v1:0", "nova", 6, true),
  titanText: other("amazon.titan-text-express-v1", "titan-text", 12),
  titanEmbed: other("amazon.titan-embed-text-v2:0", "embedding", 0),
  cohereEmbed: other("cohere.embed-multilingual-v3", "embedding", 0),
  commandR: other("cohere.command-r-plus-v1:0", "cohere", 14),
  llama33: other("meta.llama3-3-70b-instruct-v1:0", "llama", 12),
  llama4: other("meta.llama4-maverick-17b-instruct-v1:0", "llama", 9),
  mistralLarge: other("mistral.mistral-large-2407-v1:0", "mistral", 16),
  jamba: other("ai21.jamba-1-5-large-v1:0", "openai", 15),
  jurassic: other("ai21.j2-mid-v1", "ai21", 20),
  gptOss: other("openai.gpt-oss-120b-1:0", "openai", 8),
  gptOssSmall: other("openai.gpt-oss-20b-1:0", "openai", 6),
  deepseek: other("deepseek.r1-v1:0", "openai", 18),
  stableImage: other("stability.sd3-5-large-v1:0", "media", 0),
} as const satisfies Record<string, Model>;
export type ModelName = keyof typeof models;

/** Where a cross-region profile may run a call, nearest first. */
const destinations: Readonly<Record<string, readonly string[]>> = {
  us: ["us-east-1", "us-east-2", "us-west-2"],
  eu: ["eu-central-1", "eu-west-1", "eu-west-3", "eu-north-1"],
  jp: ["ap-northeast-1", "ap-northeast-3"],
  apac: ["ap-northeast-1", "ap-southeast-1", "ap-southeast-2", "ap-south-1"],
  global: ["us-east-1", "us-west-2", "eu-west-1", "eu-central-1", "ap-northeast-1", "ap-southeast-2", "ca-central-1"],
};

export type Geo = "global" | "us" | "eu" | "jp" | "apac";

/** Opaque names of the organisation's own resources, by kind. */
type OwnKind =
  | "application-inference-profile"
  | "provisioned-model"
  | "custom-model-deployment"
  | "custom-model"
  | "imported-model"
  | "default-prompt-router"
  | "prompt"
  | "endpoint";

/** How a caller names a model: bare, through a system profile, or by an ARN of its own. */
export type Name =
  | { readonly by: "id" }
  | { readonly by: "profile"; readonly geo: Geo }
  | { readonly by: "own"; readonly kind: OwnKind; readonly id: string; readonly geo?: Geo };

export const byId: Name = { by: "id" };
export const through = (geo: Geo): Name => ({ by: "profile", geo });

function ownArn(accountId: string, region: string, kind: OwnKind, id: string): string {
  const service = kind === "endpoint" ? "sagemaker" : "bedrock";
  return `arn:aws:${service}:${region}:${accountId}:${kind}/${id}`;
}

/**
 * The model as the record names it. InvokeModel* logs the full ARN of a profile, Converse* what the caller sent.
 * Where `Name` is the model's id, no `inferenceRegion` is recorded.
 */
export function modelUse(
  name: ModelName,
  how: Name,
  at: { readonly accountId: string; readonly region: string; readonly converse: boolean },
): ModelUse {
  const { base, family, caches } = models[name];
  const known = { base, family, caches };
  if (how.by === "id") return { ...known, modelId: base, destinations: [] };
  if (how.by === "profile") {
    const id = `${how.geo}.${base}`;
    const arn = `arn:aws:bedrock:${at.region}:${at.accountId}:inference-profile/${id}`;
    return { ...known, modelId: at.converse ? id : arn, destinations: near(how.geo, at.region) };
  }
  const reach = how.geo === undefined ? [] : near(how.geo, at.region);
  return { ...known, modelId: ownArn(at.accountId, at.region, how.kind, how.id), destinations: reach };
}

const near = (geo: Geo, region: string): string[] => {
  const all = destinations[geo] ?? [];
  return [...all.filter((name) => name === region), ...all.filter((name) => name !== region)];
};
