import { GetInferenceProfileCommand } from "@aws-sdk/client-bedrock";
import type { AwsAccount } from "./clients.ts";
import { required } from "./pages.ts";

/** ARNs of the foundation models that an inference profile calls: at most 5. Its owner's region alone knows it, and not after deletion. */
export async function modelsBehind(
  account: AwsAccount,
  region: string,
  profileArn: string,
): Promise<readonly string[]> {
  const command = new GetInferenceProfileCommand({ inferenceProfileIdentifier: profileArn });
  const { models } = await account.bedrock(region).send(command);
  return required(models, "models").map(({ modelArn }) => required(modelArn, "modelArn"));
}
