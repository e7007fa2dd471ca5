import type { ControlResult, LoggingGap } from "../../server/domain/compliance.ts";
import { visibleText } from "../../server/domain/visible-text.ts";
import { targetName, useControls } from "../compliance/answers.ts";
import { choiceOf, isInPlace } from "../compliance/choose.ts";
import { gapCalls, gapWord } from "../compliance/gap-table.tsx";
import { counted } from "../format.ts";
import { formatRange } from "../format-time.ts";
import { Icon } from "../ui/icon.tsx";
import { Panel } from "../ui/panel.tsx";
import { Answered, Empty, RowsSkeleton } from "../ui/states.tsx";
import { useView } from "../view.tsx";
import type { PanelSpec } from "./panel.ts";

export const checkGaps: PanelSpec = {
  id: "check-gaps",
  title: "Gaps",
  View: CheckGaps,
};

interface Gap extends LoggingGap {
  readonly result: ControlResult;
}

function CheckGaps() {
  const answer = useControls();
  const { state, zone } = useView();
  if (answer.data?.report === null) return null;
  const choice = choiceOf(state);
  const results = (answer.data?.report?.results ?? []).filter((result) => isInPlace(result, choice));
  const gaps = gapsOf(results);
  return (
    <Panel title="Gaps" note={`spans without records, ${zone}`} width="c4" fill busy={answer.isFetching}>
      <Answered answer={answer} loading={<RowsSkeleton rows={4} />}>
        {() => (gaps.length === 0 ? <NoGaps results={results} /> : <GapList gaps={gaps} />)}
      </Answered>
    </Panel>
  );
}

function gapsOf(results: readonly ControlResult[]): readonly Gap[] {
  return results
    .flatMap((result) => result.gaps.map((gap) => ({ ...gap, result })))
    .toSorted((a, b) => b.to.localeCompare(a.to));
}

/** Those in which calls may be missing; the others are counted, and listed on demand. */
function GapList({ gaps }: { gaps: readonly Gap[] }) {
  const missing = gaps.filter(({ invocations }) => invocations !== 0);
  const empty = gaps.filter(({ invocations }) => invocations === 0);
  return (
    <div className="panel-body stackx">
      {missing.length === 0 ? <p>No model was called in any of them.</p> : <Gaps gaps={missing} />}
      {empty.length === 0 ? null : (
        <details className="data">
          <summary>
            <Icon name="right" />
            {counted(empty.length, "gap")} without a call
          </summary>
          <Gaps gaps={empty} />
        </details>
      )}
    </div>
  );
}

function Gaps({ gaps }: { gaps: readonly Gap[] }) {
  const { zone } = useView();
  return (
    <div
      className="log-scroll"
      tabIndex={0}
      role="region"
      aria-label={gaps[0]?.invocations === 0 ? "Gaps without a call" : "Gaps"}
    >
      <ol className="log">
        {gaps.map((gap) => (
          <li key={`${gap.result.id} ${gap.kind} ${gap.from}`}>
            <Icon name={gap.invocations === 0 ? "info" : "fail"} {...(gap.invocations === 0 ? {} : { tone: "bad" })} />
            <div>
              <p>
                <b>
                  {gapWord(gap.kind)} {formatRange(gap.from, gap.to, zone)}
                </b>
              </p>
              <p className="small">
                {visibleText(targetName(gap.result))}, {gapCalls(gap)}
                {gap.actor === null ? "" : `, by ${visibleText(gap.actor)}`}
              </p>
            </div>
          </li>
        ))}
      </ol>
    </div>
  );
}

/** No gap is good news only where somebody looked. */
function NoGaps({ results }: { results: readonly ControlResult[] }) {
  const looked = results.filter(({ control }) => control === "logging-unbroken");
  const unknown = looked.filter(({ verdict }) => verdict === "UNKNOWN").length;
  if (looked.length === 0) {
    return (
      <Empty icon="unknown" tone="warn" title="Not looked at">
        <p>The last run did not ask whether logging was on without a break.</p>
      </Empty>
    );
  }
  if (unknown > 0) {
    return (
      <Empty
        icon="unknown"
        tone="warn"
        title={`No gap is known; unknown: ${unknown} of ${counted(looked.length, "target")}`}
      >
        <p>The grid says what could not be read.</p>
      </Empty>
    );
  }
  return <Empty icon="pass" tone="good" title={`No gap in ${counted(looked.length, "target")}`} />;
}
