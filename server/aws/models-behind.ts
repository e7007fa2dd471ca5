import {
  GetInferenceProfileCommand,
  type InferenceProfileModel,
  ListInferenceProfilesCommand,
} from "@aws-sdk/client-bedrock";
import type { AwsAccount } from "./clients.ts";
import { pagesOf, required } from "./pages.ts";

/** ARNs of the foundation models that an inference profile calls: at most 5. Its owner's region alone knows it, and not after deletion. */
export async function modelsBehind(
  account: AwsAccount,
  region: string,
  profileArn: string,
): Promise<readonly string[]> {
  const command = new GetInferenceProfileCommand({ inferenceProfileIdentifier: profileArn });
  const { models } = await account.bedrock(region).send(command);
  return modelArnsOf(models);
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
