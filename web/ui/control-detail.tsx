import { useEffect, useRef } from "react";
import type { ControlResult, ControlWords, TargetResult } from "../../server/domain/compliance.ts";
import { visibleText } from "../../server/domain/visible-text.ts";
import { targetName, type CellVerdict } from "../compliance-answers.ts";
import { formatTime } from "../format-time.ts";
import { withPlain } from "../url-state.ts";
import { useView } from "../view.tsx";
import { SeverityBadge, VerdictBadge } from "./badges.tsx";
import { Icon } from "./icon.tsx";

interface ControlDetailProps {
  readonly control: ControlWords;
  readonly target: TargetResult;
  readonly cell: CellVerdict;
}

/** What was read, what it means, and how to mend it: of one control and one target. */
export function ControlDetail({ control, target, cell }: ControlDetailProps) {
  const { state, change } = useView();
  const place = useRef<HTMLHeadingElement>(null);
  useEffect(() => place.current?.focus(), [control.id, target]);
  return (
    <section className="detail" aria-labelledby="control-detail">
      <h3 id="control-detail" tabIndex={-1} ref={place}>
        {control.title}, {visibleText(targetName(target))}
        <button
          className="btn quiet icon small"
          type="button"
          aria-label="Close"
          onClick={() => change(withPlain(withPlain(state, "control", []), "open", []))}
        >
          <Icon name="x" small />
        </button>
      </h3>
      <p className="muted">{control.why}</p>
      {cell.results.length === 0 ? (
        <p className="row">
          <VerdictBadge verdict={cell.verdict} /> {visibleText(cell.reason ?? "")}
        </p>
      ) : null}
      {cell.results.map((result) => (
        <Result key={result.id} result={result} />
      ))}
    </section>
  );
}

function Result({ result }: { result: ControlResult }) {
  const { zone } = useView();
  const { verdict, severity, resource, reason, code, notes, remediation, evidence } = result;
  return (
    <div className="stack1">
      <p className="row">
        <VerdictBadge verdict={verdict} />
        {verdict === "FAIL" || verdict === "UNKNOWN" ? <SeverityBadge severity={severity} /> : null}
        <code>{visibleText(resource)}</code>
        <span className="muted small">{visibleText(code)}</span>
      </p>
      <p>{visibleText(reason)}</p>
      {notes.map((note) => (
        <p className={note.level === "warn" ? "warn" : "muted"} key={`${note.code} ${note.text}`}>
          {visibleText(note.text)}
        </p>
      ))}
      {remediation === null ? null : <code className="well wrap">{visibleText(remediation)}</code>}
      {evidence.length === 0 ? null : (
        <ul className="plain-list muted small">
          {evidence.map(({ fact, service, operation, at, httpStatus, requestId }) => (
            <li key={`${fact} ${operation} ${requestId ?? ""}`}>
              {visibleText(`${service}:${operation}`)} at {formatTime(at, zone, "daySecond")}
              {httpStatus === null ? "" : `, answered ${httpStatus}`}
              {requestId === null ? null : (
                <>
                  , request <code>{visibleText(requestId)}</code>
                </>
              )}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
