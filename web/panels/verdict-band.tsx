import type { CheckReport, Verdict } from "../../server/domain/compliance.ts";
import { useControls } from "../compliance-answers.ts";
import { format } from "../format.ts";
import { formatDuration, formatTime } from "../format-time.ts";
import { useStatus } from "../queries.ts";
import { Marked, VerdictBadge } from "../ui/badges.tsx";
import { Empty, ErrorState } from "../ui/states.tsx";
import { useView } from "../view.tsx";
import type { PanelSpec } from "./panel.ts";

export const verdictBand: PanelSpec = {
  id: "verdict-band",
  title: "Verdicts",
  View: VerdictBand,
};

const cells: readonly { readonly verdict: Verdict | "WAIVED"; readonly unit: string }[] = [
  { verdict: "FAIL", unit: "to mend" },
  { verdict: "UNKNOWN", unit: "not readable" },
  { verdict: "WAIVED", unit: "accepted" },
  { verdict: "PASS", unit: "" },
  { verdict: "NOT_APPLICABLE", unit: "with reason" },
];

function VerdictBand() {
  const answer = useControls();
  if (answer.data?.report === null) return <NotChecked />;
  const report = answer.data?.report;
  return (
    <section className="panel band six" aria-labelledby="verdict-band" aria-busy={answer.isPending}>
      <div className="intro">
        <h2 id="verdict-band">Verdicts</h2>
        {report === undefined ? <p>…</p> : <Age report={report} controls={answer.data?.controls.length ?? 0} />}
      </div>
      {answer.isError ? (
        <ErrorState error={answer.error} onRetry={() => void answer.refetch()} />
      ) : (
        <dl>
          {cells.map(({ verdict, unit }) => {
            const count = report?.summary.verdicts[verdict];
            const loud = verdict === "FAIL" && (count ?? 0) > 0 ? " is-critical" : "";
            return (
              <div className={`cell${loud}`} key={verdict}>
                <dt>
                  <VerdictBadge verdict={verdict} />
                </dt>
                <dd>
                  <span className="n">{count === undefined ? "…" : format.count(count)}</span>
                  <span className="unit">{unit}</span>
                </dd>
              </div>
            );
          })}
          <div className="cell">
            <dt>
              <Marked icon="globe" word="Excluded" tone="muted" />
            </dt>
            <dd>
              <span className="n">{report === undefined ? "…" : format.count(report.summary.targets.excluded)}</span>
              <span className="unit">targets</span>
            </dd>
          </div>
        </dl>
      )}
    </section>
  );
}

/** How old the answer is stands beside it: an old pass is no pass of today. */
function Age({ report, controls }: { report: CheckReport; controls: number }) {
  const { zone } = useView();
  const now = useStatus().data?.serverTime;
  const { finishedAt, complete } = report.run;
  const { total, evaluated } = report.summary.targets;
  const age = now === undefined ? null : Math.max(0, Date.parse(now) - Date.parse(finishedAt));
  return (
    <>
      <p>
        {controls} controls, {evaluated} of {total} targets evaluated
      </p>
      <p className={complete ? "" : "warn"}>
        checked {formatTime(finishedAt, zone, "dayMinute")}
        {age === null ? "" : `, ${formatDuration(age)} ago`}
        {complete ? "" : ", not to its end"}
      </p>
    </>
  );
}

function NotChecked() {
  return (
    <section className="panel" aria-labelledby="verdict-band">
      <header className="panel-head">
        <h2 id="verdict-band">Verdicts</h2>
      </header>
      <Empty icon="unknown" tone="warn" title="Not checked yet">
        <p>
          Nothing is known of how logging is set up. The server checks by itself once it can read AWS; from a shell the
          same check is
        </p>
        <code className="well">npx bedrock-audit check</code>
      </Empty>
    </section>
  );
}
