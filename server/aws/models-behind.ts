import {
  GetCustomModelCommand,
  GetCustomModelDeploymentCommand,
  GetImportedModelCommand,
  GetInferenceProfileCommand,
  GetMarketplaceModelEndpointCommand,
  GetProvisionedModelThroughputCommand,
  type InferenceProfileModel,
  ListInferenceProfilesCommand,
} from "@aws-sdk/client-bedrock";
import type { AwsAccount } from "./clients.ts";
import { pagesOf, required } from "./pages.ts";

type Lookup = (client: ReturnType<AwsAccount["bedrock"]>, arn: string) => Promise<readonly string[]>;

/** How AWS is asked for the models behind an ARN, by the service and the type of its resource. */
const lookups: ReadonlyMap<string, Lookup> = new Map<string, Lookup>([
  [
    "bedrock:application-inference-profile",
    async (client, inferenceProfileIdentifier) => {
      const { models } = await client.send(new GetInferenceProfileCommand({ inferenceProfileIdentifier }));
      return modelArnsOf(models);
    },
  ],
  [
    "bedrock:provisioned-model",
    async (client, provisionedModelId) => {
      const found = await client.send(new GetProvisionedModelThroughputCommand({ provisionedModelId }));
      return [required(found.foundationModelArn, "foundationModelArn")];
    },
  ],
  ["bedrock:custom-model", baseOfCustomModel],
  [
    "bedrock:custom-model-deployment",
    async (client, customModelDeploymentIdentifier) => {
      const command = new GetCustomModelDeploymentCommand({ customModelDeploymentIdentifier });
      const { modelArn } = await client.send(command);
      return baseOfCustomModel(client, required(modelArn, "modelArn"));
    },
  ],
  ["bedrock:imported-model", importedModel],
  [
    "sagemaker:endpoint",
    async (client, endpointArn) => {
      const { marketplaceModelEndpoint } = await client.send(new GetMarketplaceModelEndpointCommand({ endpointArn }));
      const { modelSourceIdentifier } = required(marketplaceModelEndpoint, "marketplaceModelEndpoint");
      return [required(modelSourceIdentifier, "modelSourceIdentifier")];
    },
  ],
]);

/** A model that was made from scratch has no base: then there is none. */
async function baseOfCustomModel(...[client, arn]: Parameters<Lookup>): Promise<readonly string[]> {
  if (arn.includes(":custom-model/imported/")) return importedModel(client, arn);
  const found = await client.send(new GetCustomModelCommand({ modelIdentifier: arn }));
  required(found.modelArn, "modelArn");
  return found.baseModelArn === undefined ? [] : [found.baseModelArn];
}

/** No foundation model stands behind it; that it is there is the answer. Its older ARN is no identifier to AWS. */
async function importedModel(...[client, arn]: Parameters<Lookup>): Promise<readonly string[]> {
  const modelIdentifier = arn.replace(":custom-model/imported/", ":imported-model/");
  const { modelArn } = await client.send(new GetImportedModelCommand({ modelIdentifier }));
  required(modelArn, "modelArn");
  return [];
}

/** No call to AWS explains an ARN of this form. */
class UnknownResource extends Error {
  override readonly name = "UnknownResource";
}

/**
 * ARNs of the models that are called through an opaque ARN: at most 5 of an inference profile, the base model of a custom one, what a
 * Marketplace endpoint serves; none of an imported model. Its owner's region alone knows it, and not after deletion.
 */
export async function modelsBehind(account: AwsAccount, region: string, arn: string): Promise<readonly string[]> {
  const [, , service, , , resource = ""] = arn.split(":", 6);
  const lookup = lookups.get(`${service}:${resource.split("/", 1)[0]}`);
  if (lookup === undefined) throw new UnknownResource("no call to AWS explains this ARN");
  return lookup(account.bedrock(region), arn);
}

/** All application inference profiles of a region, by ARN, with the ARNs of their models. */
export async function applicationProfiles(
  account: AwsAccount,
  region: string,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const client = account.bedrock(region);
  const pages = pagesOf(
    (nextToken) =>
      client.send(new ListInferenceProfilesCommand({ typeEquals: "APPLICATION", maxResults: 1000, nextToken })),
    ({ nextToken }) => nextToken,
  );
  const found = new Map<string, readonly string[]>();
  for await (const { inferenceProfileSummaries } of pages) {
    for (const { inferenceProfileArn, models } of required(inferenceProfileSummaries, "inferenceProfileSummaries")) {
      found.set(required(inferenceProfileArn, "inferenceProfileArn"), modelArnsOf(models));
    }
  }
  return found;
}

function modelArnsOf(models: readonly InferenceProfileModel[] | undefined): readonly string[] {
  return required(models, "models").map(({ modelArn }) => required(modelArn, "modelArn"));
}
