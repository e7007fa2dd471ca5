import { Link } from "wouter";
import type { FindingPage } from "../../server/domain/finding-answers.ts";
import { ShownFindingState } from "../../server/domain/finding.ts";
import { severities, type Severity } from "../../server/domain/severity.ts";
import { useFindings } from "../finding/use-findings.ts";
import { format } from "../format.ts";
import { formatNear } from "../format-time.ts";
import { useStatus } from "../queries.ts";
import { SeverityBadge, severityWord, stateWord } from "../ui/badges.tsx";
import { Panel } from "../ui/panel.tsx";
import { Answered, RowsSkeleton } from "../ui/states.tsx";
import { Table, type Column } from "../ui/table.tsx";
import { withPlain, writeUrl } from "../url-state.ts";
import { useView } from "../view.tsx";
import type { PanelSpec } from "./panel.ts";

const states = ShownFindingState.options;
const worstFirst = severities.toReversed();

export const findingCounts: PanelSpec = {
  id: "finding-counts",
  title: "By severity and state",
  View: FindingCounts,
};

type Row = Severity | "all";

function FindingCounts() {
  const answer = useFindings();
  return (
    <Panel
      title="By severity and state"
      note="of the whole window, whatever else is chosen"
      busy={answer.isFetching}
      tools={<Ran page={answer.data} />}
    >
      <Answered answer={answer} loading={<RowsSkeleton rows={6} />}>
        {(page) => (
          <Table
            caption="Findings by severity and state"
            columns={columnsOf(page)}
            rows={[...worstFirst, "all"] as const}
            rowKey={(row) => row}
            rowClass={(row) => (row === "all" ? "total" : undefined)}
          />
        )}
      </Answered>
    </Panel>
  );
}

function Ran({ page }: { page: FindingPage | undefined }) {
  const { zone } = useView();
  const now = useStatus().data?.serverTime;
  if (page === undefined || now === undefined) return null;
  if (page.detections === null) return <span className="warn">Not evaluated: no detection has run yet</span>;
  return (
    <span className="muted">
      {page.detections.ran} detections ran at {formatNear(page.detections.at, now, zone)}
    </span>
  );
}

function columnsOf(page: FindingPage): readonly Column<Row>[] {
  return [
    {
      id: "severity",
      head: "Severity",
      cell: (row) => (row === "all" ? "All" : <SeverityBadge severity={row} />),
    },
    ...states.map((state): Column<Row> => ({
      id: state,
      head: stateWord(state),
      right: true,
      cell: (row) => <Count page={page} row={row} states={[state]} />,
    })),
    {
      id: "total",
      head: "Total",
      right: true,
      cell: (row) => <Count page={page} row={row} states={states} />,
    },
  ];
}

/** A number that shows its findings. Where nothing was evaluated there is no number. */
function Count({ page, row, states: of }: { page: FindingPage; row: Row; states: readonly ShownFindingState[] }) {
  const { state } = useView();
  if (page.detections === null) return <span className="muted">n/a</span>;
  const rows = row === "all" ? severities : [row];
  const sum = rows.flatMap((severity) => of.map((name) => page.counts[severity]?.[name] ?? 0)).reduce((a, b) => a + b);
  const chosen = withPlain(withPlain(state, "state", [...of]), "severity", row === "all" ? [] : [row]);
  const words = `${row === "all" ? "All" : severityWord(row)}, ${of.length === 1 ? of.map(stateWord).join("") : "any state"}`;
  return (
    <Link className="num" href={`/findings${writeUrl(withPlain(chosen, "cursor", []))}`}>
      {format.count(sum)}
      <span className="vh"> {words}</span>
    </Link>
  );
}
