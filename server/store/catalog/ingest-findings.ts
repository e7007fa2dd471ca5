import { sql as statement } from "kysely";
import type { IngestFinding, IngestFindingKind } from "../../domain/coverage.ts";
import { isoTime } from "../../lib/time.ts";
import { join, raw, sql } from "../sql.ts";
import type { Store } from "../store.ts";
import { type Disagreement, disagreements } from "./disagreement.ts";
import { eventBytes } from "./event-hashes.ts";
import { bodyKind, lostStates } from "./ledger.ts";
import { pageName } from "./page-units.ts";
import { liveRows } from "./ledger-report.ts";
import { notedFindings } from "./source-findings.ts";
import { unopenedPlaces } from "./unopened-places.ts";
import { upkeepFailures } from "./upkeep.ts";

const maxFindings = 100;

const lostKinds: ReadonlyMap<string, IngestFindingKind> = new Map([
  ["partial", "partial-object"],
  ["vanished", "log-object-deleted"],
  ["oversize", "oversize-object"],
  ["crashed", "crashed-object"],
]);

/** Rule and finding of a path that leads out of the places of its record's target. */
const bodyPathRefused = "body-path-refused";

/** What ingest itself found at the sources, newest first. */
export async function ingestFindings(store: Store): Promise<IngestFinding[]> {
  const { catalog, clock } = store;
  const lost = await catalog
    .selectFrom("units")
    .select(["state", "kind", "source_id", "key", "seen_at"])
    .select(statement<number | null>`length(events) / ${eventBytes}`.as("events"))
    .where("state", "in", lostStates)
    .orderBy("seen_at", "desc")
    .limit(maxFindings)
    .execute();
  const refused = await catalog
    .selectFrom("units")
    .select(["source_id", "key", "seen_at"])
    .where("kind", "=", bodyKind)
    .where("rule", "=", bodyPathRefused)
    .orderBy("seen_at", "desc")
    .limit(maxFindings)
    .execute();
  const rewritten = await catalog
    .selectFrom("units")
    .select(["source_id", "key"])
    .select(({ fn }) => fn.max<number>("seen_at").as("seen_at"))
    .where("kind", "=", "object")
    .groupBy(["source_id", "key"])
    .having(({ fn }) => fn.countAll<number>(), ">", 1)
    .limit(maxFindings)
    .execute();
  const late = await catalog
    .selectFrom("windows")
    .select(["source_id", "start_at", "late_at"])
    .where("late_at", "is not", null)
    .orderBy("late_at", "desc")
    .limit(maxFindings)
    .execute();
  const unresolved = await catalog
    .selectFrom("profiles")
    .select(["arn", "error", "asked_at"])
    .where("answer", "is", null)
    .where("error", "is not", null)
    .orderBy("asked_at", "desc")
    .limit(maxFindings)
    .execute();
  const noted = await notedFindings(catalog, maxFindings);
  return [
    ...lost.map((row) => finding(lostKind(row), row.source_id, lostName(row), row.seen_at)),
    ...refused.map((row) => finding(bodyPathRefused, row.source_id, row.key, row.seen_at)),
    ...rewritten.map((row) => finding("log-object-rewritten", row.source_id, row.key, row.seen_at)),
    ...late.map((row) =>
      finding("late-delivery", row.source_id, new Date(row.start_at).toISOString(), row.late_at ?? 0),
    ),
    ...(await disagreements(catalog, clock())).map(disagreement),
    ...damaged(store),
    ...(await lostSegments(store)),
    ...(await upkeepFailures(catalog)).map(({ at, told }) => finding("upkeep-failed", null, told, at)),
    ...(await unopenedPlaces(catalog, maxFindings)).map(({ at, told }) => finding("place-not-opened", null, told, at)),
    ...unresolved.map((row) => finding("model-unresolved", null, `${row.arn}: ${row.error}`, row.asked_at ?? 0)),
    ...noted.map((row) =>
      finding(row.kind as IngestFindingKind, row.source_id === "" ? null : row.source_id, row.key, row.at),
    ),
    ...((await liveRows(catalog, "copies")) > 0 ? await conflicts(store) : []),
  ].toSorted((a, b) => b.at.localeCompare(a.at));
}

function lostKind({ kind, state }: { readonly kind: string; readonly state: string }): IngestFindingKind {
  return kind === bodyKind && state === "vanished" ? "body-missing" : (lostKinds.get(state) ?? "partial-object");
}

function lostName({
  events,
  key,
  kind,
}: {
  readonly kind: string;
  readonly key: string;
  readonly events: number | null;
}) {
  if (kind !== "page" || events === null) return key;
  const name = pageName(key);
  return name === key ? key : `${events} of the ${name}`;
}

function finding(kind: IngestFindingKind, sourceId: string | null, key: string | null, at: number): IngestFinding {
  return { kind, sourceId, key, at: new Date(at).toISOString() };
}

function disagreement({ atLeast, from, other, sourceId, to }: Disagreement): IngestFinding {
  const span = `from ${isoTime(from)} to ${isoTime(to)}`;
  return finding("sources-disagree", sourceId, `at least ${atLeast} of the records ${span} of ${other}`, to);
}

const setAside = /^catalog\.db\.damaged-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)\d{3}Z$/;

/** Catalogs that were found damaged and put aside. */
function damaged({ disk, paths }: Store): IngestFinding[] {
  return disk.list(paths.root).flatMap((name) => {
    const [, year, month, day, hour, minute, second] = (setAside.exec(name) ?? []).map(Number);
    if (year === undefined || month === undefined) return [];
    return [finding("store-damaged", null, name, Date.UTC(year, month - 1, day, hour, minute, second))];
  });
}

const lossWords: ReadonlyMap<string | null, string> = new Map([
  [null, "its sources have not been asked yet"],
  ["unanswered", "its sources did not answer, or are not read; they are asked again"],
  ["undone", "its day is read again as far as its sources have it"],
  [
    "held",
    "its sources have a part of its day and lack what is left of it here, which retention has cut, so it is not read again",
  ],
  ["gone", "its sources do not have it any more"],
  ["summed", "made again from the calls of its day"],
  ["kept", "which objects these calls came from is not known any more"],
]);

/** Files of the lake that were missing or damaged. */
async function lostSegments({ catalog }: Store): Promise<IngestFinding[]> {
  const rows = await catalog
    .selectFrom("lost_segments")
    .innerJoin("segments", "segments.id", "lost_segments.id")
    .select(["segments.tbl", "segments.dt", "lost_segments.outcome", "lost_segments.found_at"])
    .orderBy("lost_segments.found_at", "desc")
    .orderBy("segments.id")
    .limit(maxFindings)
    .execute();
  return rows.map(({ dt, found_at: at, outcome, tbl }) =>
    finding("segment-lost", null, `${tbl} of ${dt}: ${lossWords.get(outcome) ?? outcome}`, at),
  );
}

async function conflicts({ interactive }: Store): Promise<IngestFinding[]> {
  const columns = join(["source_id", "account_id", "region", "request_id"].map(raw), ", ");
  const { rows } = await interactive.query(sql`/* coverage/conflicts */
    select ${columns}, max(ingested_at) as at
    from copies
    where dt >= '0000-01-01' and reason = 'conflicting'
    group by ${columns}
    order by 5 desc
    limit ${maxFindings}`);
  return rows.map((row) => ({
    kind: "conflicting-copies",
    sourceId: String(row["source_id"]),
    key: [row["account_id"], row["region"], row["request_id"]].map(String).join("/"),
    at: String(row["at"]),
  }));
}
