import { api } from "../../server/domain/api.ts";
import type { Ledger } from "../../server/domain/compliance-answers.ts";
import { type IngestFinding, ingestFindingKinds, type IngestFindingKind } from "../../server/domain/coverage.ts";
import { visibleText } from "../../server/domain/visible-text.ts";
import { format } from "../format.ts";
import { formatTime } from "../format-time.ts";
import { useAnswer } from "../queries.ts";
import { Icon } from "../ui/icon.tsx";
import { Panel } from "../ui/panel.tsx";
import { Answered, Empty, RowsSkeleton } from "../ui/states.tsx";
import { Table, type Column } from "../ui/table.tsx";
import { useView } from "../view.tsx";
import type { PanelSpec } from "./panel.ts";

export const sourceFindings: PanelSpec = {
  id: "source-findings",
  title: "Found at the sources",
  View: SourceFindings,
};

const words: Readonly<Record<IngestFindingKind, { readonly title: string; readonly means: string }>> = {
  "store-damaged": {
    title: "Store damaged",
    means: "The catalog was damaged and put aside; the sources are read again.",
  },
  "segment-lost": {
    title: "Part of the store lost",
    means: "A file of stored records was missing or damaged; its day is read again where the sources still have it.",
  },
  "upkeep-failed": {
    title: "Own work failed",
    means: "Work that the server does by itself has failed since; it is tried again until it succeeds.",
  },
  "place-not-opened": {
    title: "Place not opened",
    means: "Logs may lie in a place that could not be looked at; it is tried again until it opens.",
  },
  "clock-skew": {
    title: "Clock wrong",
    means: "This machine's clock differs from that of AWS; the time of AWS is taken.",
  },
  "sources-disagree": {
    title: "Sources disagree",
    means: "A source lacks records of its target that another one delivered.",
  },
  "late-delivery": {
    title: "Late delivery",
    means: "Records came long after their hour; numbers of that hour have changed.",
  },
  "log-object-deleted": { title: "Logs deleted", means: "What was listed was gone when it was to be read." },
  "log-object-rewritten": {
    title: "Log object rewritten",
    means: "An object of logs was overwritten; all its versions were read.",
  },
  "partial-object": { title: "Object damaged", means: "Only the part before the damage could be read." },
  "oversize-object": { title: "Object too large", means: "It is over a limit and was not read." },
  "crashed-object": { title: "Object breaks its reader", means: "It ended its reader twice and is not read any more." },
  "conflicting-copies": { title: "Conflicting copies", means: "Two records of one call differ; both are kept." },
  "body-missing": { title: "Body never came", means: "A record names a body that was not delivered within 14 days." },
  "body-path-refused": {
    title: "Body path refused",
    means: "A record names a body outside the places of its account and region.",
  },
  "model-unresolved": {
    title: "Model not known",
    means: "AWS did not tell which model stands behind an ARN that was called; it is asked again.",
  },
};

/** What reading itself has found: none of it is a verdict over anyone. */
function SourceFindings() {
  const answer = useAnswer(api.coverage, {});
  const sources = useAnswer(api.ledger, {}).data?.sources ?? [];
  return (
    <Panel
      title="Found at the sources"
      note="what reading itself met: deleted, rewritten, late or damaged logs"
      busy={answer.isFetching}
    >
      <Answered answer={answer} loading={<RowsSkeleton rows={3} />}>
        {({ findings }) =>
          findings.length === 0 ? (
            <NothingFound isRead={sources.some(({ counts }) => counts.read > 0)} />
          ) : (
            <>
              <OwnFailures findings={findings} />
              <Kinds findings={findings} />
              <Entries findings={findings} sources={sources} />
            </>
          )
        }
      </Answered>
    </Panel>
  );
}

/** Nothing found is good news only where something was read. */
function NothingFound({ isRead }: { isRead: boolean }) {
  return isRead ? (
    <Empty icon="pass" tone="good" title="Nothing was found">
      <p>No log was deleted, rewritten, late or damaged as far as the sources were read.</p>
    </Empty>
  ) : (
    <Empty icon="unknown" tone="warn" title="Nothing has been read yet" />
  );
}

const failuresInFull = 5;

/** What the server could not do, or not look at: in full, as someone is to do something about it; of many the first, as the list has all. */
function OwnFailures({ findings }: { findings: readonly IngestFinding[] }) {
  const failed = findings.filter(({ kind }) => kind === "upkeep-failed" || kind === "place-not-opened");
  const more = failed.length - failuresInFull;
  const told = failed.slice(0, failuresInFull).map(({ key }) => visibleText(key ?? ""));
  return [...told, ...(more > 0 ? [`${format.count(more)} more are in the list below.`] : [])].map((text) => (
    <div className="callout warn in-panel" key={text}>
      <Icon name="warning" />
      <p>{text}</p>
    </div>
  ));
}

interface KindRow {
  readonly kind: IngestFindingKind;
  readonly count: number;
  readonly newest: string;
}

function Kinds({ findings }: { findings: readonly IngestFinding[] }) {
  const { zone } = useView();
  return (
    <Table
      caption="Found at the sources, by kind"
      columns={columnsOf(zone)}
      rows={byKind(findings)}
      rowKey={({ kind }) => kind}
    />
  );
}

/** In the order in which kinds are declared; findings come newest first. */
function byKind(findings: readonly IngestFinding[]): readonly KindRow[] {
  return ingestFindingKinds.flatMap((kind) => {
    const own = findings.filter((finding) => finding.kind === kind);
    return own[0] === undefined ? [] : [{ kind, count: own.length, newest: own[0].at }];
  });
}

/** The answer holds so many of a kind at most. */
const mostOfKind = 100;

function columnsOf(zone: string): readonly Column<KindRow>[] {
  return [
    { id: "kind", head: "Found", className: "nowrap", cell: ({ kind }) => words[kind].title },
    { id: "means", head: "What it means", cell: ({ kind }) => <span className="muted">{words[kind].means}</span> },
    { id: "newest", head: "Newest", className: "nowrap", cell: ({ newest }) => formatTime(newest, zone, "dayMinute") },
    {
      id: "count",
      head: "Count",
      right: true,
      cell: ({ count }) => `${format.count(count)}${count >= mostOfKind ? " or more" : ""}`,
    },
  ];
}

function Entries({ findings, sources }: { findings: readonly IngestFinding[]; sources: Ledger["sources"] }) {
  const { zone } = useView();
  const placeOf = (id: string) => sources.find((source) => source.id === id)?.place ?? id;
  return (
    <div className="panel-body top">
      <details className="data">
        <summary>
          <Icon name="right" />
          Show them, newest first
        </summary>
        <div className="log-scroll" tabIndex={0} role="region" aria-label="What was found at the sources">
          <ul className="log-lines">
            {findings.map(({ at, key, kind, sourceId }) => (
              <li key={`${kind} ${sourceId ?? ""} ${key ?? ""} ${at}`}>
                <p>
                  {words[kind].title} <span className="muted small">{formatTime(at, zone, "dayMinute")}</span>
                </p>
                <p className="muted small">
                  {key === null ? null : <code>{visibleText(key)}</code>}
                  {sourceId === null ? null : <> in {visibleText(placeOf(sourceId))}</>}
                </p>
              </li>
            ))}
          </ul>
        </div>
      </details>
    </div>
  );
}
