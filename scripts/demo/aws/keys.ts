import { AwsError } from "./answer.ts";
import type { SimulatedAccount, World } from "./world.ts";

const own = "SIMULATED";
const assumed = "ASSUMED";

/** Keys of an account of the simulated AWS. They are no secret: any signature passes. */
export function simulatedCredentials(accountId: string): {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
} {
  return { accessKeyId: `${own}${accountId}`, secretAccessKey: "simulated" };
}

/** An assumed role's keys: they name the account, and nothing else. */
export function assumedKey(accountId: string): string {
  return `${assumed}${accountId}`;
}

export interface Caller {
  readonly account: SimulatedAccount;
  readonly assumed: boolean;
}

/** Whose keys they are; null for keys of nobody. */
export function callerOf(world: World, accessKeyId: string): Caller | null {
  const account = world.accounts.find(({ id }) => [`${own}${id}`, `${assumed}${id}`].includes(accessKeyId));
  return account === undefined ? null : { account, assumed: accessKeyId.startsWith(assumed) };
}

/** One region's services refuse, so does AWS: keys that it does not know, and keys of an account for which it is off. */
export function unknownKeys(service: string): AwsError {
  const message = "The security token included in the request is invalid.";
  if (service === "sts" || service === "iam") return new AwsError(403, "InvalidClientTokenId", message);
  if (service === "s3")
    return new AwsError(403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist.");
  if (service === "ec2")
    return new AwsError(401, "AuthFailure", "AWS was not able to validate the provided credentials.");
  return new AwsError(
    service === "bedrock" || service === "account" ? 403 : 400,
    "UnrecognizedClientException",
    message,
  );
}
