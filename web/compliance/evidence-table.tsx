import type { FactEvidence } from "../../server/domain/compliance.ts";
import { visibleText } from "../../server/domain/visible-text.ts";
import { formatTime } from "../format-time.ts";
import { visibleLines } from "../record/visible-lines.ts";
import { Icon } from "../ui/icon.tsx";
import { useView } from "../view.tsx";

/** Every fact that the verdict rests on: who asked which operation when, what of the answer counted, and its hash. */
export function EvidenceTable({ evidence }: { evidence: readonly FactEvidence[] }) {
  return (
    <ul className="evidence">
      {evidence.map((fact) => (
        <li key={`${fact.fact} ${fact.operation} ${fact.at} ${fact.requestId ?? ""}`}>
          <Fact fact={fact} />
        </li>
      ))}
    </ul>
  );
}

function Fact({ fact }: { fact: FactEvidence }) {
  const { zone } = useView();
  const { service, operation, account, region, at, httpStatus, errorCode, errorClass } = fact;
  const { requestId, earlierRequestIds, caller, fields, sha256 } = fact;
  return (
    <details>
      <summary>
        <Icon name="right" />
        <span>
          <b className="strong2">{visibleText(fact.fact)}</b> <code>{visibleText(`${service}:${operation}`)}</code>
          <span className="muted"> {formatTime(at, zone, "daySecond")}</span>
          {httpStatus === null ? null : <span className="muted">, answered {httpStatus}</span>}
          {errorCode === null ? null : (
            <span className="warn">
              , failed: {visibleText(errorCode)}
              {errorClass === null ? null : ` (${visibleText(errorClass)})`}
            </span>
          )}
        </span>
      </summary>
      <dl className="facts">
        <dt>Asked in</dt>
        <dd>{visibleText(`${account}/${region}`)}</dd>
        <dt>Asked by</dt>
        <dd>{caller === null ? <span className="muted">not recorded</span> : <code>{visibleText(caller)}</code>}</dd>
        <dt>Request id</dt>
        <dd>{requestId === null ? <span className="muted">none</span> : <code>{visibleText(requestId)}</code>}</dd>
        {earlierRequestIds.length === 0 ? null : (
          <>
            <dt>Requests before</dt>
            <dd>
              <code>{earlierRequestIds.map(visibleText).join(", ")}</code>
            </dd>
          </>
        )}
        <dt>Time</dt>
        <dd>
          {formatTime(at, zone, "millisecond")} {zone}
        </dd>
        <dt>SHA-256</dt>
        <dd>{sha256 === null ? <span className="muted">not hashed</span> : <code>{visibleText(sha256)}</code>}</dd>
        <dt>Fields used</dt>
        <dd>
          <pre className="well wrap" tabIndex={0} aria-label={`Fields used of ${visibleText(fact.fact)}`}>
            {visibleLines(JSON.stringify(fields, null, 2))}
          </pre>
        </dd>
      </dl>
    </details>
  );
}
