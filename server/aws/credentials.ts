import { AssumeRoleCommand, type STSClient } from "@aws-sdk/client-sts";
import type { Clock } from "../lib/clock.ts";

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

export type CredentialsProvider = () => Promise<Credentials>;

/** Keys are renewed this long before they end. */
const renewBeforeMs = 5 * 60_000;

/** One request for all who ask at once; the answer is kept until shortly before it ends. */
export function renewing(fetch: CredentialsProvider, clock: Clock): CredentialsProvider {
  let current: Promise<Credentials> | null = null;
  let renewAt = Infinity;
  return async () => {
    if (current !== null && clock() < renewAt) return current;
    renewAt = Infinity;
    current = fetch();
    try {
      const { expiration } = await current;
      renewAt = expiration === undefined ? Infinity : expiration.getTime() - renewBeforeMs;
    } catch (error) {
      current = null;
      throw error;
    }
    return current;
  };
}

export interface Role {
  readonly arn: string;
  readonly externalId: string | null;
  readonly sessionName: string;
}

export async function assumeRole(sts: STSClient, { arn, externalId, sessionName }: Role): Promise<Credentials> {
  const { Credentials: keys } = await sts.send(
    new AssumeRoleCommand({
      RoleArn: arn,
      RoleSessionName: sessionName,
      DurationSeconds: 3_600,
      ...(externalId === null ? {} : { ExternalId: externalId }),
    }),
  );
  if (keys?.AccessKeyId === undefined || keys.SecretAccessKey === undefined)
    throw new Error("AssumeRole answered without keys");
  return {
    accessKeyId: keys.AccessKeyId,
    secretAccessKey: keys.SecretAccessKey,
    ...(keys.SessionToken === undefined ? {} : { sessionToken: keys.SessionToken }),
    ...(keys.Expiration === undefined ? {} : { expiration: keys.Expiration }),
  };
}
