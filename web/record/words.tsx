import type { ActorClass, GuardrailOutcome, InvocationStatus } from "../../server/domain/invocation.ts";
import { nameOf } from "../names.ts";
import { Icon, type IconName } from "../ui/icon.tsx";

const looks: Readonly<Record<InvocationStatus, { readonly verdict: string; readonly icon: IconName }>> = {
  success: { verdict: "pass", icon: "pass" },
  blocked: { verdict: "waived", icon: "guardrails" },
  "client-error": { verdict: "na", icon: "exclude" },
  "server-error": { verdict: "na", icon: "fail" },
  throttled: { verdict: "na", icon: "progress" },
  "other-error": { verdict: "na", icon: "fail" },
  unknown: { verdict: "unknown", icon: "unknown" },
};

/** How a call ended. An error is a fact of the caller's day, not an alarm: only what is not known is loud. */
export function StatusBadge({ status }: { status: InvocationStatus }) {
  const { verdict, icon } = looks[status];
  return (
    <span className="verdict" data-v={verdict}>
      <Icon name={icon} />
      {nameOf("status", status)}
    </span>
  );
}

const outcomes: Readonly<Record<GuardrailOutcome, string>> = {
  blocked: "Blocked",
  masked: "Masked",
  intervened: "Intervened",
  detected: "Detected",
  passed: "Passed",
  "no-evidence": "No evidence",
};

/** "No evidence" is never "no guardrail". */
export function guardrailWord(outcome: GuardrailOutcome | null): string {
  return outcome === null ? "Not known" : outcomes[outcome];
}

const classes: Readonly<Record<ActorClass, string>> = {
  root: "Root user",
  "bedrock-api-key": "Bedrock API key",
  "iam-user": "IAM user",
  federated: "Federated user",
  "sso-human": "Person, by IAM Identity Center",
  "aws-service": "AWS service",
  instance: "EC2 instance",
  lambda: "Lambda function",
  role: "Role",
  unknown: "Not known",
};

export function classWord(actorClass: ActorClass): string {
  return classes[actorClass];
}
