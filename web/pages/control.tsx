import { useMemo } from "react";
import { Link, useParams } from "wouter";
import {
  shownVerdict,
  type CheckReport,
  type ControlResult,
  type ControlWords,
  type ShownVerdict,
  type TargetResult,
} from "../../server/domain/compliance.ts";
import { visibleText } from "../../server/domain/visible-text.ts";
import { cellsOf, targetName, useControls, worstFirst, type CellOf } from "../compliance/answers.ts";
import { cellName, choiceOf, choose, everyControl, reasonWords } from "../compliance/choose.ts";
import { ControlDetail } from "../compliance/control-detail.tsx";
import { ComplianceFilters } from "../compliance/filters.tsx";
import { Fixes } from "../compliance/fixes.tsx";
import { ListedTargets } from "../compliance/listed-targets.tsx";
import { frameworkWords } from "../compliance/words.ts";
import { counted, format } from "../format.ts";
import { AddressNotes } from "../ui/address-notes.tsx";
import { SeverityBadge, VerdictBadge, verdictWord } from "../ui/badges.tsx";
import { PageHead } from "../ui/page-head.tsx";
import { Panel } from "../ui/panel.tsx";
import { Answered, Empty, RowsSkeleton } from "../ui/states.tsx";
import { Table, type Column } from "../ui/table.tsx";
import { carried, withPlain, writeUrl } from "../url-state.ts";
import { useView } from "../view.tsx";
import type { Page } from "./page.ts";

export const control: Page = {
  id: "control",
  path: "/compliance/:control",
  title: "Control",
  icon: null,
  View: ControlPage,
};

function ControlPage() {
  const { control: id } = useParams<{ control: string }>();
  const answer = useControls();
  const { data } = answer;
  const report = data?.report ?? null;
  const words =
    data === undefined
      ? undefined
      : (report === null ? data.controls : everyControl(data.controls, report)).find((one) => one.id === id);
  return (
    <>
      <Crumb id={id} />
      <PageHead
        title={words === undefined ? "Control" : visibleText(words.title)}
        bare
        filters={report === null ? undefined : <ComplianceFilters without={["control", "framework"]} />}
      />
      <div className="grid">
        <AddressNotes />
        {words === undefined ? (
          <Panel title="Control" busy={answer.isFetching}>
            <Answered answer={answer} loading={<RowsSkeleton rows={8} />}>
              {() => <NoSuchControl id={id} />}
            </Answered>
          </Panel>
        ) : (
          <>
            <About control={words} results={report?.results.filter((one) => one.control === id) ?? []} />
            {report === null ? <NotChecked /> : <Targets control={words} report={report} busy={answer.isFetching} />}
          </>
        )}
      </div>
    </>
  );
}

function Crumb({ id }: { id: string }) {
  const { state } = useView();
  return (
    <p className="crumb">
      <Link className="link" href={`/compliance${writeUrl(carried(state))}`}>
        Compliance
      </Link>{" "}
      <span className="muted">/ {visibleText(id)}</span>
    </p>
  );
}

function NoSuchControl({ id }: { id: string }) {
  return (
    <Empty title={`There is no control ${visibleText(id)}`}>
      <p>The Compliance page lists every control there is.</p>
    </Empty>
  );
}

function NotChecked() {
  return (
    <Panel title="Targets">
      <Empty icon="unknown" tone="warn" title="Not checked yet">
        <p>No run of the check has looked at any target.</p>
      </Empty>
    </Panel>
  );
}

/** What it asks for, and why; what it supports. */
function About({ control: { severity, why }, results }: { control: ControlWords; results: readonly ControlResult[] }) {
  const supports = new Set(results.flatMap(({ frameworks }) => frameworks.map(frameworkWords)));
  return (
    <Panel title="What it asks for">
      <div className="panel-body stack1">
        <p className="row">
          <SeverityBadge severity={severity} /> <span>{why === "" ? "No longer asked by this program." : why}</span>
        </p>
        {supports.size === 0 ? null : (
          <>
            <h3>Supports</h3>
            <ul className="supports">
              {[...supports].toSorted().map((one) => (
                <li key={one}>{one}</li>
              ))}
            </ul>
          </>
        )}
      </div>
    </Panel>
  );
}

