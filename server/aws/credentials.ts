import { AssumeRoleCommand, type STSClient } from "@aws-sdk/client-sts";
import type { Clock } from "../lib/clock.ts";

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

export type CredentialsProvider = () => Promise<Credentials>;

/** Keys that can be had anew before their time. */
export interface RenewableCredentials {
  readonly provide: CredentialsProvider;
  /** AWS says that these have expired. Others, which somebody has had since, are left alone. */
  readonly renew: (stale: Credentials) => Promise<void>;
}

/** Keys are renewed this long before they end. */
const renewBeforeMs = 5 * 60_000;

/** One request for all who ask at once; the answer is kept until shortly before it ends. */
export function renewing(fetch: CredentialsProvider, clock: Clock): RenewableCredentials {
  let current: Promise<Credentials> | null = null;
  let renewAt = Infinity;
  async function provide(): Promise<Credentials> {
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
  }
  return {
    provide,
    async renew({ accessKeyId, sessionToken }) {
      const held = await current;
      if (held?.accessKeyId === accessKeyId && held.sessionToken === sessionToken) current = null;
    },
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
