import { expect, test } from "vitest";
import { readPrincipal } from "../../server/normalize/principal.ts";

const iam = "arn:aws:iam::111122223333";
const sts = "arn:aws:sts::111122223333";
const uuid = "0f8fad5b-d9cb-469f-a165-70867728950e";

test.each([
  [`${iam}:root`, "root", "root", null],
  [`${iam}:user/BedrockAPIKey-x7k2`, "user/BedrockAPIKey-x7k2", "bedrock-api-key", null],
  [`${iam}:user/tools/BedrockAPIKey-x7k2`, "user/BedrockAPIKey-x7k2", "bedrock-api-key", null],
  [`${iam}:user/petra@example.com`, "user/petra@example.com", "iam-user", null],
  [`${iam}:user/team/a/petra`, "user/petra", "iam-user", null],
  [`${sts}:federated-user/petra`, "fed/petra", "federated", null],
  [
    `${sts}:assumed-role/AWSReservedSSO_Power_User_0123456789abcdef/petra@example.com`,
    "sso/Power_User/petra@example.com",
    "sso-human",
    "petra@example.com",
  ],
  [
    `${sts}:assumed-role/desk/BedrockAgents-AB12CD-${uuid}`,
    "role/desk/agent/AB12CD",
    "aws-service",
    `BedrockAgents-AB12CD-${uuid}`,
  ],
  [`${sts}:assumed-role/AmazonBedrockExecution/x`, "role/AmazonBedrockExecution", "aws-service", "x"],
  [`${sts}:assumed-role/AWSServiceRoleForThing/x`, "role/AWSServiceRoleForThing", "aws-service", "x"],
  [`${sts}:assumed-role/desk/i-0a4c19e7d2b3f8651`, "role/desk", "instance", "i-0a4c19e7d2b3f8651"],
  [`${sts}:assumed-role/desk/i-xyz`, "role/desk", "role", "i-xyz"],
  [`${sts}:assumed-role/ledgerLambdaRole/ledger`, "role/ledgerLambdaRole", "lambda", "ledger"],
  [`${sts}:assumed-role/desk/anything`, "role/desk", "role", "anything"],
  [`${sts}:assumed-role/desk`, "role/desk", "role", null],
  [`${iam}:role/path/to/desk`, "role/desk", "role", null],
  [`${iam}:group/desk`, "other/group/desk", "unknown", null],
  ["not an arn", "other/not an arn", "unknown", null],
  [null, "unknown", "unknown", null],
])("%s", (arn, principal, actorClass, sessionName) => {
  const principalKey = `111122223333/${principal}`;
  expect(readPrincipal(arn, "111122223333")).toEqual({ principalKey, principal, actorClass, sessionName });
});

test("the account of the ARN goes before that of the record", () => {
  expect(readPrincipal(`${iam}:user/petra`, "444455556666").principalKey).toBe("111122223333/user/petra");
});
