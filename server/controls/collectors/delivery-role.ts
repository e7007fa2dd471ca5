import { type DeliveryRole, isUnreadable, type PolicyDocument, type Unreadable } from "../facts.ts";
import { type Ask, call, type Collector, ContradictoryFacts, UnsoundAnswer } from "./collector.ts";

const getRole = call("iam", "GetRole");
const listInline = call("iam", "ListRolePolicies");
const getInline = call("iam", "GetRolePolicy");
const listAttached = call("iam", "ListAttachedRolePolicies");
const getPolicy = call("iam", "GetPolicy");
const getVersion = call("iam", "GetPolicyVersion");

/** The role that Bedrock writes to the log group with: who may assume it, and what it may do. */
export const deliveryRole: Collector<"deliveryRole"> = {
  fact: "deliveryRole",
  calls: [getRole, listInline, getInline, listAttached, getPolicy, getVersion],
  restsOn: ["loggingConfig"],
  async collect(ask) {
    const config = await ask.fact("loggingConfig");
    if (isUnreadable(config)) return config;
    const arn = config.cloudWatch?.roleArn ?? null;
    return arn === null ? null : roleOf(ask, arn);
  },
};

async function roleOf(ask: Ask, arn: string): Promise<DeliveryRole | Unreadable> {
  const { attempt, reads, target } = ask;
  const name = roleName(arn, target.account);
  const role = await attempt(
    "deliveryRole",
    getRole,
    async () => {
      if (name === null) throw new UnsoundAnswer("the role is none of this account");
      const found = await reads.role(name);
      // A name is there once in an account, under one path.
      if (found !== null && found.arn !== arn) throw new ContradictoryFacts("the role has another ARN");
      return found;
    },
    (found) => ({ used: found === null ? { arn, exists: false } : { exists: true, ...found } }),
  );
  if (isUnreadable(role)) return role;
  if (role === null || name === null) return { arn, exists: false };
  const [inline, attached, boundary] = await Promise.all([
    inlinePolicies(ask, name),
    attachedPolicies(ask, name),
    role.boundaryArn === null ? null : managedPolicy(ask, "deliveryRole.boundary", role.boundaryArn),
  ]);
  const policies = isUnreadable(inline) ? inline : isUnreadable(attached) ? attached : [...inline, ...attached];
  return { arn, exists: true, trust: role.trust, policies, boundary };
}

/** The last part of the ARN; null: it is no role's, or of another account. */
function roleName(arn: string, account: string): string | null {
  const [, owner, name] = /^arn:[a-z-]+:iam::(\d{12}):role\/(?:[^/]+\/)*([^/]+)$/.exec(arn) ?? [];
  return owner === account && name !== undefined ? name : null;
}

async function inlinePolicies({ attempt, reads }: Ask, role: string): Promise<readonly PolicyDocument[] | Unreadable> {
  const names = await attempt(
    "deliveryRole.inlineNames",
    listInline,
    () => reads.inlinePolicyNames(role),
    (found) => ({ used: { role, names: found } }),
  );
  if (isUnreadable(names) || names.length === 0) return names as Unreadable | readonly [];
  return attempt(
    "deliveryRole.inline",
    getInline,
    () => Promise.all(names.map((name) => reads.inlinePolicy(role, name))),
    (policies) => ({ used: { role, policies } }),
  );
}

async function attachedPolicies(ask: Ask, role: string): Promise<readonly PolicyDocument[] | Unreadable> {
  const { attempt, reads } = ask;
  const arns = await attempt(
    "deliveryRole.attachedArns",
    listAttached,
    () => reads.attachedPolicies(role),
    (found) => ({ used: { role, arns: found } }),
  );
  if (isUnreadable(arns)) return arns;
  const policies: PolicyDocument[] = [];
  for (const [at, arn] of arns.entries()) {
    const policy = await managedPolicy(ask, `deliveryRole.attached${at}`, arn);
    if (isUnreadable(policy)) return policy;
    policies.push(policy);
  }
  return policies;
}

/** The version of a policy that is in force. */
async function managedPolicy({ attempt, reads }: Ask, fact: string, arn: string): Promise<PolicyDocument | Unreadable> {
  const version = await attempt(
    `${fact}Version`,
    getPolicy,
    () => reads.policyVersionInForce(arn),
    (found) => ({ used: { arn, version: found } }),
  );
  if (isUnreadable(version)) return version;
  return attempt(
    fact,
    getVersion,
    () => reads.policyVersion(arn, version),
    (policy) => ({ used: { arn, version, policy } }),
  );
}
