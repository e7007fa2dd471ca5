import { type Answer, answer, AwsError, document, element, type XmlValue } from "../answer.ts";
import { type Call, type Operation, page, type Service } from "../operation.ts";
import type { SimulatedPolicy, SimulatedRole } from "../world.ts";

const xmlns = "https://iam.amazonaws.com/doc/2010-05-08/";
const created = new Date("2024-01-01T00:00:00Z");
/** The one version that a policy has here. */
const version = "v1";

type Read = (call: Call, parameters: URLSearchParams) => XmlValue;

const reads = new Map<string, { readonly subject: "RoleName" | "PolicyArn" | "PolicySourceArn"; readonly read: Read }>([
  ["GetRole", { subject: "RoleName", read: getRole }],
  ["GetRolePolicy", { subject: "RoleName", read: getRolePolicy }],
  ["ListRolePolicies", { subject: "RoleName", read: listRolePolicies }],
  ["ListAttachedRolePolicies", { subject: "RoleName", read: listAttachedRolePolicies }],
  ["GetPolicy", { subject: "PolicyArn", read: getPolicy }],
  ["GetPolicyVersion", { subject: "PolicyArn", read: getPolicyVersion }],
  ["SimulatePrincipalPolicy", { subject: "PolicySourceArn", read: simulatePrincipalPolicy }],
]);

export const iam: Service = {
  protocol: "query",
  route({ body }): Operation | null {
    const parameters = new URLSearchParams(body);
    const api = parameters.get("Action") ?? "";
    const known = reads.get(api);
    if (known === undefined) return null;
    const { read, subject } = known;
    return {
      api,
      action: `iam:${api}`,
      resource: parameters.get(subject) ?? "",
      answer: (call) => result(api, read(call, parameters)),
    };
  },
};

function result(api: string, value: XmlValue): Answer {
  const content = { [`${api}Result`]: value, ResponseMetadata: { RequestId: "simulated" } };
  return answer("query", document(element(`${api}Response`, content, xmlns)));
}

/** Documents travel as they would in a URL. */
function encoded(policy: object): string {
  return encodeURIComponent(JSON.stringify(policy));
}

function roleOf({ caller }: Call, parameters: URLSearchParams): SimulatedRole {
  const name = parameters.get("RoleName") ?? "";
  const role = caller.account.roles?.find((role) => role.name === name);
  if (role === undefined) throw absent(`The role with name ${name} cannot be found.`);
  return role;
}

function policyOf({ caller }: Call, parameters: URLSearchParams): SimulatedPolicy {
  const arn = parameters.get("PolicyArn") ?? "";
  const policy = caller.account.policies?.find((policy) => policy.arn === arn);
  if (policy === undefined) throw absent(`Policy ${arn} was not found.`);
  return policy;
}

function absent(message: string): AwsError {
  return new AwsError(404, "NoSuchEntity", message);
}

function getRole(call: Call, parameters: URLSearchParams): XmlValue {
  const { boundary, name, trust } = roleOf(call, parameters);
  const PermissionsBoundary =
    boundary === undefined
      ? undefined
      : { PermissionsBoundaryType: "PermissionsBoundaryPolicy", PermissionsBoundaryArn: boundary };
  return {
    Role: {
      Path: "/",
      RoleName: name,
      RoleId: `AROA${name.toUpperCase()}`,
      Arn: `arn:aws:iam::${call.caller.account.id}:role/${name}`,
      CreateDate: created,
      AssumeRolePolicyDocument: encoded(trust),
      MaxSessionDuration: 3_600,
      PermissionsBoundary,
    },
  };
}

function getRolePolicy(call: Call, parameters: URLSearchParams): XmlValue {
  const { inline, name } = roleOf(call, parameters);
  const PolicyName = parameters.get("PolicyName") ?? "";
  const policy = inline[PolicyName];
  if (policy === undefined) throw absent(`The role policy with name ${PolicyName} cannot be found.`);
  return { RoleName: name, PolicyName, PolicyDocument: encoded(policy) };
}

function listRolePolicies(call: Call, parameters: URLSearchParams): XmlValue {
  return listed("PolicyNames", Object.keys(roleOf(call, parameters).inline), parameters);
}

function listAttachedRolePolicies(call: Call, parameters: URLSearchParams): XmlValue {
  const attached = roleOf(call, parameters).attached.map((PolicyArn) => ({
    PolicyName: PolicyArn.slice(PolicyArn.lastIndexOf("/") + 1),
    PolicyArn,
  }));
  return listed("AttachedPolicies", attached, parameters);
}

function listed(name: string, items: readonly XmlValue[], parameters: URLSearchParams): XmlValue {
  const size = Number(parameters.get("MaxItems") ?? 100);
  const { items: member, next } = page(items, size, parameters.get("Marker"));
  return { [name]: { member }, IsTruncated: next !== undefined, Marker: next };
}

function getPolicy(call: Call, parameters: URLSearchParams): XmlValue {
  const { arn } = policyOf(call, parameters);
  return {
    Policy: {
      PolicyName: arn.slice(arn.lastIndexOf("/") + 1),
      PolicyId: "ANPASIMULATED",
      Arn: arn,
      Path: "/",
      DefaultVersionId: version,
      AttachmentCount: 1,
      IsAttachable: true,
      CreateDate: created,
      UpdateDate: created,
    },
  };
}

function getPolicyVersion(call: Call, parameters: URLSearchParams): XmlValue {
  const { document } = policyOf(call, parameters);
  if (parameters.get("VersionId") !== version) throw absent("This policy has no such version.");
  return {
    PolicyVersion: { Document: encoded(document), VersionId: version, IsDefaultVersion: true, CreateDate: created },
  };
}

/** The caller may read what the region does not deny, but no object outside the logs; and what it may too much. */
function simulatePrincipalPolicy({ caller, here, world }: Call, parameters: URLSearchParams): XmlValue {
  const names = [...parameters].flatMap(([name, value]) => (name.startsWith("ActionNames.member.") ? [value] : []));
  const resource = parameters.get("ResourceArns.member.1") ?? "*";
  const isPublisher = parameters.get("PolicySourceArn")?.endsWith(`:role/${world.securityHub?.role}`) === true;
  const member = names.map((EvalActionName) => {
    const isRead = isPublisher
      ? EvalActionName === "securityhub:BatchImportFindings"
      : /:(Get|List|Describe|Filter|Lookup|Decrypt)/.test(EvalActionName) && EvalActionName !== "s3:GetObject";
    const isGranted = isRead || (caller.account.excess ?? []).some((one) => grants(one, EvalActionName, resource));
    const EvalDecision = here.denies.includes(EvalActionName) ? "explicitDeny" : isGranted ? "allowed" : "implicitDeny";
    return {
      EvalActionName,
      EvalResourceName: resource,
      EvalDecision,
      MatchedStatements: "",
      MissingContextValues: "",
    };
  });
  return { EvaluationResults: { member }, IsTruncated: false };
}

/** `s3:PutObject` of everything, or `s3:PutObject arn:aws:s3:::logs/*` of what begins so. */
function grants(excess: string, action: string, resource: string): boolean {
  const [granted, pattern] = excess.split(" ");
  return granted === action && (pattern === undefined || resource.startsWith(pattern.replace(/\*$/, "")));
}
