import type { Status } from "../../server/domain/status.ts";
import { lagOf } from "../../server/domain/coverage.ts";
import { counted, format } from "../format.ts";
import { formatDuration } from "../format-time.ts";
import { useStatus } from "../queries.ts";
import { Panel } from "../ui/panel.tsx";
import type { PanelSpec } from "./panel.ts";

export const ingestProgress: PanelSpec = {
  id: "ingest-progress",
  title: "Reading now",
  View: IngestProgress,
};

/** Only while there is something to read: it is asked every few seconds then. */
function IngestProgress() {
  const status = useStatus().data;
  if (status?.ingest == null || status.ingest.unitsDone >= status.ingest.units) return null;
  return <Progress status={status} ingest={status.ingest} />;
}

function Progress({ status, ingest }: { status: Status; ingest: NonNullable<Status["ingest"]> }) {
  const { state, units, unitsDone, records, bytes, etaSeconds } = ingest;
  const { behindMs, unread } = lagOf(status.targets, Date.parse(status.serverTime));
  const share = format.percent(unitsDone / units);
  return (
    <Panel
      title="Reading now"
      note={state === "listing" ? "still listing: there may be more than is known of" : "all that was listed"}
    >
      <div className="panel-body stackx">
        <progress max={units} value={unitsDone} aria-label={`Objects read: ${share}`} />
        <dl className="measures">
          <Measure name="Objects" value={`${format.count(unitsDone)} of ${format.count(units)}`} unit={share} />
          <Measure name="Records" value={format.count(records)} unit="since the start" />
          <Measure name="Read" value={`${format.count(Math.round(bytes / 1e6))} MB`} unit="decompressed" />
          <Measure
            name="Lag"
            value={behindMs === null ? "n/a" : formatDuration(behindMs)}
            unit={unread === 0 ? "of the last target" : `${counted(unread, "target")} not read yet`}
          />
          <Measure
            name="Time left"
            value={etaSeconds === null ? "n/a" : `about ${formatDuration(etaSeconds * 1_000)}`}
            unit={etaSeconds === null ? "too early to tell" : "at the pace so far"}
          />
        </dl>
      </div>
    </Panel>
  );
}

function Measure({ name, value, unit }: { name: string; value: string; unit: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <b>{value}</b> <span className="muted small">{unit}</span>
      </dd>
    </div>
  );
}
