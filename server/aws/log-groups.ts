import {
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  GetDataProtectionPolicyCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { orNull } from "./bucket-settings.ts";
import { describe } from "./classify.ts";
import type { AwsAccount } from "./clients.ts";
import { pagesOf, periodOrNull, required, timeOrNull } from "./pages.ts";
import { jsonObject, keepRawAnswer, UnreadableAnswer } from "./raw-answer.ts";

export interface LogGroup {
  readonly name: string;
  /** null: never expires. */
  readonly retentionInDays: number | null;
  readonly logGroupClass: string | null;
  readonly createdAt: number | null;
  /** null: AWS's own key. */
  readonly kmsKeyId: string | null;
  /** null: AWS did not say. */
  readonly deletionProtected: boolean | null;
  /** Whether a bearer token alone may write to it; null: AWS did not say. */
  readonly bearerToken: boolean | null;
  /** Of the account, where one decides how long the group keeps; null: it decides itself. */
  readonly retentionPolicy: string | null;
}

/** The group of exactly this name; null if there is none. Asked by prefix: a search by pattern would leave the retention out. */
export async function findLogGroup(account: AwsAccount, region: string, name: string): Promise<LogGroup | null> {
  const client = account.logs(region);
  const fetch = (token: string | undefined) =>
    client.send(
      new DescribeLogGroupsCommand({ logGroupNamePrefix: name, ...(token === undefined ? {} : { nextToken: token }) }),
    );
  for await (const { logGroups } of pagesOf(fetch, ({ nextToken }) => nextToken)) {
    const found = required(logGroups, "logGroups").find(({ logGroupName }) => logGroupName === name);
    if (found !== undefined)
      return {
        name,
        retentionInDays: periodOrNull(found.retentionInDays, "retentionInDays"),
        logGroupClass: found.logGroupClass ?? null,
        createdAt: timeOrNull(found.creationTime, "creationTime"),
        kmsKeyId: found.kmsKeyId ?? null,
        deletionProtected: found.deletionProtectionEnabled ?? null,
        bearerToken: found.bearerTokenAuthenticationEnabled ?? null,
        retentionPolicy: found.retentionPolicyName ?? null,
      };
  }
  return null;
}

/** Whether a policy masks parts of what the group holds. */
export async function hasDataProtection(account: AwsAccount, region: string, name: string): Promise<boolean> {
  const command = new GetDataProtectionPolicyCommand({ logGroupIdentifier: name });
  const raw = keepRawAnswer(command);
  const answer = await orNull("ResourceNotFoundException", account.logs(region).send(command));
  if (answer === null) return false;
  // A group without one is answered without a document: only the answer itself tells that from none at all.
  const { policyDocument } = jsonObject(raw());
  if (policyDocument === undefined || policyDocument === null) return false;
  if (typeof policyDocument !== "string") throw new UnreadableAnswer("The policy is no text.");
  return policyDocument !== "";
}

/** When a group's streams of this name last took in an event, in milliseconds; null: never, or there is no such group. */
export async function lastIngestion(
  account: AwsAccount,
  region: string,
  group: string,
  stream: string,
): Promise<number | null> {
  const client = account.logs(region);
  const question = { logGroupName: group, logStreamNamePrefix: stream };
  const fetch = (token: string | undefined) =>
    client.send(new DescribeLogStreamsCommand(token === undefined ? question : { ...question, nextToken: token }));
  let last: number | null = null;
  try {
    for await (const { logStreams } of pagesOf(fetch, ({ nextToken }) => nextToken))
      for (const { lastIngestionTime } of required(logStreams, "logStreams")) {
        const time = timeOrNull(lastIngestionTime, "lastIngestionTime");
        if (time !== null) last = Math.max(last ?? 0, time);
      }
  } catch (error) {
    if (describe(error).code !== "ResourceNotFoundException") throw error;
  }
  return last;
}
