import {
  mendBucketAcls,
  mendBucketPolicy,
  mendDenial,
  mendMissingRole,
  mendRolePolicy,
  mendTrust,
} from "./access-remediation.ts";
import { bedrockSource, folderArn, logStreamArn, roleName, type RolePlace } from "./arns.ts";
import type { Context, DecidingRule } from "./control.ts";
import {
  type BucketHardening,
  type BucketPlace,
  type Delivery,
  type DeliveryHour,
  type DeliveryRole,
  type Hardening,
  isUnreadable,
  type Unreadable,
} from "./facts.ts";
import { type KnownText, type Permission, permissionOf, permissionWithin, type PolicyQuestion } from "./iam-policy.ts";
import { logFolders } from "./lifecycle-classes.ts";
import { unreadText } from "./unread-words.ts";

/** What is known of whether Bedrock may write to a store. */
export type Writability =
  | { readonly can: "yes" }
  | {
      readonly can: "no";
      readonly code: string;
      readonly reason: string;
      readonly remediation: string;
      readonly decidedBy: DecidingRule;
    }
  | { readonly can: "unknown"; readonly because: string };

const service = "bedrock.amazonaws.com";
const dayMs = 86_400_000;

/** Whether Bedrock has delivered there in the last 24 hours: what it did, it may do. */
export function deliversNow(
  delivery: Delivery | Unreadable,
  channel: "cloudWatch" | "s3" | "largeData",
  now: number,
): boolean {
  if (isUnreadable(delivery)) return false;
  const isLate = ({ successes, time }: DeliveryHour): boolean => successes > 0 && time >= now - dayMs;
  return delivery[channel].some(isLate);
}

/** Whether Bedrock can take on the role, and the role may write to the group. */
export function groupWritability(group: string, role: DeliveryRole | null | Unreadable, context: Context): Writability {
  if (role === null) return unknown("AWS did not name the role that it writes with.");
  if (isUnreadable(role)) return unknown(unreadText(role));
  const place = { role: role.arn, group, ...context };
  const name = roleName(role.arn);
  const no = (code: string, flaw: string, remediation: string, found: DecidingRule): Writability => ({
    can: "no",
    code,
    decidedBy: { role: role.arn, ...found },
    reason: `Role ${name}, which ${flaw}, does not let Bedrock write to log group ${group}.`,
    remediation,
  });
  if (!role.exists) return no("role-missing", "does not exist", mendMissingRole(place), { exists: false });
  const trust = permissionOf([role.trust], askToAssume(context));
  if (isRefused(trust))
    return no("role-untrusting", `${service} may not assume`, mendTrust(place, role.trust, trust), {
      trust: role.trust,
    });
  const write = writeOf(role, askToWrite(place));
  if (write !== null && isRefused(write))
    return no("role-cannot-write", "may not put log events there", mendRolePolicy(place, write), policiesOf(role));
  const unread = [role.policies, role.boundary].filter(isUnreadable);
  if (unread.length > 0) return unknown(unread.map(unreadText).join(" "));
  return trust === "allowed" && write === "allowed" ? { can: "yes" } : unknown(notJudged(`role ${name}`));
}

/** As far as they were read. */
function policiesOf({ boundary, policies }: Extract<DeliveryRole, { exists: true }>): DecidingRule {
  return {
    ...(isUnreadable(policies) ? {} : { policies }),
    ...(isUnreadable(boundary) || boundary === null ? {} : { boundary }),
  };
}

/** What the role's policies allow within its boundary, as far as that was read; null: neither was. */
function writeOf(role: Extract<DeliveryRole, { exists: true }>, question: PolicyQuestion): Permission | null {
  const { boundary, policies } = role;
  const own = isUnreadable(policies) ? null : permissionOf(policies, question);
  const bound = isUnreadable(boundary) ? null : boundary === null ? "allowed" : permissionOf([boundary], question);
  if (own === null) return bound;
  return bound === null ? own : permissionWithin(own, bound);
}

/** Whether the bucket lets Bedrock put records where it wants to. */
export function bucketWritability(place: BucketPlace, hardening: Hardening["s3"], context: Context): Writability {
  const { bucket } = place;
  if (hardening === null) return unknown("Its policy was not looked at.");
  if (isUnreadable(hardening)) return unknown(unreadText(hardening));
  const { ownership, policy } = hardening;
  const no = (who: string, remediation: string, found: DecidingRule): Writability => ({
    can: "no",
    code: "policy-denies",
    decidedBy: { bucket, ...found },
    reason: `${who} does not let Bedrock write to bucket ${bucket}.`,
    remediation,
  });
  if (!isUnreadable(ownership) && ownership !== "BucketOwnerEnforced")
    return no(`The policy of bucket ${bucket}, whose ACLs are on,`, mendBucketAcls(bucket), { ownership });
  const put = isUnreadable(policy) ? null : putTo(place, policy, context);
  if (put === "denied") return no(`The policy of bucket ${bucket}`, mendDenial(bucket), { policy });
  if (put === "not-allowed")
    return no(
      policy === null ? `Bucket ${bucket}, which has no policy,` : `The policy of bucket ${bucket}`,
      mendBucketPolicy(place, isUnreadable(policy) ? null : policy, context),
      { policy },
    );
  const unread = [policy, ownership].filter(isUnreadable);
  if (unread.length > 0) return unknown(unread.map(unreadText).join(" "));
  return put === "allowed" ? { can: "yes" } : unknown(notJudged(`bucket ${bucket}`));
}

/** Where it is not documented how a folder is written, the answers must agree. */
function putTo(
  { bucket, prefix }: BucketPlace,
  policy: Exclude<BucketHardening["policy"], Unreadable>,
  context: Context,
): Permission {
  const { account, region } = context;
  const answers = logFolders(prefix, account, region).map((folder) =>
    permissionOf(policy === null ? [] : [policy], {
      service,
      action: "s3:PutObject",
      resource: { text: folderArn(bucket, folder, region), open: true },
      context: serviceContext(context),
    }),
  );
  const [first = "unsure", ...others] = answers;
  return others.every((other) => other === first) ? first : "unsure";
}

function isRefused(permission: Permission): permission is "denied" | "not-allowed" {
  return permission === "denied" || permission === "not-allowed";
}

function unknown(because: string): Writability {
  return { can: "unknown", because };
}

function notJudged(whose: string): string {
  return `What the policies of ${whose} say hangs on something that is not judged here.`;
}

function askToAssume(context: Context): PolicyQuestion {
  return { service, action: "sts:AssumeRole", resource: null, context: serviceContext(context) };
}

function askToWrite(place: RolePlace): PolicyQuestion {
  return {
    service: null,
    action: "logs:PutLogEvents",
    resource: exactly(logStreamArn(place)),
    context: new Map([["aws:securetransport", exactly("true")]]),
  };
}

/** What AWS says of each call that Bedrock makes in its own name. */
function serviceContext(context: Context): PolicyQuestion["context"] {
  return new Map<string, KnownText>([
    ["aws:sourceaccount", exactly(context.account)],
    ["aws:sourcearn", { text: bedrockSource(context), open: true }],
    ["aws:securetransport", exactly("true")],
    ["aws:principalisawsservice", exactly("true")],
    ["aws:principalservicename", exactly(service)],
  ]);
}

function exactly(text: string): KnownText {
  return { text, open: false };
}
