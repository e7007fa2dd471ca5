import { z } from "zod";
import { Severity } from "../domain/severity.ts";

/** Policies that ship with this program. */
export const profileNames = ["default", "cis-v8", "eu-ai-act", "pci-dss-4", "nydfs", "hipaa"] as const;

const days = z.number().int().min(0).max(36_500);
/** As far back as AWS has counts of use. */
const mostWindowDays = 455;
const share = z.number().min(0).max(1);

const settings = {
  /** Days that each record must be kept. */
  minimumDays: days,
  /** Days for which it must be readable without a restore. */
  minimumReadableDays: days,
  /** Days after which it should be gone; null: no such wish. */
  maximumDays: days.nullable(),
  /** Which days count against `minimumDays`. */
  basis: z.enum(["kept", "readable"]),
  /** `any`: one complete destination that is good enough satisfies; `all`: each by itself. */
  destinations: z.enum(["any", "all"]),
  /** `in-use`: a region without any call needs no logging. */
  regions: z.enum(["strict", "in-use"]),
  /** Bodies that must be delivered; none: records of metadata only. */
  requiredModalities: z.array(z.enum(["text", "image", "embedding", "video", "audio"])),
  /** Bodies that are stored nowhere fail. */
  requireComplete: z.boolean(),
  /** Days that are looked back; null: `minimumDays`, at most 90. */
  windowDays: z.number().int().min(1).max(mostWindowDays).nullable(),
  /** Share of failed deliveries that still passes. */
  deliveryFailureTolerance: share,
  /** Share of missing records that still passes. */
  completenessTolerance: share,
};
const ofControl = { enabled: z.boolean(), severity: Severity.optional() };

/** The settings as a file writes them: any of them, over those of a shipped policy. An unknown key is an error. */
export const PolicyFields = z.strictObject({
  extends: z.enum(profileNames, `name one of ${profileNames.join(", ")}`).optional(),
  ...z.strictObject(settings).partial().shape,
  controls: z.record(z.string(), z.strictObject(ofControl).partial()).optional(),
});

/** What an organisation asks of its logs. */
export const CheckPolicySchema = z
  .strictObject({
    minimumDays: settings.minimumDays.default(30),
    minimumReadableDays: settings.minimumReadableDays.default(0),
    maximumDays: settings.maximumDays.default(null),
    basis: settings.basis.default("kept"),
    destinations: settings.destinations.default("any"),
    regions: settings.regions.default("strict"),
    requiredModalities: settings.requiredModalities.default(["text"]),
    requireComplete: settings.requireComplete.default(false),
    windowDays: settings.windowDays.default(null),
    deliveryFailureTolerance: settings.deliveryFailureTolerance.default(0.01),
    completenessTolerance: settings.completenessTolerance.default(0.05),
    controls: z
      .record(z.string(), z.strictObject({ ...ofControl, enabled: ofControl.enabled.default(true) }))
      .default({}),
  })
  .refine(({ maximumDays, minimumDays }) => maximumDays === null || maximumDays >= minimumDays, {
    path: ["maximumDays"],
    message: "it is below minimumDays",
  })
  .refine(({ minimumReadableDays, maximumDays }) => maximumDays === null || maximumDays >= minimumReadableDays, {
    path: ["maximumDays"],
    message: "it is below minimumReadableDays",
  });
export type CheckPolicy = Readonly<z.infer<typeof CheckPolicySchema>>;

export const defaultPolicy: CheckPolicy = CheckPolicySchema.parse({});

export function windowDays({ minimumDays, windowDays: wanted }: CheckPolicy): number {
  return wanted ?? Math.max(1, Math.min(minimumDays, 90));
}
