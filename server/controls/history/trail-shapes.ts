import type { LifecycleRule } from "@aws-sdk/client-s3";
import { z } from "zod";
import { isSoundRule } from "../retention.ts";

// CloudTrail writes the XML of a call as JSON: an element without content is an empty text, a list of one is that one.
const count = z.union([z.number().int(), z.string().regex(/^\d{1,9}$/)]).transform(Number);
const yes = z.union([z.boolean(), z.enum(["true", "false"]).transform((text) => text === "true")]);
const date = z
  .string()
  .transform((text) => new Date(text))
  .refine((time) => !Number.isNaN(time.getTime()));
const many = <T extends z.ZodType>(item: T) => z.union([z.array(item), item.transform((one) => [one])]);
const emptyOr = <T extends z.ZodType>(shape: T) => z.union([z.literal("").transform(() => ({})), shape]);

const tag = z.strictObject({ Key: z.string(), Value: z.string() });
const sizes = { ObjectSizeGreaterThan: count.optional(), ObjectSizeLessThan: count.optional() };
const filter = z.strictObject({
  Prefix: z.string().optional(),
  Tag: tag.optional(),
  ...sizes,
  And: z
    .strictObject({ Prefix: z.string().optional(), Tag: many(tag).optional(), ...sizes })
    .transform(({ Tag, ...and }) => ({ ...and, Tags: Tag ?? [] }))
    .optional(),
});
const rule = z
  .strictObject({
    ID: z.string().optional(),
    Status: z.enum(["Enabled", "Disabled"]),
    Prefix: z.string().optional(),
    Filter: emptyOr(filter).optional(),
    Expiration: z
      .strictObject({ Days: count.optional(), Date: date.optional(), ExpiredObjectDeleteMarker: yes.optional() })
      .optional(),
    Transition: many(
      z.strictObject({ Days: count.optional(), Date: date.optional(), StorageClass: z.string() }),
    ).optional(),
    NoncurrentVersionExpiration: z
      .strictObject({ NoncurrentDays: count, NewerNoncurrentVersions: count.optional() })
      .optional(),
    NoncurrentVersionTransition: many(z.record(z.string(), z.unknown())).optional(),
    AbortIncompleteMultipartUpload: z.strictObject({ DaysAfterInitiation: count }).optional(),
  })
  .transform(({ NoncurrentVersionTransition, Transition, ...rest }) => ({
    ...rest,
    ...(Transition === undefined ? {} : { Transitions: Transition }),
    ...(NoncurrentVersionTransition === undefined ? {} : { NoncurrentVersionTransitions: NoncurrentVersionTransition }),
  }));
const Lifecycle = z.object({ LifecycleConfiguration: z.object({ Rule: many(rule) }) });

/** The rules that a PutBucketLifecycle puts; null where their shape is not understood, which never means: none. */
export function lifecycleOf(parameters: unknown): readonly LifecycleRule[] | null {
  const parsed = Lifecycle.safeParse(parameters);
  if (!parsed.success) return null;
  const rules = parsed.data.LifecycleConfiguration.Rule as readonly LifecycleRule[];
  return rules.length > 0 && rules.every(isSoundRule) ? rules : null;
}

const Versioning = z.object({ VersioningConfiguration: z.object({ Status: z.enum(["Enabled", "Suspended"]) }) });

export function versioningOf(parameters: unknown): "Enabled" | "Suspended" | null {
  const parsed = Versioning.safeParse(parameters);
  return parsed.success ? parsed.data.VersioningConfiguration.Status : null;
}

const Retention = z.object({ retentionInDays: z.number().int().positive() });

export function retentionOf(parameters: unknown): number | null {
  const parsed = Retention.safeParse(parameters);
  return parsed.success ? parsed.data.retentionInDays : null;
}

const Named = z.object({
  logGroupName: z.string().optional(),
  logStreamName: z.string().optional(),
  bucketName: z.string().optional(),
  policyName: z.string().optional(),
  policyType: z.string().optional(),
  dryRun: z.boolean().optional(),
});

/** What a call names; nothing where its parameters are not told. */
export function namesOf(parameters: unknown): z.infer<typeof Named> {
  const parsed = Named.safeParse(parameters);
  return parsed.success ? parsed.data : {};
}

/** An account's rule for how long its log groups keep. */
export interface AccountRetention {
  readonly days: number | "forever";
  /** False: only for groups that are made later. */
  readonly retroactive: boolean;
  /** Beginnings of the groups' names; null: all groups. */
  readonly prefixes: readonly string[] | null;
}

const Account = z.object({ policyDocument: z.string(), selectionCriteria: z.string().nullish() });
const Document = z.object({
  retentionInDays: z.union([z.number().int().positive(), z.literal("NEVER_EXPIRE")]),
  enforcementMode: z.enum(["NEW_ONLY", "RETROACTIVE"]),
});
const Prefixes = z.array(z.string());

/** What a PutAccountPolicy of type RETENTION_POLICY puts; null where it is not understood. */
export function accountRetentionOf(parameters: unknown): AccountRetention | null {
  const parsed = Account.safeParse(parameters);
  if (!parsed.success) return null;
  const document = Document.safeParse(parsedJson(parsed.data.policyDocument));
  const prefixes = prefixesOf(parsed.data.selectionCriteria ?? "");
  if (!document.success || prefixes === undefined) return null;
  const { enforcementMode, retentionInDays } = document.data;
  const days = retentionInDays === "NEVER_EXPIRE" ? "forever" : retentionInDays;
  return { days, retroactive: enforcementMode === "RETROACTIVE", prefixes };
}

/** `LogGroupNamePrefix IN ["/a", "/b"]`; undefined where it is not understood. */
function prefixesOf(criteria: string): readonly string[] | null | undefined {
  if (criteria === "") return null;
  const [, list] = /^LogGroupNamePrefix IN (\[.*\])$/s.exec(criteria.trim()) ?? [];
  const prefixes = Prefixes.safeParse(parsedJson(list ?? ""));
  return prefixes.success ? prefixes.data : undefined;
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
