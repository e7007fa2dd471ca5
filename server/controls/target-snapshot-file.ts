import { z } from "zod";
import { FactEvidence, TargetResult } from "../domain/compliance.ts";
import { canonicalJson } from "../lib/canonical-json.ts";
import { sha256Hex } from "../lib/hash.ts";
import { AnyObject, factSchemas } from "./fact-schemas.ts";
import type { Facts } from "./facts.ts";
import type { TargetSnapshot } from "./target-snapshot.ts";

const version = 1;
const account = z.string().regex(/^\d{12}$/);
/** Safe as the name of a file, too. */
const region = z.string().regex(/^[a-z]{2,6}(-[a-z]+){1,3}-\d{1,2}$/);
const time = z.number().int();

const Evidence = FactEvidence.extend({ fields: AnyObject }).refine(
  ({ fields: used, sha256 }) => sha256 === null || sha256 === sha256Hex(canonicalJson(used)),
  { path: ["sha256"], error: "is not the hash of the fields" },
);

const optionalFacts = Object.fromEntries(
  Object.entries(factSchemas).map(([fact, schema]) => [fact, schema.optional()]),
);

const Saved = z.discriminatedUnion("kind", [
  z.strictObject({
    schemaVersion: z.literal(version),
    kind: z.literal("read"),
    snapshot: z.strictObject({
      target: z.strictObject({ account, region, caller: z.string().nullable(), from: time, to: time, now: time }),
      facts: z.strictObject(optionalFacts),
      evidence: z.array(Evidence).max(10_000),
    }),
  }),
  z.strictObject({
    schemaVersion: z.literal(version),
    kind: z.literal("shut"),
    account,
    region,
    code: z.string(),
    reason: z.string(),
    evidence: z.array(Evidence).max(10).default([]),
  }),
  z.strictObject({
    schemaVersion: z.literal(version),
    kind: z.literal("left"),
    target: TargetResult.extend({ account, region }),
  }),
]);

/** As it is written to a file or the catalog. */
export function savedTarget(target: TargetSnapshot): object {
  return { schemaVersion: version, ...target };
}

/** Reads what `savedTarget` made, from its JSON. `wrong`: the member that has another shape, and why. */
export function targetSnapshotFrom(
  json: unknown,
): { readonly target: TargetSnapshot; readonly wrong: null } | { readonly target: null; readonly wrong: string } {
  const parsed = Saved.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return { target: null, wrong: `${issue?.path.join(".") || "the file"}: ${issue?.message ?? "another shape"}` };
  }
  const { schemaVersion: _, ...target } = parsed.data;
  // Each member of `facts` has been read by its own schema.
  return { target: withFacts(target), wrong: null };
}

function withFacts(target: { readonly kind: string }): TargetSnapshot {
  return target as TargetSnapshot & { readonly snapshot: { readonly facts: Partial<Facts> } };
}
