import { callerActions, publisherActions, regionActions } from "../server/aws/permissions.ts";
import { publisherPolicy } from "../server/aws/role-policies.ts";
import { selectControls } from "../server/check.ts";
import type { Config } from "../server/config.ts";
import { callsOf } from "../server/controls/calls-of.ts";
import { controls as allControls } from "../server/controls/list.ts";
import { factsOf } from "../server/controls/judge.ts";
import { defaultPolicy } from "../server/controls/policy.ts";
import { visibleText } from "../server/domain/visible-text.ts";
import { UserError } from "../server/lib/errors.ts";
import type { Asked } from "./check-asked.ts";

/** What a run would ask of AWS, with which permissions, and what it would ask of the answers. */
export function dryRunText({ controls, policy }: Asked, { aws, publish }: Config, publishes: boolean): string {
  const asked = callsOf(factsOf(selectControls(controls, policy.settings)));
  const calls = asked.map(({ action, operation, service }) => `${service} ${operation} (${action})`);
  const actions = [...new Set([...regionActions, ...asked.map(({ action }) => action)])];
  return [
    `policy ${policy.name}:`,
    JSON.stringify(policy.settings, null, 2),
    `controls: ${controls.join(", ")}`,
    "",
    "AWS calls by the caller itself; none is made now:",
    ...["sts:GetCallerIdentity", ...callerCalls(aws)].map((action) => `  ${action.replace(":", " ")} (${action})`),
    "AWS calls in each account:",
    ...regionActions.map((action) => `  ${action.replace(":", " ")} (${action})`),
    "AWS calls in each account and region in scope:",
    ...calls.map((call) => `  ${call}`),
    "",
    "IAM policy of the audit role for these calls:",
    JSON.stringify(iamPolicy(actions), null, 2),
    ...(publishes ? publishing(publish.securityHub.roleName) : []),
    "",
  ]
    .map((part) => part.split("\n").map(visibleText).join("\n"))
    .join("\n");
}

function publishing(roleName: string): readonly string[] {
  return [
    `AWS calls by role ${roleName} in each account:`,
    ...publisherActions.map((action) => `  ${action.replace(":", " ")} (${action})`),
    `IAM policy of role ${roleName}:`,
    JSON.stringify(publisherPolicy({ partition: "aws", account: "ACCOUNT" }), null, 2),
  ];
}

function callerCalls({ accounts, organization }: Config["aws"]): readonly string[] {
  const needed: Readonly<Record<string, boolean>> = {
    "organizations:ListAccounts": organization,
    "sts:AssumeRole": organization || accounts.length > 0,
  };
  return callerActions.filter((action) => needed[action] ?? true);
}

/** Objects are listed in the folders of the logs alone. */
const listing = "s3:ListBucket";
const logFolders = { StringLike: { "s3:prefix": "*AWSLogs/*/BedrockModelInvocationLogs/*" } };

function iamPolicy(actions: readonly string[]) {
  const Action = actions.filter((action) => action !== listing).toSorted();
  const facts = { Sid: "Facts", Effect: "Allow", Action, Resource: "*" };
  const delivery = { Sid: "Delivery", Effect: "Allow", Action: listing, Resource: "*", Condition: logFolders };
  return { Version: "2012-10-17", Statement: actions.includes(listing) ? [facts, delivery] : [facts] };
}

/** Every control, a line each. */
export function listText(): string {
  return allControls.map(({ id, severity, title }) => `${id}  ${severity}  ${title}\n`).join("");
}

/** What a control asks, and why; throws `UserError` for one that is none. */
export function explainText(id: string): string {
  const [found] = selectControls([id], defaultPolicy);
  if (found === undefined) throw new UserError(`${visibleText(id)} is no control`, "Try --list-controls.");
  const { mayUse, requires, severity, title, why } = found;
  const actions = new Set(callsOf([...requires, ...mayUse]).map(({ action }) => action));
  return [
    `${title} (${id}, ${severity})`,
    why,
    `needs: ${requires.join(", ")}; may use: ${mayUse.join(", ")}`,
    `IAM actions: ${[...actions].toSorted().join(", ")}`,
    "",
  ].join("\n");
}
