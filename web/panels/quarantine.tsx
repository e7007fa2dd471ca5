import { api } from "../../server/domain/api.ts";
import type { QuarantineEntry } from "../../server/domain/compliance-answers.ts";
import type { QuarantineReason } from "../../server/domain/invocation.ts";
import { visibleText } from "../../server/domain/visible-text.ts";
import { countBy } from "../count-by.ts";
import { format } from "../format.ts";
import { formatTime } from "../format-time.ts";
import { useAnswer } from "../queries.ts";
import { Icon } from "../ui/icon.tsx";
import { Panel } from "../ui/panel.tsx";
import { Answered, Empty, RowsSkeleton } from "../ui/states.tsx";
import { Table, type Column } from "../ui/table.tsx";
import { useView } from "../view.tsx";
import type { PanelSpec } from "./panel.ts";

export const quarantine: PanelSpec = {
  id: "quarantine",
  title: "Quarantine",
  View: Quarantine,
};

const reasons: Readonly<Record<QuarantineReason, string>> = {
  "not-json": "Not JSON",
  "not-object": "JSON, but no object",
  "wrong-schema-type": "Not an invocation record",
  "bad-timestamp": "A time that cannot be read",
  "no-account": "No account",
  "no-region": "No region",
  "record-too-large": "Larger than the limit",
  truncated: "Cut at the end",
  "bad-gzip": "Broken compression",
  "scope-mismatch": "Another account or region than the source's",
  crashed: "The reader broke on it",
  "too-deep": "Nested too deeply",
};

function Quarantine() {
  const answer = useAnswer(api.quarantine, {});
  return (
    <Panel
      title="Quarantine"
      note={answer.data === undefined ? undefined : `${format.count(answer.data.total)} open`}
      width="c4"
      fill
      busy={answer.isFetching}
    >
      <Answered answer={answer} loading={<RowsSkeleton rows={4} />}>
        {({ items, total }) =>
          items.length === 0 ? (
            <Empty icon="pass" tone="good" title="Nothing is in quarantine">
              <p>Every line that was read is a record, or was left out by a rule.</p>
            </Empty>
          ) : (
            <>
              <Table
                caption="Quarantine by reason"
                columns={reasonColumns}
                rows={byReason(items)}
                rowKey={({ reason }) => reason}
              />
              <Entries items={items} total={total} />
            </>
          )
        }
      </Answered>
    </Panel>
  );
}

interface ReasonRow {
  readonly reason: QuarantineReason;
  readonly open: number;
  readonly settled: number;
}

function byReason(items: readonly QuarantineEntry[]): readonly ReasonRow[] {
  const open = new Map(
    countBy(
      items.filter(({ state }) => state === "open"),
      ({ reason }) => reason,
    ),
  );
  return countBy(items, ({ reason }) => reason).map(([reason, count]) => {
    const waiting = open.get(reason) ?? 0;
    return { reason, open: waiting, settled: count - waiting };
  });
}

const reasonColumns: readonly Column<ReasonRow>[] = [
  { id: "reason", head: "Reason", cell: ({ reason }) => reasons[reason] },
  { id: "open", head: "Open", right: true, cell: ({ open }) => format.count(open) },
  { id: "settled", head: "Settled", right: true, cell: ({ settled }) => format.count(settled) },
];

function Entries({ items, total }: { items: readonly QuarantineEntry[]; total: number }) {
  const { zone } = useView();
  return (
    <div className="panel-body top">
      <details className="data">
        <summary>
          <Icon name="right" />
          Show them{items.length < total ? `, the newest ${format.count(items.length)}` : ""}
        </summary>
        <div className="log-scroll" tabIndex={0} role="region" aria-label="Quarantined lines and objects">
          <ul className="log-lines">
            {items.map(({ id, key, reason, detail, state, byteFrom, byteTo, createdAt }) => (
              <li key={id}>
                <p>
                  {reasons[reason]} <span className="muted small">{state}</span>
                </p>
                <p className="muted small">
                  <code>{visibleText(key)}</code>
                  {byteFrom === null || byteTo === null ? "" : `, bytes ${byteFrom}–${byteTo}`},{" "}
                  {formatTime(createdAt, zone, "dayMinute")}
                  {detail === "" ? "" : `. ${visibleText(detail)}`}
                </p>
              </li>
            ))}
          </ul>
        </div>
      </details>
    </div>
  );
}
