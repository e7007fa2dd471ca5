import { Link } from "wouter";
import type { Controls } from "../../server/domain/api.ts";
import type { CheckReport, ControlWords, TargetResult } from "../../server/domain/compliance.ts";
import { atLeast } from "../../server/domain/severity.ts";
import { visibleText } from "../../server/domain/visible-text.ts";
import { cellVerdict, targetName, useControls } from "../compliance-answers.ts";
import { countBy } from "../count-by.ts";
import { ControlDetail } from "../ui/control-detail.tsx";
import { VerdictBadge, verdictWord } from "../ui/badges.tsx";
import { Icon } from "../ui/icon.tsx";
import { Panel } from "../ui/panel.tsx";
import { Answered, RowsSkeleton } from "../ui/states.tsx";
import { Table, type Column } from "../ui/table.tsx";
import { withPlain, writeUrl } from "../url-state.ts";
import { useView } from "../view.tsx";
import type { PanelSpec } from "./panel.ts";

export const controlGrid: PanelSpec = {
  id: "control-grid",
  title: "Controls by target",
  View: ControlGrid,
};

function ControlGrid() {
  const answer = useControls();
  if (answer.data?.report === null) return null;
  return (
    <Panel
      title="Controls by target"
      note="a fact that could not be read is Unknown, never Pass"
      busy={answer.isFetching}
      foot={answer.data?.report == null ? undefined : <Excluded report={answer.data.report} />}
    >
      <Answered answer={answer} loading={<RowsSkeleton rows={7} />}>
        {({ controls, report }) => (report === null ? null : <Grid controls={controls} report={report} />)}
      </Answered>
    </Panel>
  );
}

function Grid({ controls, report }: { controls: Controls["controls"]; report: CheckReport }) {
  const { state } = useView();
  const targets = report.targets.filter((target) => target.state !== "excluded");
  const chosen = { control: state.plain.get("control")?.[0], target: state.plain.get("open")?.[0] };
  const control = controls.find(({ id }) => id === chosen.control);
  const target = targets.find((one) => targetName(one) === chosen.target);
  return (
    <>
      <Table
        className="verdicts stick"
        caption="Verdict of each control for each target"
        columns={columnsOf(controls, report)}
        rows={targets}
        rowKey={targetName}
        selected={(row) => row === target}
      />
      {control === undefined || target === undefined ? null : (
        <ControlDetail control={control} target={target} cell={cellVerdict(report, control.id, target)} />
      )}
    </>
  );
}

function columnsOf(controls: readonly ControlWords[], report: CheckReport): readonly Column<TargetResult>[] {
  return [
    {
      id: "target",
      head: "Target",
      className: "nowrap",
      cell: ({ account, region }) => (
        <span className="id">
          {visibleText(account)}/<b>{visibleText(region)}</b>
        </span>
      ),
    },
    ...controls.map((control): Column<TargetResult> => ({
      id: control.id,
      head: control.title,
      cell: (target) => <Cell control={control} target={target} report={report} />,
    })),
  ];
}

/** Leads to the reason, which stands below the grid. */
function Cell({ control, target, report }: { control: ControlWords; target: TargetResult; report: CheckReport }) {
  const { state } = useView();
  const { verdict, results, reason } = cellVerdict(report, control.id, target);
  const href = `/compliance${writeUrl(withPlain(withPlain(state, "control", [control.id]), "open", [targetName(target)]))}`;
  const deciding = results.filter((one) => one.verdict === verdict);
  const why = visibleText(deciding[0]?.reason ?? reason ?? "");
  // A region that nobody uses fails too, yet nobody is in danger: it keeps its word and loses the tint.
  const mild = verdict === "FAIL" && deciding.every(({ severity }) => !atLeast(severity, "medium"));
  const word = mild ? `${verdictWord(verdict)}, low` : verdictWord(verdict);
  return (
    <Link href={href} title={why} aria-label={`${control.title}, ${targetName(target)}: ${word}`}>
      <span className={mild ? "mild" : undefined}>
        <VerdictBadge verdict={verdict} word={word} />
      </span>
    </Link>
  );
}

/** Every target that was left out, and by which rule. */
function Excluded({ report }: { report: CheckReport }) {
  const excluded = report.targets.filter(({ state }) => state === "excluded");
  if (excluded.length === 0) return <span>No target is excluded.</span>;
  const byCode = countBy(excluded, ({ code }) => code ?? "no reason given");
  const words = byCode.map(([code, count]) => `${count} ${visibleText(code)}`).join(", ");
  return (
    <details className="data">
      <summary>
        <Icon name="right" />
        {excluded.length} {excluded.length === 1 ? "target" : "targets"} excluded: {words}
      </summary>
      <ul className="plain-list">
        {excluded.map((target) => (
          <li key={targetName(target)}>
            {visibleText(targetName(target))} <span>{visibleText(target.code ?? "")}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}
