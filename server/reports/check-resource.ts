import type { CheckReport, ControlResult } from "../domain/compliance.ts";
import { visibleText } from "../domain/visible-text.ts";

export interface NamedResource {
  /** A word of Security Hub. */
  readonly type: "AwsS3Bucket" | "AwsAccount" | "Other";
  readonly id: string;
}

/** `aws`, `aws-us-gov`, …: that of the caller, as it stands in ARNs. */
export function partitionOf({ run: { caller } }: CheckReport): string {
  const partition = caller?.split(":")[1] ?? "";
  return /^aws[a-z-]{0,20}$/.test(partition) ? partition : "aws";
}

/** What a result speaks of, by a name that AWS knows. */
export function resourceOf({ account, region, resource }: ControlResult, partition: string): NamedResource {
  const at = resource.indexOf(":");
  const [kind, name] = [resource.slice(0, at), visibleText(resource.slice(at + 1))];
  if (kind === "bucket") return { type: "AwsS3Bucket", id: `arn:${partition}:s3:::${name}` };
  if (kind === "log-group")
    return { type: "Other", id: `arn:${partition}:logs:${region}:${account}:log-group:${name}` };
  if (at > 0) return { type: "Other", id: visibleText(resource) };
  return { type: "AwsAccount", id: `AWS::::Account:${account}` };
}
