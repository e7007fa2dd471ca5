import { type Answer, answer, AwsError } from "../answer.ts";
import { refusal } from "../faults.ts";
import type { Call, Service } from "../operation.ts";
import { partitionOf } from "../world.ts";

type Finding = Readonly<Record<string, unknown>> & {
  readonly Id?: string;
  readonly ProductArn?: string;
  readonly AwsAccountId?: string;
  readonly UpdatedAt?: string;
};

interface BatchImportFindings {
  readonly Findings?: readonly Finding[];
}

const mostFindings = 100;
const mostBytes = 6_000_000;
const mostFindingBytes = 240_000;
/** What a finding must have. */
const needed = [
  "AwsAccountId",
  "CreatedAt",
  "Description",
  "GeneratorId",
  "Id",
  "ProductArn",
  "Resources",
  "SchemaVersion",
  "Title",
  "UpdatedAt",
];
/** What people set in Security Hub, and no import changes. */
const theirs = ["Note", "UserDefinedFields", "VerificationState", "Workflow"];

export const securityhub: Service = {
  protocol: "rest-json",
  route({ body, method, path }) {
    if (method !== "POST" || path !== "/findings/import") return null;
    const { Findings = [] } = JSON.parse(body || "{}") as BatchImportFindings;
    return {
      api: "BatchImportFindings",
      action: "securityhub:BatchImportFindings",
      resource: "",
      answer: (call) => imported(call, Findings, Buffer.byteLength(body)),
    };
  },
};

function imported({ caller, region, world }: Call, findings: readonly Finding[], bytes: number): Answer {
  const hub = world.securityHub;
  if (hub === undefined || hub.regions?.includes(region) === false)
    throw new AwsError(
      401,
      "InvalidAccessException",
      `Account ${caller.account.id} is not subscribed to AWS Security Hub`,
    );
  if (caller.role !== hub.role) {
    const who = caller.role ?? caller.account.callerArn;
    throw refusal("securityhub", `User: ${who} is not authorized to perform: securityhub:BatchImportFindings`);
  }
  if (findings.length === 0 || findings.length > mostFindings || bytes > mostBytes)
    throw new AwsError(400, "InvalidInputException", "Invalid parameter: Findings");
  const product = `arn:${partitionOf(caller.account)}:securityhub:${region}:${caller.account.id}:product/${caller.account.id}/default`;
  const FailedFindings = findings.flatMap((finding) => {
    const code = hub.refuses?.get(finding.Id ?? "") ?? wrongWith(finding, product, caller.account.id);
    if (code !== null) return [{ Id: finding.Id ?? "", ErrorCode: code, ErrorMessage: "Finding was refused." }];
    const key = `${product} ${finding.Id}`;
    hub.findings.set(key, merged(hub.findings.get(key), finding));
    return [];
  });
  const FailedCount = FailedFindings.length;
  return answer(
    "rest-json",
    JSON.stringify({ FailedCount, SuccessCount: findings.length - FailedCount, FailedFindings }),
  );
}

function wrongWith(finding: Finding, product: string, account: string): string | null {
  const isWhole = needed.every((name) => finding[name] !== undefined);
  const isOwn = finding.ProductArn === product && finding.AwsAccountId === account;
  return isWhole && isOwn && Buffer.byteLength(JSON.stringify(finding)) <= mostFindingBytes ? null : "InvalidInput";
}

/** What people have set stays; an older finding changes nothing. */
function merged(known: Finding | undefined, finding: Finding): Finding {
  if (known === undefined) return finding;
  if ((known.UpdatedAt ?? "") > (finding.UpdatedAt ?? "")) return known;
  const ours = Object.entries(finding).filter(([name]) => !theirs.includes(name));
  const kept = Object.entries(known).filter(([name]) => theirs.includes(name));
  return Object.fromEntries([...ours, ...kept]);
}
