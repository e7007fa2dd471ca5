import type { AwsAccount } from "./clients.ts";
import { pagesOf, required } from "./pages.ts";

/** What IAM says that a role or user may do, action by action. Throws where the account may not ask. */
export async function simulatedPermissions(
  account: AwsAccount,
  region: string,
  question: { readonly principalArn: string; readonly actions: readonly string[]; readonly resource?: string },
): Promise<ReadonlyMap<string, boolean>> {
  const { SimulatePrincipalPolicyCommand } = await import("@aws-sdk/client-iam");
  const client = await account.iam(region);
  const { actions, principalArn, resource } = question;
  const fetch = (Marker: string | undefined) =>
    client.send(
      new SimulatePrincipalPolicyCommand({
        PolicySourceArn: principalArn,
        ActionNames: [...actions],
        ...(resource === undefined ? {} : { ResourceArns: [resource] }),
        ...(Marker === undefined ? {} : { Marker }),
      }),
    );
  const found = new Map<string, boolean>();
  for await (const { EvaluationResults } of pagesOf(fetch, ({ Marker }) => Marker))
    for (const { EvalActionName, EvalDecision } of required(EvaluationResults, "EvaluationResults"))
      found.set(required(EvalActionName, "EvalActionName"), required(EvalDecision, "EvalDecision") === "allowed");
  return found;
}
