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

/** An assumed role's keys: they name the account and the role, and nothing else. */
export function assumedKey(accountId: string, role: string): string {
  return `${assumed}${accountId}${role}`;
}

export interface Caller {
  readonly account: SimulatedAccount;
  /** Name of the role that was assumed; null for the account's own keys. */
  readonly role: string | null;
}

const key = new RegExp(`^(?:${own}|${assumed})(\\d{12})(.*)$`);

/** Whose keys they are; null for keys of nobody. */
export function callerOf(world: World, accessKeyId: string): Caller | null {
  const [, accountId, role = ""] = key.exec(accessKeyId) ?? [];
  const account = world.accounts.find(({ id }) => id === accountId);
  return account === undefined ? null : { account, role: accessKeyId.startsWith(assumed) ? role : null };
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
    ["bedrock", "account", "securityhub"].includes(service) ? 403 : 400,
    "UnrecognizedClientException",
    message,
  );
}
