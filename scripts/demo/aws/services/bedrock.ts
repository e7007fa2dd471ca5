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
    for (const [folder, api, find] of named) {
      const id = path.startsWith(folder) ? path.slice(folder.length) : "";
      if (id === "" || id.includes("/")) continue;
      const name = decodeURIComponent(id);
      return operation(api, name, (call) => json(find(call, name)));
    }
    return null;
  },
};

/** What is asked for by its name: folder of the path, operation, answer. */
const named: readonly (readonly [folder: string, api: string, find: (call: Call, name: string) => object])[] = [
  ["/inference-profiles/", "GetInferenceProfile", oneProfile],
  ["/provisioned-model-throughput/", "GetProvisionedModelThroughput", provisioned],
  ["/custom-models/", "GetCustomModel", customModel],
  ["/model-customization/custom-model-deployments/", "GetCustomModelDeployment", deployment],
  ["/imported-models/", "GetImportedModel", importedModel],
  ["/marketplace-model/endpoints/", "GetMarketplaceModelEndpoint", marketplaceEndpoint],
];

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

const made = new Date(0).toISOString();

/** Everything here is known by its ARN, or by what ends it. */
function known<T extends { readonly arn: string }>(items: readonly T[] | undefined, name: string): T {
  const found = items?.find(({ arn }) => arn === name || arn.endsWith(`/${name}`));
  if (found === undefined) throw new AwsError(404, "ResourceNotFoundException", "The resource was not found.");
  return found;
}

function provisioned({ here }: Call, name: string): object {
  const { arn, foundationModelArn, modelArn } = known(here.ownModels?.provisioned, name);
  return {
    modelUnits: 1,
    desiredModelUnits: 1,
    provisionedModelName: arn.slice(arn.lastIndexOf("/") + 1),
    provisionedModelArn: arn,
    modelArn,
    desiredModelArn: modelArn,
    foundationModelArn,
    status: "InService",
    creationTime: made,
    lastModifiedTime: made,
  };
}

function customModel({ here }: Call, name: string): object {
  const { arn, baseModelArn, name: modelName } = known(here.ownModels?.custom, name);
  return {
    modelArn: arn,
    modelName,
    ...(baseModelArn === undefined ? {} : { baseModelArn }),
    customizationType: "FINE_TUNING",
    trainingDataConfig: { s3Uri: "s3://training/data.jsonl" },
    outputDataConfig: { s3Uri: "s3://training/out/" },
    creationTime: made,
    modelStatus: "Active",
  };
}

function deployment({ here }: Call, name: string): object {
  const { arn, modelArn, name: modelDeploymentName } = known(here.ownModels?.deployments, name);
  return { customModelDeploymentArn: arn, modelDeploymentName, modelArn, createdAt: made, status: "Active" };
}

function importedModel({ here }: Call, name: string): object {
  const { architecture, arn, name: modelName } = known(here.ownModels?.imported, name);
  return {
    modelArn: arn,
    modelName,
    modelDataSource: { s3DataSource: { s3Uri: "s3://weights/" } },
    creationTime: made,
    modelArchitecture: architecture,
    instructSupported: true,
  };
}

function marketplaceEndpoint({ here, caller, region }: Call, name: string): object {
  const { arn, modelSourceIdentifier } = known(here.ownModels?.marketplace, name);
  const executionRole = `arn:${partitionOf(caller.account)}:iam::${caller.account.id}:role/endpoint-${region}`;
  return {
    marketplaceModelEndpoint: {
      endpointArn: arn,
      modelSourceIdentifier,
      status: "REGISTERED",
      createdAt: made,
      updatedAt: made,
      endpointConfig: { sageMaker: { initialInstanceCount: 1, instanceType: "ml.g5.2xlarge", executionRole } },
      endpointStatus: "InService",
    },
  };
}
