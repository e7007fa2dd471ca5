import type { Invocation } from "../../server/domain/invocation.ts";
import { visibleText } from "../../server/domain/visible-text.ts";
import { format } from "../format.ts";
import { Marked } from "../ui/badges.tsx";
import { Panel } from "../ui/panel.tsx";
import { guardrailWord } from "./words.tsx";

/** What a guardrail's trace says. Without a trace nothing is proven, neither way. */
export function GuardrailPanel({ invocation }: { invocation: Invocation }) {
  const { guardrailOutcome: outcome, guardrailStage: stage, guardrailIds: ids, guardrailHits: hits } = invocation;
  const { guardedCharacters: guarded, totalCharacters: total } = invocation;
  const unsure = outcome === null || outcome === "no-evidence";
  return (
    <Panel title="Guardrail" width="c4" fill>
      <div className="panel-body stackx">
        <p className="row">
          <Marked icon={unsure ? "unknown" : "guardrails"} word={guardrailWord(outcome)} tone={unsure ? "warn" : ""} />
          {stage === null ? null : (
            <span className="muted">in the {stage === "both" ? "input and the output" : stage}</span>
          )}
        </p>
        {outcome === "no-evidence" ? (
          <p className="muted">
            The record has no trace. A guardrail may have run without leaving one; this is not proof of none.
          </p>
        ) : null}
        {outcome === null ? <p className="muted">Without a body nothing can be said.</p> : null}
        {hits === null || hits.length === 0 ? null : (
          <ul className="plain-list">
            {hits.map((hit) => (
              <li key={JSON.stringify(hit)}>
                <b>{visibleText(hit.policy)}</b> {visibleText(hit.label)}{" "}
                <span className="muted small">
                  {visibleText(hit.action)}, {hit.stage}, <code>{visibleText(hit.guardrailId)}</code>
                </span>
              </li>
            ))}
          </ul>
        )}
        {ids === null || ids.length === 0 ? null : (
          <p className="muted small">
            {ids.map((id) => (
              <code key={id}>{visibleText(id)} </code>
            ))}
          </p>
        )}
        {guarded === null || total === null ? null : (
          <p className="muted small">
            {format.count(guarded)} of {format.count(total)} characters were looked at
          </p>
        )}
      </div>
    </Panel>
  );
}
