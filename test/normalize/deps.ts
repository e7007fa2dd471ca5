import { openHmac } from "../../server/lib/hash.ts";
import type { ResolvedModel } from "../../server/normalize/endpoint.ts";
import type { LineOutcome, NormalizeDeps } from "../../server/normalize/read-line.ts";
import { readLine } from "../../server/normalize/read-line.ts";

/** A fixed key, and nothing resolved but what the test says. */
export function testDeps(resolved: Readonly<Record<string, ResolvedModel>> = {}): NormalizeDeps {
  const models = new Map(Object.entries(resolved));
  return { hmac: openHmac(Buffer.alloc(32, 7)), resolve: (arn) => models.get(arn) ?? null };
}

/** A record with the least that is accepted, and the fields given. */
export function recordWith(fields: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    schemaType: "ModelInvocationLog",
    schemaVersion: "1.0",
    timestamp: "2026-03-14T09:26:53Z",
    accountId: "111122223333",
    region: "us-east-1",
    requestId: "7a1f4a35-9f0c-4c7e-8a63-2b9d0c6f1e55",
    operation: "InvokeModel",
    modelId: "anthropic.claude-haiku-4-5-20251001-v1:0",
    identity: { arn: "arn:aws:iam::111122223333:user/petra" },
    ...fields,
  };
}

/** The one record that a line holds. */
export function readOne(
  line: Readonly<Record<string, unknown>> | string | Uint8Array,
  deps: NormalizeDeps = testDeps(),
): Extract<LineOutcome, { kind: "record" }> {
  const given = typeof line === "string" || line instanceof Uint8Array ? line : JSON.stringify(line);
  const [outcome, ...more] = readLine(given, deps);
  if (outcome?.kind !== "record" || more.length > 0) throw new Error(`expected one record, got ${outcome?.kind}`);
  return outcome;
}
