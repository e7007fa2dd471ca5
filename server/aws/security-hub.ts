import type { AwsSecurityFinding, BatchImportFindingsResponse } from "@aws-sdk/client-securityhub";
import { codeWord } from "./classify.ts";
import type { AwsAccount } from "./clients.ts";
import { required } from "./pages.ts";
import { UnreadableAnswer } from "./raw-answer.ts";

/** As AWS documents it: 100 findings and 6 MB a call, of which some is left for what surrounds the findings. */
const mostFindings = 100;
const mostBytes = 5_500_000;

/** Findings in the order that they came, in as few calls as AWS takes them in. Pure. */
export function batchesOf<F extends object>(findings: readonly F[]): readonly (readonly F[])[] {
  const batches: F[][] = [];
  let bytes = Infinity;
  for (const finding of findings) {
    const size = Buffer.byteLength(JSON.stringify(finding)) + 1;
    const last = batches.at(-1);
    if (last === undefined || last.length === mostFindings || bytes + size > mostBytes) {
      batches.push([finding]);
      bytes = size;
    } else {
      last.push(finding);
      bytes += size;
    }
  }
  return batches;
}

/** A finding that was not taken, though the others of its call were. */
export interface RefusedFinding {
  readonly id: string;
  /** The service's code; safe to show. */
  readonly code: string;
}

/**
 * Imports one batch into the Security Hub of a region and names what it did not take. Throws the SDK's error, or `UnreadableAnswer` for an
 * answer that does not account for each finding.
 */
export async function importFindings(
  account: AwsAccount,
  region: string,
  batch: readonly AwsSecurityFinding[],
): Promise<readonly RefusedFinding[]> {
  const { BatchImportFindingsCommand } = await import("@aws-sdk/client-securityhub");
  const client = await account.securityhub(region);
  return refusedOf(await client.send(new BatchImportFindingsCommand({ Findings: [...batch] })), batch);
}

function refusedOf(
  { FailedCount, FailedFindings = [], SuccessCount }: BatchImportFindingsResponse,
  batch: readonly AwsSecurityFinding[],
): readonly RefusedFinding[] {
  const refused = FailedFindings.map(({ ErrorCode, Id }) => ({ id: required(Id, "Id"), code: codeWord(ErrorCode) }));
  const sent = new Set(batch.map(({ Id }) => Id));
  const named = new Set(refused.map(({ id }) => id).filter((id) => sent.has(id)));
  const failed = required(FailedCount, "FailedCount");
  if (named.size !== failed || required(SuccessCount, "SuccessCount") + failed !== batch.length)
    throw new UnreadableAnswer("BatchImportFindings did not account for each finding.");
  return refused;
}
