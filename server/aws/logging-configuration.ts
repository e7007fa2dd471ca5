import { GetModelInvocationLoggingConfigurationCommand } from "@aws-sdk/client-bedrock";
import { type LoggingConfiguration as Said, loggingConfigurationOf } from "../domain/logging-configuration.ts";
import type { AwsAccount } from "./clients.ts";
import { jsonObject, keepRawAnswer, UnreadableAnswer } from "./raw-answer.ts";

/** What an account's region says about model invocation logging. */
export interface LoggingConfiguration extends Said {
  /** The whole answer, members that we do not know too. */
  readonly raw: Readonly<Record<string, unknown>>;
  readonly requestId: string | null;
  readonly httpStatus: number;
}

/** Throws the SDK's error, or `UnreadableAnswer`: never an empty configuration for an answer that did not come. */
export async function loggingConfiguration(account: AwsAccount, region: string): Promise<LoggingConfiguration> {
  const command = new GetModelInvocationLoggingConfigurationCommand({});
  const raw = keepRawAnswer(command);
  await account.bedrock(region).send(command);
  const answer = raw();
  const members = answer.body.trim() === "null" ? {} : jsonObject(answer);
  return { ...parseLoggingConfiguration(members), requestId: answer.requestId, httpStatus: answer.status };
}

/** `null`, `{}`, `{"loggingConfig":{}}` and `{"loggingConfig":null}` mean: not set. */
export function parseLoggingConfiguration(
  raw: Readonly<Record<string, unknown>>,
): Omit<LoggingConfiguration, "requestId" | "httpStatus"> {
  const said = loggingConfigurationOf(raw);
  if (said === null) throw new UnreadableAnswer("The logging configuration has an unknown shape.");
  return { ...said, raw };
}
