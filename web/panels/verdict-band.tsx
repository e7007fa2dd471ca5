import { Link } from "wouter";
import { shownVerdict, type CheckReport, type DriftChange, type ShownVerdict } from "../../server/domain/compliance.ts";
import { useControls } from "../compliance/answers.ts";
import { counted, format } from "../format.ts";
import { Marked, VerdictBadge, verdictWord } from "../ui/badges.tsx";
import { Empty, ErrorState } from "../ui/states.tsx";
import { withPlain, writeUrl } from "../url-state.ts";
import { useView } from "../view.tsx";
import type { PanelSpec } from "./panel.ts";

export const verdictBand: PanelSpec = {
  id: "verdict-band",
  title: "Verdicts",
  View: VerdictBand,
};

interface CellSpec {
  readonly verdict: ShownVerdict;
  /** What stands beside the number where the last run says nothing. */
  readonly unit: string;
  /** What the run before says of the number; null: nothing. */
  readonly since: (report: CheckReport) => string | null;
}

const cells: readonly CellSpec[] = [
  { verdict: "FAIL", unit: "to mend", since: (report) => sinceLast(report, "FAIL", ["regressed", "new"], "new") },
  { verdict: "UNKNOWN", unit: "not readable", since: (report) => sinceLast(report, "UNKNOWN", ["lost-sight"], "new") },
  {
    verdict: "WAIVED",
    unit: "accepted",
    since: ({ waivers: { expiring } }) => (expiring.length === 0 ? null : `${expiring.length} expiring`),
  },
  { verdict: "PASS", unit: "", since: (report) => sinceLast(report, "PASS", ["resolved"], "resolved") },
  { verdict: "NOT_APPLICABLE", unit: "with reason", since: () => null },
];

function sinceLast(
  { results, previous }: CheckReport,
  verdict: ShownVerdict,
  changes: readonly DriftChange[],
  word: string,
): string | null {
  if (previous === null) return null;
  const count = results.filter(
    (result) => shownVerdict(result) === verdict && result.drift !== null && changes.includes(result.drift.change),
  ).length;
  return count === 0 ? null : `${format.count(count)} ${word}`;
}

function VerdictBand() {
  const answer = useControls();
  if (answer.data?.report === null) return <NotChecked />;
  const report = answer.data?.report;
  return (
    <section className="panel band six" aria-labelledby="verdict-band" aria-busy={answer.isPending}>
      <div className="intro">
        <h2 id="verdict-band">Verdicts</h2>
        {report === undefined ? <p>…</p> : <Denominator report={report} controls={answer.data?.controls.length ?? 0} />}
      </div>
      {answer.isError ? (
        <ErrorState error={answer.error} onRetry={() => void answer.refetch()} />
      ) : (
        <dl>
          {cells.map((spec) => (
            <VerdictCell key={spec.verdict} spec={spec} report={report} />
          ))}
          <div className="cell">
            <dt>
              <Marked icon="globe" word="Excluded" tone="muted" />
            </dt>
            <dd>
              <span className="n">{report === undefined ? "…" : format.count(report.summary.targets.excluded)}</span>
              <span className="unit">listed</span>
            </dd>
          </div>
        </dl>
      )}
    </section>
  );
}

/** The number leads to the rows that have such a verdict. */
function VerdictCell({ spec: { verdict, unit, since }, report }: { spec: CellSpec; report: CheckReport | undefined }) {
  const { state } = useView();
  const count = report?.summary.verdicts[verdict];
  const loud = verdict === "FAIL" && (count ?? 0) > 0 ? " is-critical" : "";
  const href = `/compliance${writeUrl(withPlain(withPlain(state, "open", []), "verdict", [verdict]))}`;
  return (
    <div className={`cell${loud}`}>
      <dt>
        <VerdictBadge verdict={verdict} />
      </dt>
      <dd>
        {count === undefined || count === 0 ? (
          <span className="n">{count ?? "…"}</span>
        ) : (
          <Link className="num n" href={href}>
            {format.count(count)}
            <span className="vh"> {verdictWord(verdict)}: show their targets</span>
          </Link>
        )}
        <span className="unit">{(report === undefined ? null : since(report)) ?? unit}</span>
      </dd>
    </div>
  );
}

function Denominator({ report: { summary }, controls }: { report: CheckReport; controls: number }) {
  const { total, evaluated, excluded } = summary.targets;
  return (
    <>
      <p>
        {counted(controls, "control")} × {counted(total - excluded, "target")}
      </p>
      <p className={evaluated === 0 ? "warn" : ""}>{format.count(evaluated)} evaluated</p>
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
