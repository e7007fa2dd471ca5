import type { Counts } from "../../server/domain/coverage.ts";
import { format } from "../format.ts";
import { Marked } from "../ui/badges.tsx";
import type { Column } from "../ui/table.tsx";

const heads: readonly { readonly key: keyof Counts; readonly head: string }[] = [
  { key: "read", head: "Read" },
  { key: "stored", head: "Stored" },
  { key: "duplicates", head: "Duplicates" },
  { key: "quarantined", head: "Quarantined" },
  { key: "ignored", head: "Ignored" },
];

/** The numbers of the conservation law, a column each. */
export function countColumns<Row extends { readonly counts: Counts }>(): readonly Column<Row>[] {
  return heads.map(({ key, head }) => ({
    id: key,
    head,
    right: true,
    cell: (row) => format.count(row.counts[key]),
  }));
}

/** Whether the law holds; null: it could not be told. */
export function LawMark({ holds }: { holds: boolean | null }) {
  if (holds === null) return <Marked icon="unknown" word="Not known" tone="warn" />;
  return holds ? <Marked icon="pass" word="Holds" tone="muted" /> : <Marked icon="fail" word="Broken" tone="bad" />;
}
