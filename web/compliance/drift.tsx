import type { Drift, DriftChange } from "../../server/domain/compliance.ts";
import { visibleText } from "../../server/domain/visible-text.ts";
import { Table, type Column } from "../ui/table.tsx";

const changes: Readonly<Record<DriftChange, string>> = {
  new: "new",
  unchanged: "unchanged",
  regressed: "fails now",
  resolved: "fails no more",
  "lost-sight": "cannot be read any more",
  regained: "can be read again",
  "target-appeared": "its target is new",
  "facts-changed": "same verdict, other facts",
};

export function changeWords(change: DriftChange): string {
  return changes[change];
}

const causes: Readonly<Record<NonNullable<Drift["by"]>, string>> = {
  policy: "by a change of the policy",
  tool: "by another version of this program",
  aws: "by a change in AWS",
};

export function causeWords(by: Drift["by"]): string {
  return by === null ? "" : causes[by];
}

/** "fails now, by a change in AWS". */
export function driftWords({ change, by }: Pick<Drift, "change" | "by">): string {
  return [changes[change], causeWords(by)].filter(Boolean).join(", ");
}

type Changed = Drift["facts"][number];

/** The facts that changed, as they were and as they are. */
export function DriftFacts({ drift: { facts } }: { drift: Drift }) {
  if (facts.length === 0) return null;
  return (
    <div className="stack1">
      <h4>Facts that changed since the last run</h4>
      <Table
        caption="Facts that changed since the last run"
        columns={columns}
        rows={facts}
        rowKey={({ path }) => path}
      />
    </div>
  );
}

const columns: readonly Column<Changed>[] = [
  { id: "path", head: "Fact", cell: ({ path }) => <code>{visibleText(path)}</code> },
  { id: "old", head: "Then", cell: ({ old }) => <Value value={old} /> },
  { id: "new", head: "Now", cell: (fact) => <Value value={fact.new} /> },
];

/** JSON as text; a fact that was not there says so. */
function Value({ value }: { value: unknown }) {
  if (value === undefined) return <span className="muted">not there</span>;
  return <code className="wrap">{visibleText(JSON.stringify(value))}</code>;
}
