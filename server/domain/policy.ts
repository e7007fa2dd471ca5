import { z } from "zod";

const account = z.string().regex(/^\d{12}$/, "an account is 12 digits, in quotes");
const principalPattern = z.string().min(1).max(500);
const day = z.iso.date();

/** Which records an entry speaks of: all the fields that are given must match; `*` stands for any characters. */
const Match = z.strictObject({
  account: account.optional(),
  region: z.string().optional(),
  principal: principalPattern.optional(),
  model: z.string().optional(),
});

/**
 * What the organisation has decided: which places, models and callers are as they should be.
 * One schema for detections, screens and reports. Of the residency entries the first that matches decides; none: "no rule".
 */
export const Policy = z.strictObject({
  residency: z
    .array(
      z.strictObject({
        match: Match,
        inferenceRegions: z.array(z.string()).min(1),
        sourceRegions: z.array(z.string()).min(1),
        global: z.enum(["allow", "deny"]).default("deny"),
      }),
    )
    .default([]),
  /** IAM users that are no people. */
  services: z.array(principalPattern).default([]),
  /** Callers whose use of a long-term key or an IAM user is agreed: they raise nothing by that alone. */
  approved: z
    .array(
      z.strictObject({
        principal: principalPattern,
        owner: z.string().min(1),
        reason: z.string().min(1),
        expires: day,
      }),
    )
    .default([]),
});
export type Policy = Readonly<z.infer<typeof Policy>>;
