import { z } from "zod";
import { Severity } from "../domain/severity.ts";

const days = z.number().int().min(0).max(36_500);

/** What an organisation asks of its logs. An unknown key is an error. */
export const CheckPolicySchema = z.strictObject({
  /** Days that each record must be kept. */
  minimumDays: days.default(30),
  /** Days for which it must be readable without a restore. */
  minimumReadableDays: days.default(0),
  /** Days after which it should be gone; null: no such wish. */
  maximumDays: days.nullable().default(null),
  /** Which days count against `minimumDays`. */
  basis: z.enum(["kept", "readable"]).default("kept"),
  /** `any`: one complete destination that is good enough satisfies; `all`: each by itself. */
  destinations: z.enum(["any", "all"]).default("any"),
  /** `in-use`: a region without any call needs no logging. */
  regions: z.enum(["strict", "in-use"]).default("strict"),
  /** Bodies that must be delivered; none: records of metadata only. */
  requiredModalities: z.array(z.enum(["text", "image", "embedding", "video", "audio"])).default(["text"]),
  /** Bodies that are stored nowhere fail. */
  requireComplete: z.boolean().default(false),
  /** Days of use that are looked at; null: `minimumDays`, at most 90. */
  windowDays: z.number().int().min(1).max(90).nullable().default(null),
  /** Share of failed deliveries that still passes. */
  deliveryFailureTolerance: z.number().min(0).max(1).default(0.01),
  /** Share of missing records that still passes. */
  completenessTolerance: z.number().min(0).max(1).default(0.05),
  controls: z
    .record(z.string(), z.strictObject({ enabled: z.boolean().default(true), severity: Severity.optional() }))
    .default({}),
});
export type CheckPolicy = Readonly<z.infer<typeof CheckPolicySchema>>;

export const defaultPolicy: CheckPolicy = CheckPolicySchema.parse({});

export function windowDays({ minimumDays, windowDays: wanted }: CheckPolicy): number {
  return wanted ?? Math.max(1, Math.min(minimumDays, 90));
}
