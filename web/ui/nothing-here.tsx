import type { MetricResult } from "../../server/domain/metric.ts";
import { formatTime } from "../format-time.ts";
import { useStatus } from "../queries.ts";
import { useView } from "../view.tsx";
import { Empty } from "./states.tsx";

const dayMs = 86_400_000;

/** No records: because there are none in the store, in the window, or behind the filters; and the way out. */
export function NothingHere({ result }: { result: Pick<MetricResult, "query" | "buckets"> }) {
  const { state, change, zone } = useView();
  const status = useStatus().data;
  if (status?.dataRange === null) {
    const reading = status.ingest !== null;
    return (
      <Empty icon="clock" title={reading ? "Reading the first records" : "Waiting for the first record"}>
        <p>Records usually arrive within five minutes of a call.</p>
      </Empty>
    );
  }
  const last = state.filters.at(-1);
  if (last !== undefined) {
    const remove = (
      <button className="btn" type="button" onClick={() => change({ ...state, filters: state.filters.slice(0, -1) })}>
        Remove the last filter
      </button>
    );
    return (
      <Empty title="No invocations match these filters" actions={remove}>
        <p>The window may have some that the filters leave out.</p>
      </Empty>
    );
  }
  const covered = result.buckets.length > 0 && result.buckets.every((bucket) => bucket.state !== "uncovered");
  const newest = status?.dataRange.to;
  const go =
    newest === undefined ? undefined : (
      <button
        className="btn"
        type="button"
        onClick={() => change({ ...state, range: { from: dayBefore(newest), to: newest } })}
      >
        Go to {formatTime(newest, zone, "day")}
      </button>
    );
  return (
    <Empty title="No invocations in this window" actions={go}>
      <p>
        {covered ? "Coverage is complete, so this is a real zero." : "Not all of the window is covered by evidence."}
      </p>
    </Empty>
  );
}

function dayBefore(iso: string): string {
  return new Date(Date.parse(iso) - dayMs).toISOString();
}
