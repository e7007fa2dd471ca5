import { randomUUID } from "node:crypto";
import { type Answer, answer, AwsError, document, element, type XmlValue } from "../answer.ts";
import { refusal } from "../faults.ts";
import { assumedKey } from "../keys.ts";
import type { Call, Operation, Service } from "../operation.ts";
import { partitionOf, type SimulatedAccount } from "../world.ts";

const xmlns = "https://sts.amazonaws.com/doc/2011-06-15/";
const ROLE_ARN = /^arn:[a-z-]+:iam::(\d{12}):role\/(.+)$/;

export const sts: Service = {
  protocol: "query",
  route({ body }) {
    const parameters = new URLSearchParams(body);
    const operations: Record<string, Operation> = {
      GetCallerIdentity: {
        api: "GetCallerIdentity",
        action: "sts:GetCallerIdentity",
        resource: "",
        answer: callerIdentity,
      },
      AssumeRole: {
        api: "AssumeRole",
        action: "sts:AssumeRole",
        resource: parameters.get("RoleArn") ?? "",
        answer: (call) => assumeRole(call, parameters),
      },
    };
    return operations[parameters.get("Action") ?? ""] ?? null;
  },
};

function result(api: string, value: XmlValue): Answer {
  return answer("query", document(element(`${api}Response`, { [`${api}Result`]: value }, xmlns)));
}

function trusts(account: SimulatedAccount, role: string, parameters: URLSearchParams): boolean {
  const { assumableRoles, externalId, sessionName, state = "ACTIVE" } = account;
  const isOpen = state === "ACTIVE" || state === "PENDING_CLOSURE";
  const wanted = { ExternalId: externalId, RoleSessionName: sessionName };
  const isGiven = Object.entries(wanted).every(
    ([name, value]) => value === undefined || parameters.get(name) === value,
  );
  return isOpen && assumableRoles.includes(role) && isGiven;
}

function callerIdentity({ caller: { account, role } }: Call): Answer {
  const session = `arn:${partitionOf(account)}:sts::${account.id}:assumed-role/${role}/bedrock-audit`;
  const arn = role === null ? account.callerArn : session;
  return result("GetCallerIdentity", { Arn: arn, UserId: "SIMULATED", Account: account.id });
}

function assumeRole({ world, caller, now }: Call, parameters: URLSearchParams): Answer {
  const [, accountId = "", role = ""] = ROLE_ARN.exec(parameters.get("RoleArn") ?? "") ?? [];
  const account = world.accounts.find(({ id }) => id === accountId);
  if (account === undefined || !trusts(account, role, parameters))
    throw refusal("sts", `User: ${caller.account.callerArn} is not authorized to perform: sts:AssumeRole`);
  const seconds = Number(parameters.get("DurationSeconds") ?? 3_600);
  if (!(seconds >= 900 && seconds <= 43_200))
    throw new AwsError(400, "ValidationError", "DurationSeconds is out of range.");
  const session = parameters.get("RoleSessionName") ?? "";
  return result("AssumeRole", {
    Credentials: {
      AccessKeyId: assumedKey(accountId, role),
      SecretAccessKey: "simulated",
      SessionToken: randomUUID(),
      Expiration: new Date(now + seconds * 1_000),
    },
    AssumedRoleUser: {
      AssumedRoleId: `SIMULATED:${session}`,
      Arn: `arn:${partitionOf(account)}:sts::${accountId}:assumed-role/${role}/${session}`,
    },
  });
}
