import path from "node:path";
import { RollupSums } from "./rollups.ts";
import { sumBatches } from "./rows.ts";
import { Sightings } from "./sightings.ts";
import { storedCall } from "./stored-call.ts";
import { commit } from "../store/commit.ts";
import { isSummed } from "../store/compact.ts";
import { liveSegments } from "../store/drop-rows.ts";
import { stagingFolder, type StagedSegment } from "../store/lake.ts";
import type { Lease } from "../store/lease.ts";
import { hasWholeRows, type LostDay, settleLoss } from "../store/lost-segments.ts";
import { raw, sql } from "../store/sql.ts";
import type { Row, Store } from "../store/store.ts";
import { isRollup, type TableName, tableNames, tables } from "../store/tables.ts";
import { ulid } from "../store/ulid.ts";

const sumTables: readonly TableName[] = tableNames.filter(isSummed);

/**
 * Where sums alone were lost, makes all sums of their day again from its calls, in one commit; no source is asked. False when it can't be
 * done: other rows were lost too, or the day does not have all of its calls any more.
 */
export async function sumAgain(store: Store, lease: Lease, day: LostDay): Promise<boolean> {
  const { catalog, clock, log, random } = store;
  const { dt, segments: lost } = day;
  if (!lost.every(({ tbl }) => sumTables.some((table) => table === tbl))) return false;
  if (!(await hasWholeRows(catalog, dt)) || !(await leftSumsAgree(store, day))) return false;
  const batchId = ulid(clock(), random);
  const segments = await stagedSums(store, { dt, batchId });
  const replaces: string[] = [];
  for (const table of sumTables) for (const { id } of await liveSegments(store, table, dt)) replaces.push(id);
  await commit(store, lease, {
    batchId,
    kind: "amend",
    segments,
    replaces,
    apply: (trx) => settleLoss(trx, day, "summed"),
  });
  log.info({ event: "sums-made-again", day: dt, segments: lost.length });
  return true;
}

/** The sums that are left count as many calls as there are: else something else is missing here. */
async function leftSumsAgree({ batch }: Store, { dt, segments: lost }: LostDay): Promise<boolean> {
  const left = sumTables.filter(isRollup).filter((table) => !lost.some(({ tbl }) => tbl === table));
  const { rows } = await batch.query(
    sql`/* sums-again/calls */ select count(*) as n from invocations where dt = ${dt}`,
  );
  const calls = Number(rows[0]?.["n"]);
  for (const table of left) {
    const { rows: sums } = await batch.query(
      sql`/* sums-again/left */ select cast(coalesce(sum(invocations), 0) as bigint) as n from ${raw(table)} where dt = ${dt}`,
    );
    if (Number(sums[0]?.["n"]) !== calls) return false;
  }
  return true;
}

/** The sums of a day, staged; of the calls of some units alone, where they are named. */
export async function stagedSums(
  store: Store,
  { batchId, dt, units }: { readonly dt: string; readonly batchId: string; readonly units?: ReadonlySet<number> },
): Promise<readonly StagedSegment[]> {
  const [rollups, sightings] = [new RollupSums(), new Sightings()];
  for await (const row of callsOf(store, dt)) {
    const call = storedCall(row);
    if (units?.has(call.record.unitId) === false) continue;
    rollups.add(call);
    sightings.add(call.record.invocation);
  }
  const folder = stagingFolder(store.paths, store.disk, batchId);
  // Loads its DuckDB, which most commands have no use for.
  const { openSegmentWriter } = await import("../store/segments/segment-writer.ts");
  const writer = await openSegmentWriter();
  const written: StagedSegment[] = [];
  try {
    for (const [table, batch] of sumBatches(rollups, sightings)) {
      if (batch.rows === 0) continue;
      const stagedFile = path.join(folder, `${table}.parquet`);
      const file = await writer.write(table, batch, stagedFile, { catalogId: store.catalogId, batchId });
      written.push({ table, dt, stagedFile, ...file });
    }
  } finally {
    writer.close();
  }
  return written;
}

const columns = raw(Object.keys(tables.invocations.columns).join(", "));

/** All calls of a day in order of time, a few thousand at a time. */
export async function* callsOf({ batch }: Pick<Store, "batch">, dt: string, callsAtOnce = 5_000): AsyncGenerator<Row> {
  let after = { time: `${dt}T00:00:00.000Z`, account: "", region: "", request: "" };
  for (;;) {
    const { account, region, request, time } = after;
    const { rows } = await batch.query(
      sql`/* sums-again/calls-of */ select ${columns} from invocations
          where dt = ${dt} and time >= cast(${time} as timestamp)
            and (time, account_id, region, request_id) > (cast(${time} as timestamp), ${account}, ${region}, ${request})
          order by time, account_id, region, request_id
          limit ${callsAtOnce}`,
    );
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < callsAtOnce) return;
    const [nextTime, ...names] = ["time", "account_id", "region", "request_id"].map((name) => String(last[name]));
    after = { time: nextTime ?? "", account: names[0] ?? "", region: names[1] ?? "", request: names[2] ?? "" };
  }
}
