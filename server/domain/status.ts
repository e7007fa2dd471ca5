import { z } from "zod";
import { Counts, TargetCoverage } from "./coverage.ts";
import { WholeCoverage } from "./hour-coverage.ts";
import { Severity } from "./severity.ts";

/** The trust strip: how good the evidence is, before any number. */
export const Status = z.object({
  demo: z.boolean(),
  version: z.string(),
  serverTime: z.string(),
  timeZone: z.string(),
  snapshot: z.number().int(),
  asOf: z.string().nullable(),
  /** Time of the oldest and newest stored invocation; null for an empty store. */
  dataRange: z.object({ from: z.string(), to: z.string() }).nullable(),
  store: z.enum(["ok", "refilling", "read-only"]),
  /** Why this server writes nothing now; null: it does. */
  notWriting: z.string().nullable(),
  targets: z.array(TargetCoverage),
  /** Of the last check; null before the first one. */
  logging: z
    .object({ on: z.number().int(), off: z.number().int(), unknown: z.number().int(), checkedAt: z.string() })
    .nullable(),
  prices: z.object({ date: z.string(), pricedShare: z.number().nullable() }),
  /** How much of the calls is stored; null: not asked yet. */
  coverage: WholeCoverage.nullable(),
  counts: Counts,
  quarantineOpen: z.number().int(),
  findingsOpen: z.partialRecord(Severity, z.number().int()),
  /** Detections that ran last, and when; null before the first run. */
  detections: z.object({ ran: z.number().int(), at: z.string() }).nullable(),
  /** The ingest that runs in this server; null when it is idle. */
  ingest: z
    .object({
      state: z.string(),
      units: z.number(),
      unitsDone: z.number(),
      records: z.number(),
      /** Decompressed. */
      bytes: z.number(),
      /** At the pace so far, for what is found by now; null: not known, or nothing is left. */
      etaSeconds: z.number().nullable(),
    })
    .nullable(),
});
export type Status = Readonly<z.infer<typeof Status>>;
