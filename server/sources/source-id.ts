import { createHash } from "node:crypto";
import type { SourceKind } from "../domain/coverage.ts";
import type { Target } from "../domain/target.ts";

const prefixes: Record<SourceKind, string> = { s3: "s3", cloudwatch: "cw", folder: "dir" };

/** Identity of a source: a hash of its place (bucket, log group ARN, real path), and the target that it is bound to. */
export function sourceId(kind: SourceKind, place: string, scope: Target | null): string {
  const hash = createHash("sha256").update(place).digest("hex").slice(0, 16);
  const target = scope === null ? "" : `:${scope.accountId}:${scope.region}`;
  return `${prefixes[kind]}:${hash}${target}`;
}
