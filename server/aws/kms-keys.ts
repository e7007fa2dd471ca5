import type { AwsAccount } from "./clients.ts";
import { oneOf, required, requiredFlag } from "./pages.ts";
import { UnreadableAnswer } from "./raw-answer.ts";

const states = [
  "Creating",
  "Disabled",
  "Enabled",
  "PendingDeletion",
  "PendingImport",
  "PendingReplicaDeletion",
  "Unavailable",
  "Updating",
] as const;
export type KeyState = (typeof states)[number];

/** The state of a key, by its id, alias or ARN. */
export async function keyState(account: AwsAccount, region: string, keyId: string): Promise<KeyState> {
  const { DescribeKeyCommand } = await import("@aws-sdk/client-kms");
  const client = await account.kms(region);
  const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId: keyId }));
  const { Arn, Enabled, KeyId, KeyState } = required(KeyMetadata, "KeyMetadata");
  const state = oneOf(states, KeyState, "KeyState");
  const id = required(KeyId, "KeyId");
  const isOther = !keyId.includes("alias/") && keyId !== Arn && !keyId.endsWith(id);
  if (isOther) throw new UnreadableAnswer("The answer is of another key.");
  // AWS says that both go together.
  if (requiredFlag(Enabled, "Enabled") !== (state === "Enabled"))
    throw new UnreadableAnswer("The key is enabled, and is not.");
  return state;
}
