import { Link } from "wouter";
import type { FindingPage } from "../../server/domain/finding-answers.ts";
import { shownFindingState, type TriagedFinding } from "../../server/domain/finding.ts";
import { visibleText } from "../../server/domain/visible-text.ts";
import { useFindings } from "../finding/use-findings.ts";
import { waiverWords } from "../finding/waiver-words.ts";
import { counted, format } from "../format.ts";
import { formatTime } from "../format-time.ts";
import { subjectHref } from "../subject.ts";
import { SeverityBadge, StateBadge } from "../ui/badges.tsx";
import { NumberLink } from "../ui/number-link.tsx";
import { Pager } from "../ui/pager.tsx";
import { Panel } from "../ui/panel.tsx";
import { Answered, Empty, RowsSkeleton } from "../ui/states.tsx";
import { Table, type Column } from "../ui/table.tsx";
import { SubjectName } from "../ui/two-line.tsx";
import { carried, withPlain, writeUrl } from "../url-state.ts";
import { useView } from "../view.tsx";
import type { PanelSpec } from "./panel.ts";

export const findingList: PanelSpec = {
  id: "finding-list",
  title: "Findings",
  View: FindingList,
};

function FindingList() {
  const { state } = useView();
  const answer = useFindings();
  const title = state.plain.has("state") ? "Findings" : "New or in progress";
  return (
    <Panel
      title={title}
      note={answer.data === undefined ? undefined : <Shown page={answer.data} />}
      busy={answer.isFetching}
      foot={answer.data === undefined ? undefined : <Pager next={answer.data.next} />}
    >
      <Answered answer={answer} loading={<RowsSkeleton rows={8} />}>
        {(page) => (page.items.length === 0 ? <None page={page} /> : <Findings items={page.items} />)}
      </Answered>
    </Panel>
  );
}

function Shown({ page }: { page: FindingPage }) {
  if (page.items.length === page.total.value) return <>{format.count(page.total.value)}, worst first</>;
  return (
    <>
      {format.count(page.items.length)} of {format.count(page.total.value)}, worst first
    </>
  );
}

function Findings({ items }: { items: readonly TriagedFinding[] }) {
  const { state, zone } = useView();
  const columns: readonly Column<TriagedFinding>[] = [
    { id: "severity", head: "Severity", cell: ({ severity }) => <SeverityBadge severity={severity} /> },
    {
      id: "finding",
      head: "Finding",
      names: true,
      className: "what",
      cell: ({ id, title, summary }) => (
        <>
          <Link className="strong" href={`/findings/${id}${writeUrl(carried(state))}`}>
            {visibleText(title)}
          </Link>
          <br />
          <span className="muted small">{visibleText(summary)}</span>
        </>
      ),
    },
    { id: "subject", head: "Subject", className: "nowrap", cell: ({ subject }) => <SubjectName subject={subject} /> },
    {
      id: "seen",
      head: "Last seen",
      className: "nowrap",
      cell: ({ firstSeen, lastSeen }) => (
        <>
          {formatTime(lastSeen, zone, "dayMinute")}
          <br />
          <span className="muted small">first {formatTime(firstSeen, zone, "dayMinute")}</span>
        </>
      ),
    },
    {
      id: "records",
      head: "Records",
      right: true,
      cell: (finding) => (
        <NumberLink href={subjectHref(finding.subject, finding, zone)} of={`records of ${visibleText(finding.title)}`}>
          {format.count(finding.records)}
        </NumberLink>
      ),
    },
    { id: "state", head: "State", cell: (finding) => <State finding={finding} /> },
    { id: "assignee", head: "Owner", className: "nowrap", cell: ({ assignee }) => <Owner assignee={assignee} /> },
  ];
  return (
    <Table caption="Findings, worst first" className="tall" columns={columns} rows={items} rowKey={({ id }) => id} />
  );
}

function State({ finding }: { finding: TriagedFinding }) {
  const { waiver } = finding;
  return (
    <>
      <StateBadge state={shownFindingState(finding)} />
      {waiver === null ? null : (
        <>
          <br />
          <span className="muted small">{waiverWords(waiver)}</span>
        </>
      )}
    </>
  );
}

function Owner({ assignee }: { assignee: string | null }) {
  if (assignee === null) return <span className="muted">none</span>;
  const name = visibleText(assignee);
  return (
    <span className="row nowrap">
      <span className="av" aria-hidden="true">
        {name.slice(0, 2).toUpperCase()}
      </span>
      {name}
    </span>
  );
}

/** Green only where detections ran and every finding is done. */
function None({ page }: { page: FindingPage }) {
  const { state, change } = useView();
  if (page.detections === null) {
    return (
      <Empty icon="unknown" tone="warn" title="Not evaluated: no detection has run yet">
        <p>Detections run after records have arrived. An empty list says nothing until then.</p>
      </Empty>
    );
  }
  const chosen = (["severity", "state", "detection", "subject"] as const).filter((key) => state.plain.has(key));
  if (chosen.length === 0) {
    return (
      <Empty icon="pass" tone="good" title="No open findings in this window">
        <p>
          {counted(page.detections.ran, "detection")} ran. Resolved, withdrawn or waived: {format.count(page.notShown)}.
        </p>
      </Empty>
    );
  }
  const clear = () => change(chosen.reduce((next, key) => withPlain(next, key, []), state));
  return (
    <Empty
      title="No findings match these filters"
      actions={
        <button className="btn" type="button" onClick={clear}>
          Remove the filters
        </button>
      }
    >
      <p>Left out by their state: {counted(page.notShown, "finding")} of the window.</p>
    </Empty>
  );
}
