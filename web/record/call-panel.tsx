import type { InvocationRecord } from "../../server/domain/invocation-answers.ts";
import type { Invocation, Residency } from "../../server/domain/invocation.ts";
import { visibleText } from "../../server/domain/visible-text.ts";
import { format } from "../format.ts";
import { formatExact } from "../format-time.ts";
import { Tag } from "../ui/badges.tsx";
import { Icon } from "../ui/icon.tsx";
import { Identifier, modelParts, principalParts } from "../ui/identifier.tsx";
import { Panel } from "../ui/panel.tsx";
import { useView } from "../view.tsx";
import { classWord } from "./words.tsx";

/** Who called what, where, and how it ended. Beside each name stands how far it can be trusted. */
export function CallPanel({ record: { invocation, resolvedAt } }: { record: InvocationRecord }) {
  const { zone } = useView();
  const { time, operation, errorCode, stopReason, latencyMs, firstByteMs, serviceTier, actorClass } = invocation;
  return (
    <Panel title="Call" width="c8" fill>
      <div className="panel-body">
        <dl className="facts">
          <dt>Principal</dt>
          <dd>
            <span className="row tightly">
              <Identifier parts={principalParts(invocation.principalKey)} />
              <Tag tone="good" icon="lock">
                set by AWS
              </Tag>
            </span>
          </dd>
          <dt>Class</dt>
          <dd>{classWord(actorClass)}</dd>
          <dt>Session</dt>
          <dd>
            <Session invocation={invocation} />
          </dd>
          <dt>Model</dt>
          <dd>
            {invocation.model === null ? (
              <span className="muted">not resolved</span>
            ) : (
              <Identifier parts={modelParts(invocation.model)} />
            )}
          </dd>
          <dt>Model id as logged</dt>
          <dd>
            <Code text={invocation.modelId} />
          </dd>
          <dt>Endpoint type</dt>
          <dd>
            {invocation.endpointType} <span className="muted">{endpointNote(invocation, resolvedAt)}</span>
          </dd>
          <dt>Time</dt>
          <dd>
            {formatExact(time, zone)} {zone}{" "}
            {zone === "UTC" ? null : <span className="muted">{formatExact(time, "UTC")} UTC</span>}
          </dd>
          <dt>Region</dt>
          <dd>
            <Regions invocation={invocation} />
          </dd>
          <dt>Operation</dt>
          <dd>{text(operation)}</dd>
          <dt>Error</dt>
          <dd>{text(errorCode, "none")}</dd>
          <dt>Stop reason</dt>
          <dd>{text(stopReason)}</dd>
          <dt>Latency</dt>
          <dd>
            {latencyMs === null ? "n/a" : `${format.count(latencyMs)} ms`}{" "}
            <span className="muted">first byte {firstByteMs === null ? "n/a" : `${format.count(firstByteMs)} ms`}</span>
          </dd>
          {serviceTier === null ? null : (
            <>
              <dt>Service tier</dt>
              <dd>{visibleText(serviceTier)}</dd>
            </>
          )}
        </dl>
      </div>
    </Panel>
  );
}

function text(value: string | null, absent = "not recorded") {
  return value === null ? <span className="muted">{absent}</span> : visibleText(value);
}

function Code({ text: value }: { text: string | null }) {
  return value === null ? <span className="muted">not recorded</span> : <code>{visibleText(value)}</code>;
}

/** A session's name is the caller's own choice, but for people whom IAM Identity Center names. */
function Session({ invocation: { sessionName, actorClass } }: { invocation: Invocation }) {
  if (sessionName === null) return <span className="muted">none</span>;
  return (
    <span className="row tightly">
      {visibleText(sessionName)}
      {actorClass === "sso-human" ? (
        <Tag tone="good" icon="lock">
          set by AWS
        </Tag>
      ) : (
        <Tag tone="warn" icon="warning">
          chosen by the caller
        </Tag>
      )}
    </span>
  );
}

function endpointNote({ endpointTypeBehind, geo, modelId }: Invocation, resolvedAt: string | null): string {
  const notes = [
    geo === null ? "" : `prefix ${geo}`,
    endpointTypeBehind === null ? "" : `with ${endpointTypeBehind} behind it`,
    modelId?.startsWith("arn:") === true && resolvedAt === null ? "not resolved" : "",
    resolvedAt === null ? "" : `resolved ${formatExact(resolvedAt, "UTC").slice(0, -4)} UTC`,
  ];
  return notes.filter(Boolean).join(", ");
}

const residencyWords: Readonly<Record<Residency, string>> = {
  "same-region": "the model ran in the source region",
  "other-region": "the model ran in another region",
  "in-region-endpoint": "an in-region endpoint keeps to its region",
  "not-recorded": "where the model ran is not recorded",
  "did-not-run": "the model did not run",
};

function Regions({ invocation: { region, inferenceRegion, residency } }: { invocation: Invocation }) {
  return (
    <span className="row tightly">
      {visibleText(region)} <span className="muted">source</span>
      {inferenceRegion === null ? null : (
        <>
          <Icon name="arrow" small />
          {visibleText(inferenceRegion)} <span className="muted">inference</span>
        </>
      )}
      <span className="muted small">{residencyWords[residency]}</span>
    </span>
  );
}
