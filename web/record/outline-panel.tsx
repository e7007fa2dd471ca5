import type { InvocationRecord } from "../../server/domain/invocation-answers.ts";
import type { BodyState, OutlineSegment } from "../../server/domain/invocation.ts";
import type { z } from "zod";
import type { Signal } from "../../server/domain/signal.ts";
import { visibleText } from "../../server/domain/visible-text.ts";
import { format } from "../format.ts";
import { Tag } from "../ui/badges.tsx";
import { Icon } from "../ui/icon.tsx";
import { Panel } from "../ui/panel.tsx";
import { Empty } from "../ui/states.tsx";
import { Table, type Column } from "../ui/table.tsx";

type Line = z.infer<typeof OutlineSegment>;

const bodies: Readonly<Record<BodyState, string>> = {
  inline: "inline",
  s3: "in S3, not in the record",
  absent: "not delivered",
};

/** A line a segment, without a word of its text. A body that was not delivered is never shown as an empty prompt. */
export function OutlinePanel({ record: { outline, invocation, signals } }: { record: InvocationRecord }) {
  const characters = outline.reduce((sum, line) => sum + (line.characters ?? 0), 0);
  const { inputBodyState, outputBodyState } = invocation;
  return (
    <Panel
      title="Content outline"
      width="c8"
      fill
      note={
        <span className="row tightly">
          <Icon name="eyeoff" small />
          masked: no text stands in this table
        </span>
      }
      tools={
        <span className="muted">
          Input {bodies[inputBodyState]} · output {bodies[outputBodyState]} · {format.count(characters)} characters
        </span>
      }
      foot={<span>Who reads the text, and which record, is written to the access trail first.</span>}
    >
      {outline.length === 0 ? (
        <Empty title="No segment to outline">
          <p>{emptyReason(inputBodyState, outputBodyState)}</p>
        </Empty>
      ) : (
        <Table
          caption="Segments of the record, without text"
          columns={columnsOf(signals)}
          rows={outline}
          rowKey={({ side, index }) => `${side} ${index}`}
        />
      )}
    </Panel>
  );
}

function emptyReason(input: BodyState, output: BodyState): string {
  if (input === "absent" && output === "absent")
    return "The log was delivered without the texts. That is not an empty prompt.";
  if (input === "s3" || output === "s3") return "A body lies in S3 beside the log; its text was not read.";
  return "The bodies have a form in which no text was found.";
}

function columnsOf(signals: readonly Signal[]): readonly Column<Line>[] {
  return [
    { id: "n", head: "#", right: true, className: "muted", cell: ({ index }) => index + 1 },
    { id: "side", head: "Side", names: true, cell: ({ side }) => side },
    { id: "role", head: "Role", cell: ({ role }) => role ?? <span className="muted">none</span> },
    { id: "kind", head: "Kind", cell: ({ kind }) => kind },
    {
      id: "name",
      head: "Tool",
      cell: ({ name }) => (name === null ? <span className="muted">–</span> : <code>{visibleText(name)}</code>),
    },
    {
      id: "characters",
      head: "Characters",
      right: true,
      cell: ({ characters }) =>
        characters === null ? <span className="muted">no text</span> : format.count(characters),
    },
    {
      id: "signals",
      head: "Signals",
      cell: ({ side, path }) => {
        const seen = new Set(
          signals.filter((one) => one.side === side && one.path === path).map(({ ruleId }) => ruleId),
        );
        if (seen.size === 0) return <span className="muted">–</span>;
        return [...seen].map((ruleId) => (
          <Tag key={ruleId} tone="warn" icon="warning">
            {visibleText(ruleId)}
          </Tag>
        ));
      },
    },
  ];
}
