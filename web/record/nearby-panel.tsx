import type { Invocation } from "../../server/domain/invocation.ts";
import type { Filter } from "../../server/domain/metric.ts";
import { recordsHref } from "../../server/domain/records-href.ts";
import { visibleText } from "../../server/domain/visible-text.ts";
import { format } from "../format.ts";
import { useMetric } from "../queries.ts";
import { Tag } from "../ui/badges.tsx";
import { NumberLink } from "../ui/number-link.tsx";
import { Panel } from "../ui/panel.tsx";
import { useView } from "../view.tsx";

const aroundMs = 15 * 60_000;

/** What the same caller did around this call, and what it said of itself. */
export function NearbyPanel({ invocation }: { invocation: Invocation }) {
  const { principalKey, sessionName, requestMetadata } = invocation;
  const principal: Filter = { field: "principal", op: "in", values: [principalKey] };
  const session: Filter = { field: "session", op: "in", values: [sessionName ?? ""] };
  return (
    <Panel title="Nearby" note="same principal, ± 15 min" width="c4" fill>
      <div className="panel-body">
        <dl className="facts tight">
          <dt>Records</dt>
          <dd>
            <Count time={invocation.time} filters={[principal]} measure="invocations" />
          </dd>
          <dt>Models</dt>
          <dd>
            <Count time={invocation.time} filters={[principal]} measure="models" />
          </dd>
          <dt>Same session</dt>
          <dd>
            {sessionName === null ? (
              <span className="muted">no session</span>
            ) : (
              <Count time={invocation.time} filters={[principal, session]} measure="invocations" />
            )}
          </dd>
          <dt>Metadata</dt>
          <dd>
            <Metadata metadata={requestMetadata} />
          </dd>
        </dl>
      </div>
    </Panel>
  );
}

interface CountProps {
  readonly time: string;
  readonly filters: readonly Filter[];
  readonly measure: "invocations" | "models";
}

function Count({ time, filters, measure }: CountProps) {
  const { zone, ready } = useView();
  const at = Date.parse(time);
  const range = { from: new Date(at - aroundMs).toISOString(), to: new Date(at + aroundMs).toISOString() };
  const answer = useMetric({ measures: [measure], range, timeZone: zone, filters: [...filters] }, ready).data;
  if (answer === undefined)
    return (
      <span className="muted" aria-busy="true">
        …
      </span>
    );
  const value = answer.totals.values[measure];
  const row = { key: [], bucket: null, values: answer.totals.values };
  return (
    <NumberLink href={recordsHref(answer, row, measure)} of={`${measure} of the same principal`}>
      {format.count(value)}
    </NumberLink>
  );
}

/** Whoever calls writes it: it is never used for a verdict. */
function Metadata({ metadata }: { metadata: Invocation["requestMetadata"] }) {
  const entries = Object.entries(metadata ?? {});
  if (entries.length === 0) return <span className="muted">none</span>;
  return (
    <>
      {entries.map(([key, value]) => (
        <div key={key}>
          {visibleText(key)}={visibleText(value)}
        </div>
      ))}
      <Tag tone="warn" icon="warning">
        self-declared
      </Tag>
    </>
  );
}
