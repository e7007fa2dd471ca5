import type { EndpointType } from "../domain/invocation.ts";
import { memo } from "../lib/memo.ts";
import { geographies } from "../domain/geographies.ts";

/** What the text of a model id says by itself. */
export interface ModelId {
  readonly endpointType: EndpointType;
  /** Base model id without geography and context variant; null behind an opaque ARN. */
  readonly model: string | null;
  readonly provider: string | null;
  /** Prefix of the profile. */
  readonly geo: string | null;
  /** Of an opaque ARN: its resource after the first `/`. */
  readonly resourceId: string | null;
  /** Region of the ARN; null without. */
  readonly arnRegion: string | null;
  readonly anomalies: readonly string[];
}

const providers = new Set(
  (
    "ai21 amazon anthropic cohere deepseek google luma meta minimax mistral moonshot moonshotai nvidia openai qwen " +
    "stability twelvelabs writer xai zai"
  ).split(" "),
);
const geos = new Set(["global", ...geographies.map(({ geo }) => geo)]);

const unknownForm: ModelId = {
  endpointType: "unknown",
  model: null,
  provider: null,
  geo: null,
  resourceId: null,
  arnRegion: null,
  anomalies: ["unknown-model-form"],
};

const opaqueTypes: ReadonlyMap<string, EndpointType> = new Map([
  ["application-inference-profile", "application-profile"],
  ["provisioned-model", "provisioned"],
  ["custom-model-deployment", "custom"],
  ["custom-model", "custom"],
  ["imported-model", "imported"],
  ["prompt-router", "router"],
  ["default-prompt-router", "router"],
]);

export const parseModelId = memo((modelId: string): ModelId =>
  modelId.startsWith("arn:") ? parseArn(modelId) : parseId(modelId),
);

function parseArn(arn: string): ModelId {
  // An id may hold `:` itself: only the first five part the ARN.
  const [, , service, region = "", account] = arn.split(":", 5);
  if (account === undefined) return unknownForm;
  const resource = arn.slice(arn.split(":", 5).join(":").length + 1);
  const slash = resource.indexOf("/");
  const type = slash === -1 ? resource : resource.slice(0, slash);
  const id = slash === -1 ? "" : resource.slice(slash + 1);
  if (id === "") return unknownForm;
  return { ...parseResource(service, type, id), arnRegion: region === "" ? null : region };
}

function parseResource(service: string | undefined, type: string, id: string): ModelId {
  if (service === "sagemaker" && type === "endpoint") return opaque("marketplace", id);
  if (service !== "bedrock") return { ...unknownForm, resourceId: id };
  if (type === "foundation-model") return parseId(id);
  if (type === "inference-profile") return parseProfile(id);
  if (type === "custom-model" && id.startsWith("imported/")) return opaque("imported", id);
  const endpointType = opaqueTypes.get(type);
  return endpointType === undefined ? { ...unknownForm, resourceId: id } : opaque(endpointType, id);
}

function opaque(endpointType: EndpointType, resourceId: string): ModelId {
  return { ...unknownForm, endpointType, resourceId, anomalies: [] };
}

/** A system profile. Its ARN says that it is one, also where its geography is new to us. */
function parseProfile(id: string): ModelId {
  const parsed = parseId(id);
  if (parsed.endpointType !== "in-region") return parsed;
  return { ...parsed, endpointType: "geo", anomalies: [...parsed.anomalies, "unknown-geo"] };
}

function parseId(id: string): ModelId {
  const dot = id.indexOf(".");
  const first = id.slice(0, Math.max(dot, 0));
  const rest = id.slice(dot + 1);
  if (geos.has(first)) return { ...parseBase(rest, first === "global" ? "global" : "geo"), ...geoOf(rest, first) };
  if (/^[a-z]{2,6}(-[a-z]+)?$/.test(first) && providers.has(providerOf(rest))) {
    return { ...parseBase(rest, "geo"), geo: first, anomalies: ["unknown-geo"] };
  }
  return parseBase(id, "in-region");
}

function geoOf(rest: string, geo: string): { readonly geo: string | null } {
  return { geo: providerOf(rest) === "" ? null : geo };
}

function parseBase(id: string, endpointType: EndpointType): ModelId {
  const provider = providerOf(id);
  if (provider === "" || provider.length === id.length - 1) return unknownForm;
  const anomalies = providers.has(provider) ? [] : ["unknown-provider"];
  return { ...unknownForm, endpointType, model: withoutVariant(id), provider, anomalies };
}

/** What precedes the first dot; empty without one. */
function providerOf(id: string): string {
  return id.slice(0, Math.max(id.indexOf("."), 0));
}

/** `…-v1:0:48k` is `…-v1:0` with a larger context. */
function withoutVariant(id: string): string {
  return id.split(":", 2).join(":");
}
