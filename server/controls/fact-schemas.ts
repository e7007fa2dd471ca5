import type { LifecycleRule } from "@aws-sdk/client-s3";
import { z } from "zod";
import type { FactName, Facts, Unreadable } from "./facts.ts";

const count = z.number().min(0);
const time = z.number().int();
const flag = z.boolean().nullable();
const text = z.string().nullable();

// `satisfies` asks for the members that need not be there, too.
const UnreadableSchema: z.ZodType<Unreadable> = z.strictObject({
  unreadable: z.string(),
  service: z.string(),
  operation: z.string(),
  action: z.string(),
  class: z.string(),
  errorCode: z.string(),
  attempts: z.number().int(),
  notApplicable: z.boolean(),
  host: z.exactOptional(z.string().nullable()),
} satisfies Record<keyof Unreadable, z.ZodType>);

/** What was read, or why it could not be. */
function read<T>(schema: z.ZodType<T>): z.ZodType<T | Unreadable> {
  return z.union([UnreadableSchema, schema]);
}

const BucketPlaceSchema = z.strictObject({ bucket: z.string(), prefix: z.string() });

const LoggingConfigSchema = z.strictObject({
  set: z.boolean(),
  s3: BucketPlaceSchema.nullable(),
  cloudWatch: z
    .strictObject({ logGroup: z.string(), roleArn: text, largeData: BucketPlaceSchema.nullable() })
    .nullable(),
  delivered: z.strictObject({ text: flag, image: flag, embedding: flag, video: flag, audio: flag }),
});

const LogGroupSchema = z.union([
  z.strictObject({ name: z.string(), exists: z.literal(false) }),
  z.strictObject({
    name: z.string(),
    exists: z.literal(true),
    retentionInDays: z.number().int().nullable(),
    logGroupClass: text,
    kmsKeyId: text,
    deletionProtected: flag,
    bearerToken: flag,
    retentionPolicy: text,
    createdAt: time.nullable(),
  }),
]);

const date = z
  .union([z.date(), z.iso.datetime().transform((written) => new Date(written))])
  .refine((at) => !Number.isNaN(at.getTime()));
const days = z.number().int().optional();
const optional = z.string().optional();
const Tag = z.strictObject({ Key: optional, Value: optional });
const sizes = { ObjectSizeGreaterThan: z.number().optional(), ObjectSizeLessThan: z.number().optional() };

// The SDK's words for status and storage class are open: AWS may add to them.
const RuleShape = z.strictObject({
  ID: optional,
  Prefix: optional,
  Filter: z
    .strictObject({
      Prefix: optional,
      Tag: Tag.optional(),
      ...sizes,
      And: z.strictObject({ Prefix: optional, Tags: z.array(Tag).optional(), ...sizes }).optional(),
    })
    .optional(),
  Status: z.string(),
  Expiration: z
    .strictObject({ Date: date.optional(), Days: days, ExpiredObjectDeleteMarker: z.boolean().optional() })
    .optional(),
  Transitions: z.array(z.strictObject({ Date: date.optional(), Days: days, StorageClass: optional })).optional(),
  NoncurrentVersionTransitions: z
    .array(z.strictObject({ NoncurrentDays: days, StorageClass: optional, NewerNoncurrentVersions: days }))
    .optional(),
  NoncurrentVersionExpiration: z.strictObject({ NoncurrentDays: days, NewerNoncurrentVersions: days }).optional(),
  AbortIncompleteMultipartUpload: z.strictObject({ DaysAfterInitiation: days }).optional(),
});

/** With its members in the order that S3 gave them: the rules are printed again, amended. */
const LifecycleRuleSchema: z.ZodType<LifecycleRule> = z.unknown().transform((rule, context) => {
  const parsed = RuleShape.safeParse(rule);
  if (parsed.success) return inOrderOf(rule, parsed.data) as LifecycleRule;
  context.addIssue({ code: "custom", message: parsed.error.issues[0]?.message ?? "has another shape" });
  return z.NEVER;
});

