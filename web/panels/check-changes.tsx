import { useState } from "react";
import { api } from "../../server/domain/api.ts";
import type { ComplianceHistory, Verdict, VerdictChange } from "../../server/domain/compliance.ts";
import { visibleText } from "../../server/domain/visible-text.ts";
import { choiceOf, controlHead, isInPlace, type Choice } from "../compliance/choose.ts";
import { causeWords, changeWords } from "../compliance/drift.tsx";
import { counted, format } from "../format.ts";
import { formatTime } from "../format-time.ts";
import { useAnswer } from "../queries.ts";
import { VerdictBadge } from "../ui/badges.tsx";
import { Icon } from "../ui/icon.tsx";
import { Panel } from "../ui/panel.tsx";
import { Answered, Empty, RowsSkeleton } from "../ui/states.tsx";
import { Table, type Column } from "../ui/table.tsx";
import { useView } from "../view.tsx";
import type { PanelSpec } from "./panel.ts";

export const checkChanges: PanelSpec = {
  id: "check-changes",
  title: "What changed",
  View: CheckChanges,
};

function CheckChanges() {
  const { state, zone } = useView();
  const answer = useAnswer(api.complianceHistory, {});
  const choice = choiceOf(state);
  const all = answer.data?.changes ?? [];
  const changes = all.filter((change) => isChosen(change, choice));
  return (
    <Panel
      title="What changed"
      note={`verdicts not the same as in the run before, ${zone}`}
      width="c7"
      fill
      busy={answer.isFetching}
      foot={<span>{footOf(changes.length, all.length, answer.data)}</span>}
    >
      <Answered answer={answer} loading={<RowsSkeleton rows={5} />}>
        {({ runs }) => {
          if (runs.length < 2) {
            return (
              <Empty title="There is no run to compare with">
                <p>From the second run of the same accounts, regions and controls on, each change stands here.</p>
              </Empty>
            );
          }
          if (changes.length === 0) return <Empty title={`No verdict changed in ${counted(runs.length, "run")}`} />;
          return <Changes changes={changes} />;
        }}
      </Answered>
    </Panel>
  );
}

function isChosen(change: VerdictChange, choice: Choice): boolean {
  const { controls, verdicts } = choice;
  if (controls.length > 0 && !controls.includes(change.control)) return false;
  if (verdicts.length > 0 && !verdicts.some((verdict) => verdict === change.to)) return false;
  return isInPlace(change, choice);
}

function footOf(shown: number, all: number, history: ComplianceHistory | undefined): string {
  if (history === undefined) return "…";
  return `${shown === all ? counted(all, "change") : `${format.count(shown)} of ${counted(all, "change")}`} in 30 days${history.truncated.changes ? "; older ones are not told" : ""}`;
}

const shownAtFirst = 6;

function Changes({ changes }: { changes: readonly VerdictChange[] }) {
  const { zone } = useView();
  const [all, setAll] = useState(false);
  const rows = all ? changes : changes.slice(0, shownAtFirst);
  return (
    <>
      <Table
        className="tall changes"
        caption="Verdicts that changed, newest first"
        columns={columnsOf(zone)}
        rows={rows}
        rowKey={({ runId, id }) => `${runId} ${id}`}
      />
      {changes.length > rows.length ? (
        <div className="panel-body top">
          <button className="btn small" type="button" onClick={() => setAll(true)}>
            Show all {format.count(changes.length)}
          </button>
        </div>
      ) : null}
    </>
  );
}

function columnsOf(zone: string): readonly Column<VerdictChange>[] {
  return [
    {
      id: "what",
      head: "Control and target",
      cell: ({ control, account, region, resource }) => (
        <span title={visibleText(resource)}>
          <b className="strong2">{visibleText(controlHead(control))}</b>
          <br />
          <span className="id small nowrap">
            {visibleText(account)}/<b>{visibleText(region)}</b>
          </span>
        </span>
      ),
    },
    {
      id: "change",
      head: "Change",
      cell: ({ from, to, change, by }) => (
        <>
          <span className="row nowrap">
            <Side verdict={from} none="not there" />
            <Icon name="arrow" small />
            <span className="vh">then</span>
            <Side verdict={to} none="gone" />
          </span>
          <span className="muted small">
            {change === "gone"
              ? "no longer looked at"
              : [changeWords(change), causeWords(by)].filter(Boolean).join(", ")}
          </span>
        </>
      ),
    },
    { id: "at", head: "Run", className: "nowrap", cell: ({ at }) => formatTime(at, zone, "dayMinute") },
  ];
}

function Side({ verdict, none }: { verdict: Verdict | null; none: string }) {
  return verdict === null ? <span className="muted">{none}</span> : <VerdictBadge verdict={verdict} />;
}
