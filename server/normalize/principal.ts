import type { ActorClass } from "../domain/invocation.ts";
import { memo } from "../lib/memo.ts";

export interface Principal {
  /** Account of the ARN, else of the record, `/`, principal. */
  readonly principalKey: string;
  readonly principal: string;
  /** A hint, never a permission: callers choose the names of sessions and roles. */
  readonly actorClass: ActorClass;
  readonly sessionName: string | null;
}

interface Actor {
  readonly principal: string;
  readonly actorClass: ActorClass;
}

export function readPrincipal(identityArn: string | null, accountId: string): Principal {
  const { account, principal } = readIdentity(identityArn ?? "");
  return account === "" ? { ...principal, principalKey: `${accountId}/${principal.principal}` } : principal;
}

const readIdentity = memo((arn: string): { readonly account: string; readonly principal: Principal } => {
  const { account, rest } = splitArn(arn);
  const { actor, sessionName } = readActor(rest);
  return { account, principal: { principalKey: `${account}/${actor.principal}`, ...actor, sessionName } };
});

/** What stands behind the account; of a text that is no ARN, all of it. */
function splitArn(arn: string): { readonly account: string; readonly rest: string } {
  const [scheme, , , , account] = arn.split(":", 5);
  if (scheme !== "arn" || account === undefined) return { account: "", rest: arn };
  const head = arn.split(":", 5).join(":").length + 1;
  return { account, rest: arn.slice(head) };
}

function readActor(rest: string): { readonly actor: Actor; readonly sessionName: string | null } {
  const slash = rest.indexOf("/");
  const kind = slash === -1 ? rest : rest.slice(0, slash);
  const path = slash === -1 ? "" : rest.slice(slash + 1);
  if (kind === "assumed-role" && path !== "" && !path.startsWith("/")) return readSession(path);
  return { actor: readOther(kind, path, rest), sessionName: null };
}

function readOther(kind: string, path: string, rest: string): Actor {
  const name = path.slice(path.lastIndexOf("/") + 1);
  if (rest === "") return { principal: "unknown", actorClass: "unknown" };
  if (rest === "root") return { principal: "root", actorClass: "root" };
  if (kind === "user" && name !== "") {
    return {
      principal: `user/${name}`,
      actorClass: name.startsWith("BedrockAPIKey-") ? "bedrock-api-key" : "iam-user",
    };
  }
  if (kind === "federated-user" && path !== "") return { principal: `fed/${path}`, actorClass: "federated" };
  if (kind === "role" && name !== "") return { principal: `role/${name}`, actorClass: "role" };
  return { principal: `other/${rest}`, actorClass: "unknown" };
}

function readSession(path: string): { readonly actor: Actor; readonly sessionName: string | null } {
  const slash = path.indexOf("/");
  const role = slash === -1 ? path : path.slice(0, slash);
  const session = slash === -1 ? "" : path.slice(slash + 1);
  return { actor: assumedRole(role, session), sessionName: session === "" ? null : session };
}

function assumedRole(role: string, session: string): Actor {
  const permissionSet = /^AWSReservedSSO_(.+)_[0-9a-f]{16}$/.exec(role)?.[1];
  if (permissionSet !== undefined && session !== "") {
    return { principal: `sso/${permissionSet}/${session}`, actorClass: "sso-human" };
  }
  const agent = /^BedrockAgents-([^-]+)-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.exec(session)?.[1];
  if (agent !== undefined) return { principal: `role/${role}/agent/${agent}`, actorClass: "aws-service" };
  return { principal: `role/${role}`, actorClass: roleClass(role, session) };
}

function roleClass(role: string, session: string): ActorClass {
  if (/^(AmazonBedrock|AWSServiceRoleFor)/.test(role) && session !== "") return "aws-service";
  if (/^i-[0-9a-f]{8,17}$/.test(session)) return "instance";
  if (/lambda/i.test(role) && session !== "") return "lambda";
  return "role";
}