function inOrderOf(like: unknown, value: unknown): unknown {
  if (Array.isArray(like) && Array.isArray(value)) return value.map((item, at) => inOrderOf(like[at], item));
  if (!isPlain(like) || !isPlain(value)) return value;
  return Object.fromEntries(Object.keys(like).map((name) => [name, inOrderOf(like[name], value[name])]));
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

const LockSchema = z.strictObject({
  mode: z.enum(["GOVERNANCE", "COMPLIANCE"]).nullable(),
  days: z.number().nullable(),
  years: z.number().nullable(),
});

const BucketStoreSchema = z.union([
  BucketPlaceSchema.extend({ owner: z.literal("missing") }),
  BucketPlaceSchema.extend({ owner: z.literal("foreign") }),
  BucketPlaceSchema.extend({
    owner: z.literal("own"),
    region: read(z.string()),
    lifecycle: read(z.array(LifecycleRuleSchema)),
    versioning: read(z.enum(["Enabled", "Suspended"]).nullable()),
    lock: read(LockSchema.nullable()),
  }),
]);

const calls = { invocations: count, clientErrors: count, serverErrors: count, inferences: count };

const UsageSchema = z.strictObject({
  ...calls,
  from: time,
  to: time,
  hours: z.array(z.strictObject({ ...calls, time })),
});

const channel = z.array(z.strictObject({ time, successes: count, failures: count }));

const DeliverySchema = z.strictObject({
  cloudWatch: channel,
  s3: channel,
  largeData: channel,
  logEvents: z.array(z.strictObject({ time, events: count })).nullable(),
});

const BatchesSchema = z.strictObject({
  s3: read(
    z
      .strictObject({
        asked: z.array(z.string()),
        folders: z.array(z.strictObject({ folder: z.string(), days: z.array(z.string()) })),
      })
      .nullable(),
  ),
  lastIngestion: read(time.nullable()),
});

/** Handed on as it was read: a copy could lose a member of a strange name. */
export const AnyObject = z.custom<Record<string, unknown>>(
  (value) => typeof value === "object" && value !== null && !Array.isArray(value),
);

const DeliveryRoleSchema = z.union([
  z.strictObject({ arn: z.string(), exists: z.literal(false) }),
  z.strictObject({
    arn: z.string(),
    exists: z.literal(true),
    trust: AnyObject,
    policies: read(z.array(AnyObject)),
    boundary: read(AnyObject.nullable()),
  }),
]);

const BlockSchema = z.strictObject({
  ignoresPublicAcls: z.boolean(),
  restrictsPublicBuckets: z.boolean(),
  blocksPublicAcls: z.boolean(),
  blocksPublicPolicy: z.boolean(),
});
const KeySchema = z.strictObject({ keyId: z.string(), state: z.string() });

const BucketHardeningSchema = z.strictObject({
  policy: read(AnyObject.nullable()),
  publicPolicy: read(z.boolean()),
  block: read(BlockSchema.nullable()),
  ownership: read(z.enum(["BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"]).nullable()),
  publicGrants: read(
    z.array(z.strictObject({ to: z.enum(["AllUsers", "AuthenticatedUsers"]), permission: z.string() })),
  ),
  key: read(KeySchema.nullable()),
});

const HardeningSchema = z.strictObject({
  s3: read(BucketHardeningSchema.nullable()),
  largeData: read(BucketHardeningSchema.nullable()),
  group: read(z.strictObject({ key: read(KeySchema.nullable()), dataProtection: read(z.boolean()) }).nullable()),
  accountBlock: read(BlockSchema.nullable()),
});

const TrailChangesSchema = z.strictObject({
  from: time,
  to: time,
  wholeSince: time,
  changes: z.array(
    z.strictObject({ id: z.string(), name: z.string(), time, actor: text, errorCode: text, parameters: z.unknown() }),
  ),
});

const FormerStoresSchema = z.strictObject({
  groups: z.array(z.strictObject({ name: z.string(), store: read(LogGroupSchema) })),
  buckets: z.array(z.strictObject({ place: BucketPlaceSchema, store: read(BucketStoreSchema) })),
});

const CallPeriodsSchema = z.array(z.strictObject({ time, seconds: count, invocations: count }));

const EarlierLooksSchema = z.array(
  z.strictObject({
    time,
    facts: z.strictObject({
      loggingConfig: read(LoggingConfigSchema).exactOptional(),
      logGroup: read(LogGroupSchema.nullable()).exactOptional(),
      s3Store: read(BucketStoreSchema.nullable()).exactOptional(),
      largeDataStore: read(BucketStoreSchema.nullable()).exactOptional(),
      configEvents: read(TrailChangesSchema).exactOptional(),
      storeEvents: read(TrailChangesSchema).exactOptional(),
    }),
  }),
);

/** Shape of each fact as JSON. Dates are texts there. */
export const factSchemas: { readonly [F in FactName]: z.ZodType<Facts[F]> } = {
  loggingConfig: read(LoggingConfigSchema),
  logGroup: read(LogGroupSchema.nullable()),
  s3Store: read(BucketStoreSchema.nullable()),
  largeDataStore: read(BucketStoreSchema.nullable()),
  usage: read(UsageSchema),
  delivery: read(DeliverySchema),
  batches: read(BatchesSchema),
  deliveryRole: read(DeliveryRoleSchema.nullable()),
  hardening: read(HardeningSchema),
  configEvents: read(TrailChangesSchema),
  storeEvents: read(TrailChangesSchema),
  formerStores: read(FormerStoresSchema),
  callPeriods: read(CallPeriodsSchema.nullable()),
  earlierLooks: read(EarlierLooksSchema.nullable()),
};

/** A fact from its JSON; undefined: it has not the shape that this program knows. */
export function factFrom<F extends FactName>(fact: F, json: unknown): Facts[F] | undefined {
  return factSchemas[fact].safeParse(json).data;
}
