import { type Answer, answer, AwsError } from "../answer.ts";
import { type Call, type Operation, page, type Service } from "../operation.ts";
import { partitionOf, type SimulatedProfile } from "../world.ts";

export const bedrock: Service = {
  protocol: "rest-json",
  route({ method, path, query }) {
    if (method !== "GET") return null;
    if (path === "/logging/modelinvocations") return operation("GetModelInvocationLoggingConfiguration", "", logging);
    if (path === "/foundation-models") return operation("ListFoundationModels", "", models);
    if (path === "/inference-profiles") return operation("ListInferenceProfiles", "", (call) => profiles(call, query));
    const [, id] = /^\/inference-profiles\/([^/]+)$/.exec(path) ?? [];
    if (id === undefined) return null;
    const name = decodeURIComponent(id);
    return operation("GetInferenceProfile", name, (call) => json(oneProfile(call, name)));
  },
};

function operation(api: string, resource: string, answer: (call: Call) => Answer): Operation {
  return { api, action: `bedrock:${api}`, resource, answer };
}

function json(value: unknown): Answer {
  return answer("rest-json", JSON.stringify(value));
}

/** An account that never put one gets `{}`. */
function logging({ here }: Call): Answer {
  return json(here.loggingConfig === null ? {} : { loggingConfig: here.loggingConfig });
}

function models({ caller, here, region }: Call): Answer {
  const modelSummaries = here.models.map((model) => ({
    modelArn: `arn:${partitionOf(caller.account)}:bedrock:${region}::foundation-model/${model.modelId}`,
    modelId: model.modelId,
    modelName: model.modelName,
    providerName: model.providerName,
    inputModalities: ["TEXT"],
    outputModalities: ["TEXT"],
    responseStreamingSupported: true,
    customizationsSupported: [],
    inferenceTypesSupported: model.inferenceTypes,
    modelLifecycle: { status: model.lifecycle },
  }));
  return json({ modelSummaries });
}

function profiles({ here }: Call, query: URLSearchParams): Answer {
  const type = query.get("type");
  const wanted = here.profiles.filter((profile) => type === null || profile.type === type);
  const { items, next } = page(wanted, Number(query.get("maxResults") ?? 100), query.get("nextToken"));
  return json({ inferenceProfileSummaries: items.map(shape), nextToken: next });
}

function oneProfile({ here }: Call, name: string): object {
  const profile = here.profiles.find(({ id, arn }) => id === name || arn === name);
  if (profile === undefined)
    throw new AwsError(404, "ResourceNotFoundException", "The inference profile was not found.");
  return shape(profile);
}

function shape({ id, arn, name, type, modelArns, createdAt }: SimulatedProfile): object {
  const created = new Date(createdAt).toISOString();
  return {
    inferenceProfileId: id,
    inferenceProfileArn: arn,
    inferenceProfileName: name,
    status: "ACTIVE",
    type,
    models: modelArns.map((modelArn) => ({ modelArn })),
    createdAt: created,
    updatedAt: created,
  };
}