/** One resource of one target; a target without any result has its reason. */
interface Row {
  readonly target: TargetResult;
  readonly verdict: ShownVerdict;
  readonly result: ControlResult | null;
  readonly reason: string;
}

function rowsOf(id: string, targets: readonly TargetResult[], cell: CellOf): readonly Row[] {
  const rows = targets.flatMap((target): readonly Row[] => {
    const { reason, results, verdict } = cell(id, target);
    if (results.length === 0) return [{ target, verdict, result: null, reason: reasonWords(reason) }];
    return results.map((result) => ({ target, verdict: shownVerdict(result), result, reason: result.reason }));
  });
  const rank = ({ verdict }: Row) => worstFirst.indexOf(verdict);
  return rows.toSorted((a, b) => rank(a) - rank(b));
}

function Targets({ control: words, report, busy }: { control: ControlWords; report: CheckReport; busy: boolean }) {
  const { state, change } = useView();
  const cell = useMemo(() => cellsOf(report), [report]);
  const choice = choiceOf(state);
  const {
    rows: targets,
    allRows,
    listed,
  } = choose({ controls: [words], report, cell }, { ...choice, controls: [words.id], frameworks: [] });
  const rows = rowsOf(words.id, targets, cell);
  const open = state.plain.get("open")?.[0] ?? null;
  const opened = targets.find((target) => cellName(words.id, target) === open) ?? null;
  const hrefBase = `/compliance/${encodeURIComponent(words.id)}${writeUrl(withPlain(state, "open", []))}&open=`;
  const close = () => {
    change(withPlain(state, "open", []));
    document.querySelector<HTMLElement>(`[data-target="${CSS.escape(open ?? "")}"]`)?.focus();
  };
  return (
    <Panel
      title="Targets"
      note={countWords(rows)}
      busy={busy}
      tools={<Fixes results={rows.flatMap(({ result }) => result ?? [])} />}
      foot={
        <>
          <span role="status">
            {format.count(targets.length)} of {counted(allRows, "target")}
          </span>
          <ListedTargets targets={listed} />
        </>
      }
    >
      {rows.length === 0 ? (
        <Empty title={`0 of ${counted(allRows, "target")} match these filters`} />
      ) : (
        <Table
          caption="Verdict of this control for each target, the worst first"
          columns={columnsOf(words.id, hrefBase)}
          rows={rows}
          rowKey={({ result, target }) => result?.id ?? targetName(target)}
          selected={({ target }) => target === opened}
        />
      )}
      {open === null || opened !== null ? null : (
        <p className="panel-body top warn">
          The detail that this link opens is not here: {visibleText(open)} is left out by the filters, or not part of
          the run.
        </p>
      )}
      {opened === null ? null : (
        <ControlDetail control={words} target={opened} cell={cell(words.id, opened)} onClose={close} />
      )}
    </Panel>
  );
}

function countWords(rows: readonly Row[]): string {
  return worstFirst
    .flatMap((verdict) => {
      const count = rows.filter((row) => row.verdict === verdict).length;
      return count === 0 ? [] : [`${format.count(count)} ${verdictWord(verdict)}`];
    })
    .join(" · ");
}

function columnsOf(id: string, hrefBase: string): readonly Column<Row>[] {
  return [
    {
      id: "target",
      head: "Target",
      className: "nowrap",
      cell: ({ target }) => (
        <Link
          className="link id"
          href={`${hrefBase}${encodeURIComponent(cellName(id, target))}`}
          data-target={cellName(id, target)}
        >
          {visibleText(targetName(target))}
        </Link>
      ),
    },
    { id: "verdict", head: "Verdict", className: "nowrap", cell: ({ verdict }) => <VerdictBadge verdict={verdict} /> },
    {
      id: "severity",
      head: "Severity",
      className: "nowrap",
      cell: ({ result, verdict }) =>
        result !== null && (verdict === "FAIL" || verdict === "UNKNOWN") ? (
          <SeverityBadge severity={result.severity} />
        ) : null,
    },
    {
      id: "resource",
      head: "Resource",
      className: "store",
      cell: ({ result }) => (result === null ? null : <code>{visibleText(result.resource)}</code>),
    },
    { id: "reason", head: "Reason", className: "place", cell: ({ reason }) => visibleText(reason) },
  ];
}
