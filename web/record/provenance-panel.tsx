import { useState } from "react";
import type { InvocationRecord } from "../../server/domain/invocation-answers.ts";
import { visibleText } from "../../server/domain/visible-text.ts";
import { formatExact } from "../format-time.ts";
import { format } from "../format.ts";
import { Icon } from "../ui/icon.tsx";
import { Panel } from "../ui/panel.tsx";
import { useView } from "../view.tsx";
import { originalCommand } from "./original.ts";
import { visibleLines } from "./visible-lines.ts";

/** Where the record came from, so that anybody can look at the original. */
export function ProvenancePanel({ record: { provenance } }: { record: InvocationRecord }) {
  const { zone } = useView();
  const { sourceId, place, key, line, ingestedAt } = provenance;
  return (
    <Panel title="Provenance" width="c4" fill>
      <div className="panel-body">
        <dl className="facts tight">
          <dt>Source</dt>
          <dd>
            <code>{visibleText(sourceId)}</code>
          </dd>
          <dt>Place</dt>
          <dd>
            <code>{visibleText(place)}</code>
          </dd>
          <dt>Object</dt>
          <dd>
            <code>{visibleText(key)}</code>
          </dd>
          <dt>Line</dt>
          <dd>{format.count(line)}</dd>
          <dt>Ingested</dt>
          <dd>
            {formatExact(ingestedAt, zone)} <span className="muted">{zone}</span>
          </dd>
        </dl>
      </div>
    </Panel>
  );
}

export function OriginalPanel({ record }: { record: InvocationRecord }) {
  const [said, setSaid] = useState("");
  const command = originalCommand(record.provenance);
  if (command === null) return null;
  const copy = async () => {
    await navigator.clipboard.writeText(command);
    setSaid("Copied");
  };
  return (
    <Panel
      title="The original"
      tools={
        <>
          <span role="status">{said}</span>
          <button className="btn small" type="button" onClick={() => void copy()}>
            <Icon name="copy" small />
            Copy command
          </button>
        </>
      }
    >
      <div className="panel-body">
        <code className="well wrap">{visibleText(command)}</code>
      </div>
    </Panel>
  );
}

/** All that is kept of the record but its texts. */
export function MetadataPanel({ record: { invocation } }: { record: InvocationRecord }) {
  return (
    <Panel title="All fields" note="as normalised; null is not recorded">
      <div className="panel-body">
        <details className="data">
          <summary>
            <Icon name="right" />
            Show JSON
          </summary>
          <pre className="well wrap" tabIndex={0} aria-label="All fields as JSON">
            {visibleLines(JSON.stringify(invocation, null, 2))}
          </pre>
        </details>
      </div>
    </Panel>
  );
}
