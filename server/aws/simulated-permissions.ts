import type { AwsAccount } from "./clients.ts";
import { pagesOf, required } from "./pages.ts";
import type { LogBucket, ProbePlace } from "./probes.ts";

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

/** Any of them: a policy that lets models be called may name them. */
const someModel = "anthropic.claude-3-haiku-20240307-v1:0";
const logStream = "aws/bedrock/modelinvocations";

/** Asked of everything, of the very places of the logs, of a model and of the role itself: a policy may name them. */
export async function simulatedAt(
  place: ProbePlace,
  principalArn: string,
  actions: readonly string[],
): Promise<ReadonlyMap<string, boolean>> {
  const { account, buckets, groups, home, nobody, partition, region } = place;
  const of = (service: string) => actions.filter((action) => action.startsWith(`${service}:`));
  const groupArns = groups.map(
    (group) => `arn:${partition}:logs:${group.region}:${account.accountId}:log-group:${group.name}`,
  );
  const questions = [
    { actions },
    { actions: of("bedrock"), resource: `arn:${partition}:bedrock:${region}::foundation-model/${someModel}` },
    // Who may change the role may do whatever it likes.
    { actions: of("iam"), resource: principalArn },
    ...buckets.flatMap((bucket) => questionsOf(bucket, of("s3"), { nobody, partition })),
    ...groupArns.flatMap((arn) => [
      { actions: of("logs"), resource: `${arn}:*` },
      { actions: of("logs"), resource: `${arn}:log-stream:${logStream}` },
    ]),
  ];
  const answers = await Promise.all(
    questions
      .filter((question) => question.actions.length > 0)
      .map((question) => simulatedPermissions(account, home, { principalArn, ...question })),
  );
  const all = new Map<string, boolean>();
  for (const answer of answers) for (const [action, may] of answer) all.set(action, may || all.get(action) === true);
  return all;
}

const isOfObject = (action: string): boolean => /Object(?!Lock)|BypassGovernance/.test(action);

function questionsOf(
  { folder, name }: LogBucket,
  actions: readonly string[],
  { nobody, partition }: Pick<ProbePlace, "nobody" | "partition">,
) {
  const arn = `arn:${partition}:s3:::${name}`;
  const ofObjects = actions.filter(isOfObject);
  return [
    { actions: ofObjects, resource: `${arn}/${nobody}` },
    // Among the logs objects may be read.
    { actions: ofObjects.filter((action) => action !== "s3:GetObject"), resource: `${arn}/${folder}${nobody}` },
    { actions: actions.filter((action) => !isOfObject(action)), resource: arn },
  ];
}
