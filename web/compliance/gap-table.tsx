import type { LoggingGap } from "../../server/domain/compliance.ts";
import { visibleText } from "../../server/domain/visible-text.ts";
import { counted } from "../format.ts";
import { formatRange } from "../format-time.ts";
import { Table, type Column } from "../ui/table.tsx";
import { useView } from "../view.tsx";

const kinds: Readonly<Record<LoggingGap["kind"], string>> = {
  off: "Logging was off",
  content: "Content was not delivered",
  erased: "Not kept long enough",
};

export function gapWord(kind: LoggingGap["kind"]): string {
  return kinds[kind];
}

/** "up to 240 calls" where a gap cuts a period, which counts whole then. */
export function gapCalls({ invocations, isAtMost }: Pick<LoggingGap, "invocations" | "isAtMost">): string {
  if (invocations === null) return "calls not known";
  if (invocations === 0) return "no calls";
  return `${isAtMost ? "up to " : ""}${counted(invocations, "call")}`;
}

export function GapTable({ gaps }: { gaps: readonly LoggingGap[] }) {
  const { zone } = useView();
  return (
    <div className="stack1">
      <h4>Gaps</h4>
      <Table
        caption="Spans whose records are not there"
        columns={columnsOf(zone)}
        rows={gaps}
        rowKey={({ from, kind }) => `${from} ${kind}`}
      />
    </div>
  );
}

function columnsOf(zone: string): readonly Column<LoggingGap>[] {
  return [
    { id: "span", head: `Span, ${zone}`, className: "nowrap", cell: ({ from, to }) => formatRange(from, to, zone) },
    { id: "kind", head: "What", cell: ({ kind }) => kinds[kind] },
    { id: "calls", head: "Calls", cell: gapCalls },
    {
      id: "actor",
      head: "By",
      cell: ({ actor }) => (actor === null ? <span className="muted">nothing tells</span> : visibleText(actor)),
    },
  ];
}
