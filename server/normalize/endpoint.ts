import { smallestGeography } from "../domain/geographies.ts";
import type { EndpointType, EndpointTypeBehind, Invocation } from "../domain/invocation.ts";
import { knownModels } from "../domain/models.ts";
import { isNamedFreely } from "./opaque-models.ts";
import { parseModelId, type ModelId } from "./model-id.ts";

/** What AWS says about an opaque ARN. */
export interface ResolvedModel {
  /**
   * ARNs of the models behind it: at most 5 of an inference profile, one for each region; of a Marketplace endpoint what it serves. Empty:
   * none has a name, as of an imported model.
   */
  readonly modelArns: readonly string[];
}

/** Looks an ARN up in what was resolved before; null: not resolved. */
export type Resolve = (arn: string) => ResolvedModel | null;

/** Model id that the operator's mapping file gives for an ARN; null: none. */
export type Mapped = (arn: string) => string | null;

export type Endpoint = Pick<
  Invocation,
  "model" | "provider" | "modelSource" | "endpointType" | "endpointTypeBehind" | "geo" | "resourceId"
>;

export interface EndpointSources {
  readonly resolve: Resolve;
  readonly mapping: Mapped;
  /** `trace.promptRouter.invokedModelId` of a Converse answer. */
  readonly invokedModelId: string | null;
  /** `model` of an Anthropic answer. */
  readonly answeredModel: string | null;
}

const none = { model: null, provider: null, modelSource: null, endpointTypeBehind: null, geo: null } as const;

/** How the model was addressed, and which model it was as far as anything says. */
export function readEndpoint(
  modelId: string | null,
  region: string,
  sources: EndpointSources,
): { readonly endpoint: Endpoint; readonly anomalies: readonly string[] } {
  if (modelId === null) return { endpoint: { ...none, endpointType: "unknown", resourceId: null }, anomalies: [] };
  const parsed = parseModelId(modelId);
  const { endpointType, resourceId, arnRegion } = parsed;
  const elsewhere = arnRegion !== null && arnRegion !== region;
  const resolved = resolveModel(modelId, parsed, sources);
  return {
    endpoint: {
      model: resolved.model ?? null,
      provider: resolved.provider ?? null,
      modelSource: resolved.modelSource ?? null,
      endpointType,
      endpointTypeBehind: resolved.endpointTypeBehind ?? null,
      geo: resolved.geo ?? null,
      resourceId,
    },
    anomalies: elsewhere ? [...parsed.anomalies, "region-mismatch"] : parsed.anomalies,
  };
}

function resolveModel(modelId: string, parsed: ModelId, sources: EndpointSources): Partial<Endpoint> {
  const { model, provider, geo, endpointType } = parsed;
  if (model !== null) return { model, provider, geo, modelSource: "id" };
  // Whatever AWS or an answer says, it has no model of Bedrock's.
  if (endpointType === "imported") return fromMapping(endpointType, sources.mapping(modelId)) ?? {};
  if (endpointType === "router") return behindRouter(sources.invokedModelId);
  return (
    behindArn(modelId, endpointType, sources.resolve(modelId)) ??
    fromMapping(endpointType, sources.mapping(modelId)) ??
    fromAnswer(sources.answeredModel)
  );
}

function behindRouter(invokedModelId: string | null): Partial<Endpoint> {
  if (invokedModelId === null) return {};
  const { model, provider, geo, endpointType } = parseModelId(invokedModelId);
  if (model === null) return {};
  return { model, provider, geo, modelSource: "router", endpointTypeBehind: asBehind(endpointType) };
}

function asBehind(type: EndpointType): EndpointTypeBehind | null {
  return type === "global" || type === "geo" || type === "in-region" ? type : null;
}

function behindArn(
  modelId: string,
  endpointType: EndpointType,
  resolved: ResolvedModel | null,
): Partial<Endpoint> | null {
  const [first] = resolved?.modelArns ?? [];
  if (resolved === null || first === undefined || first === modelId) return null;
  if (endpointType === "marketplace") return behindEndpoint(first);
  const { model, provider } = parseModelId(first);
  if (model === null) return null;
  const profile = endpointType === "application-profile" ? behindProfile(resolved.modelArns) : {};
  return { model, provider, modelSource: "api", ...profile };
}

/** The name under which SageMaker's hub lists the model: `arn:aws:sagemaker:us-east-1:aws:hub-content/<hub>/Model/<name>[/<version>]`. */
function behindEndpoint(arn: string): Partial<Endpoint> | null {
  const [, model] = /:hub-content\/[^/]+\/Model\/([^/]+)/.exec(arn) ?? [];
  return model === undefined ? null : { model, modelSource: "api" };
}

/** A profile's own id says which kind of endpoint an application profile was made of. */
function fromMapping(endpointType: EndpointType, modelId: string | null): Partial<Endpoint> | null {
  if (modelId === null) return null;
  if (isNamedFreely(endpointType)) return { model: modelId, modelSource: "mapping" };
  const { endpointType: behind, geo, model, provider } = parseModelId(modelId);
  if (model === null) return null;
  const profile = endpointType === "application-profile" ? { endpointTypeBehind: asBehind(behind), geo } : {};
  return { model, provider, modelSource: "mapping", ...profile };
}

function behindProfile(arns: readonly string[]): Partial<Endpoint> {
  const regions = [...new Set(arns.map((arn) => parseModelId(arn).arnRegion))];
  if (regions.includes(null)) return { endpointTypeBehind: "global", geo: "global" };
  if (regions.length === 1) return { endpointTypeBehind: "in-region" };
  return { endpointTypeBehind: "geo", geo: smallestGeography(regions.filter((region) => region !== null)) };
}

/** `claude-3-haiku-20240307` → `anthropic.claude-3-haiku-20240307-v1:0`. */
const modelsByAnswer: ReadonlyMap<string, string> = new Map(
  knownModels
    .filter(({ id }) => id.startsWith("anthropic."))
    .map(({ id }) => [id.slice("anthropic.".length).replace(/-v\d+(:\d+)?$/, ""), id]),
);

function fromAnswer(answeredModel: string | null): Partial<Endpoint> {
  // An answer may name the context size: `claude-3-haiku-48k-20240307`.
  const model = modelsByAnswer.get(answeredModel?.replace(/-\d+k(?=-|$)/, "") ?? "");
  return model === undefined ? {} : { model, provider: "anthropic", modelSource: "body" };
}
