import { z } from "zod";

/**
 * How much of an hour's calls is stored. `unknown`: the calls or the stored records were not read, or the hour is later than
 * "complete through"; `off`: logging was; `no-traffic`: no call that is logged; `hole`: calls, and not one record.
 */
export const HourState = z.enum(["covered", "short", "hole", "no-traffic", "off", "unknown"]);
export type HourState = z.infer<typeof HourState>;

export const CoveredHour = z.object({
  /** Start of the hour. */
  at: z.string(),
  state: HourState,
  /** Calls that must have left a record, at least; null: not read. */
  expected: z.number().int().nullable(),
  /** Distinct invocations that are stored; null: not read. May be more than expected. */
  stored: z.number().int().nullable(),
});
export type CoveredHour = Readonly<z.infer<typeof CoveredHour>>;

/** Over a span. Hours that are unknown are in no sum but their own. */
export const CoverageSums = z.object({
  /** Stored, at most expected, over expected: 0 to 1; null: no call is known of. */
  share: z.number().nullable(),
  expected: z.number().int(),
  stored: z.number().int(),
  hours: z.object({
    covered: z.number().int(),
    short: z.number().int(),
    hole: z.number().int(),
    "no-traffic": z.number().int(),
    off: z.number().int(),
    unknown: z.number().int(),
  }),
  /** Share of the hours that are unknown: 0 to 1; null: there is no hour. */
  unknownShare: z.number().nullable(),
});
export type CoverageSums = Readonly<z.infer<typeof CoverageSums>>;

export const TargetHours = z.object({
  account: z.string(),
  region: z.string(),
  sums: CoverageSums,
  /** All of the range, in order. */
  hours: z.array(CoveredHour),
});
export type TargetHours = Readonly<z.infer<typeof TargetHours>>;

export const HourCoverage = z.object({
  from: z.string(),
  to: z.string(),
  /** Time of the check that the calls are known from; null: there was none, and all is unknown. */
  checkedAt: z.string().nullable(),
  /** By account and region; at most as many as were asked for. */
  targets: z.array(TargetHours),
  /** Over the targets of this page. */
  sums: CoverageSums,
  /** For `after`; null on the last page. */
  next: z.string().nullable(),
});
export type HourCoverage = Readonly<z.infer<typeof HourCoverage>>;
