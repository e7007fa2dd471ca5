import { z } from "zod";
import type { Clock } from "../../lib/clock.ts";
import { errorCode, UserError } from "../../lib/errors.ts";
import { isoTime } from "../../lib/time.ts";
import type { Catalog } from "./ledger.ts";

/** What each kind of work that goes on by itself could not do, and what that means, one sentence each. */
const words = {
  "move-units": [
    "The ledger of settled hours could not be moved into the lake",
    "Nothing is missing; the catalog grows and the server starts more slowly.",
  ],
  compact: [
    "The small files of a day could not be made into few",
    "Nothing is missing; queries over that day are slower.",
  ],
  retain: [
    "What is older than its time could not be deleted",
    "Calls or prompts are kept for longer than the settings of retention say.",
  ],
  identities: [
    "What is stored is not what the ledger counts",
    "Calls are missing, or are counted twice, and numbers over their days are wrong.",
  ],
  sweep: ["Files that nobody reads any more could not be cleared away", "Nothing is missing; the disk fills."],
  erase: [
    "An erasure was begun and did not end, or the store was put back to a state from before it",
    "The content that it was to take out may still be there.",
  ],
  backup: [
    "The catalog could not be backed up",
    "Were it damaged now, all that came since the last backup would have to be read again.",
  ],
  amend: [
    "Stored calls could not be read again with what has become known of them since",
    "Bodies, clear copies or models that came later are not in the numbers yet.",
  ],
  detect: ["Calls could not be judged", "Findings do not cover what was read since."],
  waivers: ["Waivers could not be applied to findings", "Findings may stand as waived, or as open, that are not."],
  check: ["The compliance check could not run", "Its results are as old as its last run."],
} as const satisfies Record<string, readonly [what: string, means: string]>;

/** Work that a server, or a run of ingest, does by itself. */
export type UpkeepTask = keyof typeof words;

const Failure = z.object({
  /** The code of an error, or our own words for it. */
  why: z.string(),
  /** Null: what is to be done follows from the code. */
  remedy: z.string().nullable(),
  /** When it failed first since it succeeded last, and when it failed last. */
  since: z.number(),
  at: z.number(),
});
const Failures = z.partialRecord(z.enum(Object.keys(words) as [UpkeepTask, ...UpkeepTask[]]), Failure);
type Failures = z.infer<typeof Failures>;

const key = "upkeep_failures";
/** What fails every few seconds for one reason need not be written each time. */
const againMs = 60_000;

/** Why some work failed. */
export type UpkeepReason = Pick<z.infer<typeof Failure>, "why" | "remedy">;

export function reasonOf(error: unknown): UpkeepReason {
  return error instanceof UserError
    ? { why: error.message, remedy: error.remedy }
    : { why: errorCode(error), remedy: null };
}

/** Keeps the outcome of some work: why it failed, or null when it succeeded. */
export async function noteUpkeep(
  { catalog, clock }: { readonly catalog: Catalog; readonly clock: Clock },
  task: UpkeepTask,
  reason: UpkeepReason | null,
): Promise<void> {
  const at = clock();
  const last = (await failures(catalog))[task];
  if (reason === null ? last === undefined : last?.why === reason.why && Math.abs(at - last.at) < againMs) return;
  await catalog.transaction().execute(async (trx) => {
    const { [task]: known, ...others } = await failures(trx);
    const now = reason === null ? others : { ...others, [task]: { ...reason, since: known?.since ?? at, at } };
    const value = JSON.stringify(now);
    await trx
      .insertInto("meta")
      .values({ key, value })
      .onConflict((conflict) => conflict.column("key").doUpdateSet({ value }))
      .execute();
  });
}

export interface UpkeepFailure {
  /** What, since when, why, what it means and what to do about it. */
  readonly told: string;
  /** Of the last try. */
  readonly at: number;
}

/** Work of which the last try failed. */
export async function upkeepFailures(catalog: Catalog): Promise<readonly UpkeepFailure[]> {
  return Object.entries(await failures(catalog)).map(([task, { at, remedy, since, why }]) => {
    const [what, means] = words[task as UpkeepTask];
    return { told: `${what} since ${isoTime(since)}: ${why}. ${means} ${remedy ?? remedyOf(why)}`, at };
  });
}

async function failures(catalog: Catalog): Promise<Failures> {
  const row = await catalog.selectFrom("meta").select("value").where("key", "=", key).executeTakeFirst();
  return row === undefined ? {} : Failures.parse(JSON.parse(row.value));
}

const remedies: readonly (readonly [RegExp, string])[] = [
  [/^(ENOSPC|EDQUOT|SQLITE_FULL)\b/, "Make room on its disk."],
  [/^(EACCES|EPERM|EROFS|SQLITE_READONLY)/, "Let this program write into its data directory."],
];

function remedyOf(why: string): string {
  const known = remedies.find(([pattern]) => pattern.test(why))?.[1];
  return known ?? "It is tried again by itself; should it go on, the log names each failure.";
}
