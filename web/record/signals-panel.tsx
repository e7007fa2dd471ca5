import { Link } from "wouter";
import { api } from "../../server/domain/api.ts";
import type { InvocationRecord } from "../../server/domain/invocation-answers.ts";
import type { Signal } from "../../server/domain/signal.ts";
import { visibleText } from "../../server/domain/visible-text.ts";
import { counted, format } from "../format.ts";
import { useAnswer } from "../queries.ts";
import { SeverityBadge, severityWord, stateWord } from "../ui/badges.tsx";
import { Icon } from "../ui/icon.tsx";
import { Excerpt } from "../ui/masked.tsx";
import { useMay } from "../ui/number-link.tsx";
import { Panel } from "../ui/panel.tsx";
import { carried, writeUrl } from "../url-state.ts";
import { useView } from "../view.tsx";

const shownFindings = 5;

/** What single rules saw in this record, and the findings that it is part of. */
export function SignalsPanel({ record: { signals, findings } }: { record: InvocationRecord }) {
  const may = useMay("findings.read");
  return (
    <Panel title="Signals and findings" width="c4" fill>
      <div className="panel-body stackx">
        {signals.length === 0 ? <p className="muted">No rule saw anything in this record.</p> : null}
        {signals.map((signal) => (
          <OneSignal key={`${signal.ruleId} ${signal.side} ${signal.path} ${signal.start}`} signal={signal} />
        ))}
        {findings.length === 0 ? <p className="muted">It is part of no finding.</p> : null}
        {may ? findings.slice(0, shownFindings).map((id) => <FindingLine key={id} id={id} />) : null}
        {!may && findings.length > 0 ? <p className="muted">Its findings need the permission findings.read.</p> : null}
        {may && findings.length > shownFindings ? (
          <p className="muted">and {counted(findings.length - shownFindings, "more finding")}</p>
        ) : null}
      </div>
    </Panel>
  );
}

function OneSignal({ signal }: { signal: Signal }) {
  const { ruleId, severity, side, kind, start, end, count, position, excerpt } = signal;
  return (
    <div className="stack1">
      <p className="row">
        <b>{visibleText(ruleId)}</b>
        <SeverityBadge severity={severity} />
        <span className="muted small">
          {side}, {kind}, {start}–{end}
          {count > 1 ? `, ${format.count(count)} different` : ""}
          {position === "history" ? ", sent again" : ""}
        </span>
      </p>
      <p>
        <Excerpt text={excerpt} />
      </p>
    </div>
  );
}

function FindingLine({ id }: { id: string }) {
  const { state } = useView();
  const finding = useAnswer(api.finding, { id }).data?.finding;
  const grave = finding?.severity === "critical" || finding?.severity === "high";
  return (
    <div className={grave ? "callout bad" : "callout"}>
      <Icon name="findings" />
      <div>
        <p>
          <Link className="link" href={`/findings/${id}${writeUrl(carried(state))}`}>
            {finding === undefined ? "Finding" : visibleText(finding.title)}
          </Link>
        </p>
        {finding === undefined ? null : (
          <p className="small">
            {severityWord(finding.severity)} · {stateWord(finding.state).toLowerCase()} ·{" "}
            {counted(finding.records, "record")}
          </p>
        )}
      </div>
    </div>
  );
}
