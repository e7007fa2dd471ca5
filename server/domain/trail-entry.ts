import { z } from "zod";

export const TrailEntry = z.object({
  seq: z.number().int(),
  time: z.string(),
  actor: z.string(),
  action: z.string(),
  objects: z.array(z.object({ type: z.string(), id: z.string() })),
  reason: z.string().nullable(),
  /** What came of it, where that can be counted. */
  counts: z.record(z.string(), z.number()).optional(),
  outcome: z.enum(["allowed", "denied", "failed"]),
  hash: z.string(),
});
export type TrailEntry = Readonly<z.infer<typeof TrailEntry>>;
