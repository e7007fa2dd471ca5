import { selectControls } from "../server/check.ts";
import type { Config } from "../server/config.ts";
import { collectors } from "../server/controls/collectors/list.ts";
import { controls as allControls } from "../server/controls/list.ts";
import type { FactCall } from "../server/controls/facts.ts";
import { factsOf } from "../server/controls/judge.ts";
import { defaultPolicy } from "../server/controls/policy.ts";
import { visibleText } from "../server/domain/visible-text.ts";
import { UserError } from "../server/lib/errors.ts";
import type { Asked } from "./check-asked.ts";

/** `action` null: it needs no permission. */
type Call = Omit<FactCall, "action"> & { readonly action: string | null };

/** Asked once, or once an account: who we are, and which regions are on. */
const ofScope: readonly Call[] = [
  { service: "sts", operation: "GetCallerIdentity", action: null },
  { service: "account", operation: "ListRegions", action: "account:ListRegions" },
];

/** What a run would ask of AWS, with which permissions, and what it would ask of the answers. */
export function dryRunText({ controls, policy }: Asked, { aws }: Config): string {
  const chosen = selectControls(controls, policy.settings);
  const facts = factsOf(chosen).flatMap((fact) => collectors[fact].calls);
  const calls = [...ofScope, ...facts].map(
    ({ action, operation, service }) => `  ${service} ${operation}${action === null ? "" : ` (${action})`}`,
  );
  const others =
    aws.accounts.length === 0 ? [] : [`  sts AssumeRole (sts:AssumeRole on role ${aws.roleName} of other accounts)`];
  return [
    `policy ${policy.name}:`,
    JSON.stringify(policy.settings, null, 2),
    `controls: ${controls.join(", ")}`,
    "",
    "AWS calls in each account and region in scope; none is made now:",
    ...new Set([...calls, ...others]),
    "",
    "IAM policy of the audit role for these calls:",
    JSON.stringify(iamPolicy([...ofScope, ...facts]), null, 2),
    "",
  ]
    .map((part) => part.split("\n").map(visibleText).join("\n"))
    .join("\n");
}

function iamPolicy(calls: readonly Call[]) {
  const actions = new Set(calls.flatMap(({ action }) => (action === null ? [] : [action])));
  return {
    Version: "2012-10-17",
    Statement: [{ Sid: "Facts", Effect: "Allow", Action: [...actions].toSorted(), Resource: "*" }],
  };
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
  const actions = new Set(
    [...requires, ...mayUse].flatMap((fact) => collectors[fact].calls.map(({ action }) => action)),
  );
  return [
    `${title} (${id}, ${severity})`,
    why,
    `needs: ${requires.join(", ")}; may use: ${mayUse.join(", ")}`,
    `IAM actions: ${[...actions].toSorted().join(", ")}`,
    "",
  ].join("\n");
}
