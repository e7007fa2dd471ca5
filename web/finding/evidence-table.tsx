import { Link } from "wouter";
import type { Evidence, TriagedFinding } from "../../server/domain/finding.ts";
import { visibleText } from "../../server/domain/visible-text.ts";
import { counted, format } from "../format.ts";
import { formatTime } from "../format-time.ts";
import { recordHref } from "../record/record-href.ts";
import { subjectHref } from "../subject.ts";
import { Excerpt, Masked } from "../ui/masked.tsx";
import { NumberLink, useMay } from "../ui/number-link.tsx";
import { Panel } from "../ui/panel.tsx";
import { Empty } from "../ui/states.tsx";
import { Table, type Column } from "../ui/table.tsx";
import { useView } from "../view.tsx";

/** Records, or places in them, that show what was found: excerpts are redacted already. */
export function EvidenceTable({ finding }: { finding: TriagedFinding }) {
  const { zone } = useView();
  const { evidence, scanned } = finding;
  const unscanned = scanned.of - scanned.records;
  return (
    <Panel
      title="Evidence"
      note={`${format.count(evidence.length)} of ${counted(finding.records, "record")} · excerpts are masked, at most 160 characters`}
      tools={
        <NumberLink className="link" href={subjectHref(finding.subject, finding, zone)}>
          All records of the subject
        </NumberLink>
      }
      foot={
        <span>
          {counted(scanned.of, "record")} judged, {format.count(scanned.records)} of them scanned for signals
          {unscanned > 0 ? `, ${format.count(unscanned)} not` : ""}
        </span>
      }
    >
      {evidence.length === 0 ? (
        <Empty title="No single record shows it">
          <p>The finding follows from counts over its records.</p>
        </Empty>
      ) : (
        <Rows evidence={evidence} />
      )}
    </Panel>
  );
}

function Rows({ evidence }: { evidence: readonly Evidence[] }) {
  const { zone } = useView();
  const columns: readonly Column<Evidence>[] = [
    { id: "time", head: "Time", className: "nowrap", cell: (item) => <RecordLink evidence={item} /> },
    { id: "rule", head: "Rule", className: "nowrap", cell: ({ ruleId }) => visibleText(ruleId ?? "") },
    {
      id: "where",
      head: "Where",
      className: "nowrap",
      cell: ({ region, segmentKind }) => whereWords(region, segmentKind),
    },
    { id: "outcome", head: "Outcome", cell: ({ outcome }) => outcome ?? <span className="muted">not known</span> },
    {
      id: "excerpt",
      head: "Excerpt, masked",
      className: "excerpt",
      cell: ({ excerpt, path }) => (path === null ? <Masked what="the whole record" /> : <Excerpt text={excerpt} />),
    },
  ];
  return (
    <Table
      caption={`Evidence with masked excerpts, times in ${zone}`}
      columns={columns}
      rows={evidence}
      rowKey={({ requestId }, index) => `${index} ${requestId}`}
    />
  );
}

function whereWords(region: string, kind: string | null): string {
  return kind === null ? visibleText(region) : `${visibleText(region)}, ${kind}`;
}

function RecordLink({ evidence: { accountId, region, requestId, time } }: { evidence: Evidence }) {
  const { zone } = useView();
  const may = useMay("invocations.read");
  const words = formatTime(time, zone, "daySecond");
  if (!may) return <>{words}</>;
  return (
    <Link href={recordHref(`${accountId}/${region}/${requestId}`, time, zone)} aria-label={`Open record ${words}`}>
      {words}
    </Link>
  );
}
