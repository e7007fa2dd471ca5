import { lazy, Suspense, useState } from "react";
import { api } from "../../server/domain/api.ts";
import type { CheckRunHead, ComplianceHistory } from "../../server/domain/compliance.ts";
import { Swatch } from "../charts/swatch.tsx";
import { runBars, runsShown, verdictSeries } from "../compliance/runs.ts";
import { worstFirst } from "../compliance/answers.ts";
import { counted, format } from "../format.ts";
import { formatTime } from "../format-time.ts";
import { useAnswer } from "../queries.ts";
import { verdictWord } from "../ui/badges.tsx";
import { Icon } from "../ui/icon.tsx";
import { useNarrow } from "../ui/narrow.ts";
import { Panel } from "../ui/panel.tsx";
import { Answered, BarsSkeleton, ChartSkeleton, Empty } from "../ui/states.tsx";
import { Table, type Column } from "../ui/table.tsx";
import { useView } from "../view.tsx";
import type { PanelSpec } from "./panel.ts";

const Plot = lazy(() => import("../charts/plot.tsx"));

export const checkHistory: PanelSpec = {
  id: "check-history",
  title: "Runs of the check",
  View: CheckHistory,
};

function CheckHistory() {
  const { zone } = useView();
  const answer = useAnswer(api.complianceHistory, {});
  return (
    <Panel
      title="Runs of the check"
      note={`verdicts by run, 30 days, ${zone}`}
      width="c5"
      fill
      busy={answer.isFetching}
    >
      <Answered answer={answer} loading={<ChartSkeleton />}>
        {(history) =>
          history.runs.length === 0 ? (
            <Empty icon="unknown" tone="warn" title="No run in 30 days">
              <p>What was checked before is too old to speak of today.</p>
            </Empty>
          ) : (
            <History history={history} />
          )
        }
      </Answered>
    </Panel>
  );
}

/** What is well would dwarf what is not: it is drawn when it is switched on. */
const quiet: ReadonlySet<string> = new Set([verdictWord("PASS"), verdictWord("NOT_APPLICABLE")]);

function History({ history }: { history: ComplianceHistory }) {
  const { zone } = useView();
  const narrow = useNarrow();
  const [hidden, setHidden] = useState<ReadonlySet<string>>(quiet);
  const shown = runsShown(history, zone);
  const series = verdictSeries(shown.runs);
  const toggle = (label: string) => setHidden(hidden.has(label) ? without(hidden, label) : new Set([...hidden, label]));
  const visible = series.filter(({ label }) => !hidden.has(label));
  return (
    <div className="panel-body chart">
      <p>{summaryOf(shown.runs, shown.daily, shown.others, history.truncated.runs)}</p>
      <ul className="legend">
        {series.map(({ label, ink }) => (
          <li key={label}>
            <button type="button" aria-pressed={!hidden.has(label)} onClick={() => toggle(label)}>
              <Swatch ink={ink} />
              {label}
            </button>
          </li>
        ))}
      </ul>
      <Suspense fallback={<BarsSkeleton />}>
        <Plot
          label="Verdicts by run of the check"
          input={runBars(shown, { series: visible, zone, ticks: narrow ? 2 : 3 })}
          zone={zone}
          short={false}
          onOpen={() => undefined}
        />
      </Suspense>
      <RunTable runs={shown.runs} />
    </div>
  );
}

function without(set: ReadonlySet<string>, label: string): ReadonlySet<string> {
  return new Set([...set].filter((other) => other !== label));
}

function summaryOf(runs: readonly CheckRunHead[], daily: boolean, others: number, truncated: boolean): string {
  const [first, last] = [runs[0]?.summary.verdicts, runs.at(-1)?.summary.verdicts];
  const cut = runs.filter(({ run }) => !run.complete).length;
  return [
    daily ? `The last run of each of ${counted(runs.length, "day")}.` : `${counted(runs.length, "run")}.`,
    first === undefined || last === undefined || runs.length < 2
      ? ""
      : `Fail ${format.count(first.FAIL)} then, ${format.count(last.FAIL)} now; Unknown ${format.count(first.UNKNOWN)} then, ${format.count(last.UNKNOWN)} now.`,
    cut === 0 ? "" : `${format.count(cut)} not to the end.`,
    others === 0 ? "" : `${counted(others, "run")} over other accounts, regions or controls not shown.`,
    truncated ? "Older runs are not told." : "",
  ]
    .filter(Boolean)
    .join(" ");
}

/** Exactly what is plotted, and what each run was asked. */
function RunTable({ runs }: { runs: readonly CheckRunHead[] }) {
  const { zone } = useView();
  const [open, setOpen] = useState(false);
  return (
    <details className="data" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <Icon name="right" />
        Show data table
      </summary>
      {open ? (
        <Table
          caption="Verdicts by run of the check"
          columns={columnsOf(zone)}
          rows={runs.toReversed()}
          rowKey={({ run }) => run.id}
        />
      ) : null}
    </details>
  );
}

function columnsOf(zone: string): readonly Column<CheckRunHead>[] {
  return [
    {
      id: "run",
      head: "Run",
      className: "nowrap",
      cell: ({ run }) => `${formatTime(run.clock, zone, "dayMinute")}${run.complete ? "" : ", not to its end"}`,
    },
    ...worstFirst.map((verdict): Column<CheckRunHead> => ({
      id: verdict,
      head: verdictWord(verdict),
      right: true,
      cell: ({ summary }) => format.count(summary.verdicts[verdict]),
    })),
    {
      id: "targets",
      head: "Evaluated",
      right: true,
      cell: ({ summary: { targets } }) =>
        `${format.count(targets.evaluated)} of ${format.count(targets.total - targets.excluded)}`,
    },
  ];
}
