import { z } from "zod";
import { isoTime } from "../../lib/time.ts";
import type { Catalog } from "./ledger.ts";
import { setSourceState } from "./sources.ts";

/** What each kind of place is called, and what its reader can do. */
const words = {
  bucket: [
    "The bucket",
    "Grant s3:ListBucket on it, and look whether its name, region, owner and role are right in the configuration.",
  ],
  "log-group": [
    "The log group",
    "Look whether its ARN and role are right in the configuration and its account lets this program in.",
  ],
  folder: [
    "The folder",
    "Mount it and let this program read all that lies in it, or take it out of the configuration.",
  ],
  account: ["The account", "Let the audit role of that account be assumed, or leave the account out."],
  regions: ["The", "Grant account:ListRegions; until then every known region is asked."],
  accounts: ["The", "Grant organizations:ListAccounts, or name the accounts in the configuration."],
  credentials: ["The", "Look whether the credentials of this program are there and have not run out."],
  folders: [
    "The list of accounts and regions in",
    "Grant s3:ListBucket on the whole bucket: what was delivered there before a region's logging was switched off is not looked for.",
  ],
  target: ["The account and region", "Grant bedrock:GetModelInvocationLoggingConfiguration there."],
} as const satisfies Record<string, readonly [what: string, remedy: string]>;

/** Nobody refused: nothing that could be granted would help. */
const unasked = "AWS did not refuse: look whether this program has credentials that hold, and reaches AWS.";

const Kind = z.enum(Object.keys(words) as [keyof typeof words, ...(keyof typeof words)[]]);

/** Where logs may lie, and could not be looked for. */
export interface UnopenedPlace {
  readonly kind: z.infer<typeof Kind>;
  /** As its reader knows it. Hostile data. */
  readonly place: string;
  /** Code of the error. */
  readonly code: string;
  /** What sources of it are that nobody can look at. */
  readonly state: "denied" | "missing" | "degraded";
  /** The place of its sources, or their `account/region`; the beginning of either when it ends in a slash. Null: of none. */
  readonly covers: string | null;
}

const Known = z.array(
  z.object({
    kind: Kind,
    place: z.string(),
    code: z.string(),
    /** Whether AWS was not asked, or did not answer. */
    unasked: z.boolean().default(false),
    /** When it could not be opened first since it was open last, and when it was tried last. */
    since: z.number(),
    at: z.number(),
  }),
);
type Known = z.infer<typeof Known>;

const key = "unopened_places";
/** As many as an organisation has accounts. */
const maxKept = 10_000;

/**
 * Keeps what a search for sources could not open, and forgets what it did open. A search in folders alone, which is not `whole`, says
 * nothing of places of another kind. A target is told by its row in `targets`.
 */
export async function noteUnopened(
  catalog: Catalog,
  found: readonly UnopenedPlace[],
  { at, whole }: { readonly at: number; readonly whole: boolean },
): Promise<void> {
  await catalog.transaction().execute(async (trx) => {
    const known = await unopened(trx);
    const others = whole ? [] : known.filter(({ kind }) => kind !== "folder");
    const now = found
      .filter(({ kind }) => kind !== "target")
      .map(({ code, kind, place, state }) => {
        const since = known.find((last) => last.kind === kind && last.place === place)?.since ?? at;
        return { kind, place, code, unasked: state === "degraded" && kind !== "folder", since, at };
      });
    if (known.length + now.length === 0) return;
    const value = JSON.stringify([...now, ...others].slice(0, maxKept));
    await trx
      .insertInto("meta")
      .values({ key, value })
      .onConflict((conflict) => conflict.column("key").doUpdateSet({ value }))
      .execute();
  });
}

/**
 * The places that the last search could not open: which, since when, why and what to do about it, in words, and when it was tried last. Beyond
 * `limit` their number is told: a place of which nothing is said would pass for open.
 */
export async function unopenedPlaces(
  catalog: Catalog,
  limit: number,
): Promise<readonly { readonly told: string; readonly at: number }[]> {
  const places = await unopened(catalog);
  const named = places.slice(0, limit).map(({ at, code, kind, place, since, unasked: isUnasked }) => {
    const [what, remedy] = words[kind];
    return {
      told: `${what} ${place} could not be opened since ${isoTime(since)}: ${code}. ${isUnasked ? unasked : remedy} It is tried again every hour.`,
      at,
    };
  });
  const [next] = places.slice(limit);
  if (next === undefined) return named;
  const more = places.length - limit;
  return [
    ...named,
    { told: `${more} more places could not be opened. The log of this program names each.`, at: next.at },
  ];
}

/** Sources that are known from before and that nobody looks at, as their place can't be opened, are no longer `active`. */
export async function closeSources(
  catalog: Catalog,
  places: readonly UnopenedPlace[],
  { at, open }: { readonly at: number; readonly open: ReadonlySet<string> },
): Promise<void> {
  const known = await catalog.selectFrom("sources").selectAll().where("retired_at", "is", null).execute();
  for (const { account_id: accountId, id, origin, place, region } of known) {
    if (open.has(id)) continue;
    // The same log group can be named by a configuration in one run, and found in the next.
    const names = origin === "discovered" ? [place, `${accountId}/${region}`] : [place];
    const closed = places.find(({ covers }) => names.some((name) => isCovered(name, covers)));
    if (closed === undefined) continue;
    const reason = `its place could not be opened: ${closed.code}`;
    await setSourceState(catalog, id, { state: closed.state, reason, at });
  }
}

/** Whether a place, or an `account/region`, is one that `covers` of an unopened place speaks of. */
export function isCovered(name: string, covers: string | null): boolean {
  return covers !== null && (covers.endsWith("/") ? name.startsWith(covers) : name === covers);
}

async function unopened(catalog: Catalog): Promise<Known> {
  const row = await catalog.selectFrom("meta").select("value").where("key", "=", key).executeTakeFirst();
  return row === undefined ? [] : Known.parse(JSON.parse(row.value));
}
