import { useMemo } from "react";
import type { Controls } from "../../server/domain/compliance-answers.ts";
import type { CheckReport, ControlResult } from "../../server/domain/compliance.ts";
import { visibleText } from "../../server/domain/visible-text.ts";
import { cellsOf, useControls } from "../compliance/answers.ts";
import { cellName, choiceOf, choose, controlHref } from "../compliance/choose.ts";
import { ControlDetail } from "../compliance/control-detail.tsx";
import { Fixes } from "../compliance/fixes.tsx";
import { ListedTargets } from "../compliance/listed-targets.tsx";
import { VerdictGrid } from "../compliance/verdict-grid.tsx";
import { counted, format } from "../format.ts";
import { Panel } from "../ui/panel.tsx";
import { Answered, Empty, RowsSkeleton } from "../ui/states.tsx";
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
  const { data } = answer;
  if (data?.report === null) return null;
  if (data === undefined) {
    return (
      <Panel title="Controls by target" busy={answer.isFetching}>
        <Answered answer={answer} loading={<RowsSkeleton rows={7} />}>
          {() => null}
        </Answered>
      </Panel>
    );
  }
  return <Grid controls={data.controls} report={data.report} busy={answer.isFetching} />;
}

function Grid({ controls, report, busy }: { controls: Controls["controls"]; report: CheckReport; busy: boolean }) {
  const { state, change } = useView();
  const cell = useMemo(() => cellsOf(report), [report]);
  const choice = choiceOf(state);
  const chosen = useMemo(
    () => choose({ controls, report, cell }, choice),
    // The choice is read anew from each address: what counts is what it says.
    // oxlint-disable-next-line react/exhaustive-deps
    [controls, report, cell, JSON.stringify(choice)],
  );
  const open = state.plain.get("open")?.[0] ?? null;
  const shown = openCell(chosen, open);
  const hrefBase = `/compliance${writeUrl(withPlain(state, "open", []))}&open=`;
  const close = () => {
    change(withPlain(state, "open", []));
    document.querySelector<HTMLElement>(`.verdicts [aria-current="true"]`)?.focus();
  };
  return (
    <Panel
      title="Controls by target"
      note="a fact that could not be read is Unknown, never Pass"
      busy={busy}
      tools={<Fixes results={shownResults(chosen, report)} />}
      foot={
        <>
          <span role="status">
            {format.count(chosen.rows.length)} of {counted(chosen.allRows, "target")},{" "}
            {counted(chosen.controls.length, "control")}
          </span>
          <ListedTargets targets={chosen.listed} />
        </>
      }
    >
      {chosen.rows.length === 0 || chosen.controls.length === 0 ? (
        <NothingChosen rows={chosen.allRows} />
      ) : (
        <VerdictGrid
          controls={chosen.controls}
          rows={chosen.rows}
          cell={cell}
          open={open}
          hrefBase={hrefBase}
          controlHref={(id) => controlHref(state, id)}
        />
      )}
      {open === null || shown !== null ? null : (
        <p className="panel-body top warn">
          The detail that this link opens is not here: {visibleText(open)} is left out by the filters, or not part of
          the run.
        </p>
      )}
      {shown === null ? null : <ControlDetail {...shown} cell={cell(shown.control.id, shown.target)} onClose={close} />}
    </Panel>
  );
}

type Chosen = ReturnType<typeof choose>;

function openCell({ controls, rows }: Chosen, open: string | null) {
  for (const target of rows) {
    const control = controls.find(({ id }) => cellName(id, target) === open);
    if (control !== undefined) return { control, target };
  }
  return null;
}

function shownResults({ controls, rows }: Chosen, { results }: CheckReport): readonly ControlResult[] {
  const ids = new Set(controls.map(({ id }) => id));
  const targets = new Set(rows.map(({ account, region }) => `${account}/${region}`));
  return results.filter(({ control, account, region }) => ids.has(control) && targets.has(`${account}/${region}`));
}

function NothingChosen({ rows }: { rows: number }) {
  const { state, change } = useView();
  const clear = () => {
    const plain = new Map(state.plain);
    for (const key of ["control", "verdict", "framework", "open"] as const) plain.delete(key);
    change({ ...state, plain, filters: [] });
  };
  if (rows === 0) {
    return (
      <Empty icon="unknown" tone="warn" title="No target was looked at">
        <p>Each target of the run is excluded or not applicable; the list below says why.</p>
      </Empty>
    );
  }
  const button = (
    <button className="btn" type="button" onClick={clear}>
      Remove the filters
    </button>
  );
  return <Empty title={`No match for these filters in ${counted(rows, "target")}`} actions={button} />;
}
