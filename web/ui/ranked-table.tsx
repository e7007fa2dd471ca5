import type { ReactNode } from "react";
import type { Ink } from "../charts/palette.ts";
import { Table, type Column, type Sort } from "./table.tsx";

export interface RankedRow {
  readonly key: string;
  readonly name: ReactNode;
  /** Of the longest bar, 0 to 1; null draws none. */
  readonly length: number | null;
  readonly ink: Ink;
  readonly cells: readonly ReactNode[];
}

interface RankedTableProps {
  readonly caption: string;
  readonly head: string;
  readonly columns: readonly { readonly id: string; readonly head: string; readonly sortable?: boolean }[];
  readonly rows: readonly RankedRow[];
  readonly sort?: Sort;
  readonly onSort?: (sort: Sort) => void;
}

/** Names with a thin bar under each; the numbers beside it say the same. */
export function RankedTable({ caption, head, columns, rows, sort, onSort }: RankedTableProps) {
  const all: readonly Column<RankedRow>[] = [
    { id: "name", head, className: "clip", cell: (row) => <NameAndBar row={row} /> },
    ...columns.map(({ id, head: words, sortable = false }, place): Column<RankedRow> => {
      return { id, head: words, sortable, right: true, cell: (row) => row.cells[place] };
    }),
  ];
  const sorting = onSort === undefined ? {} : { onSort };
  return (
    <Table className="ranked" caption={caption} columns={all} rows={rows} rowKey={keyOf} sort={sort} {...sorting} />
  );
}

function keyOf(row: RankedRow): string {
  return row.key;
}

function NameAndBar({ row: { name, length, ink } }: { row: RankedRow }) {
  return (
    <>
      {name}
      <svg className="bar" aria-hidden="true">
        {ink.pattern === "hatch" ? <HatchPattern colour={ink.colour} /> : null}
        <rect className="track" width="100%" height="100%" rx="1.5" />
        {length === null ? null : (
          <rect
            width={`${(length * 100).toFixed(1)}%`}
            height="100%"
            rx="1.5"
            fill={ink.pattern === "hatch" ? `url(#bar-hatch${ink.colour})` : `var(${ink.colour})`}
          />
        )}
      </svg>
    </>
  );
}

/** Said again in each bar that needs it: equal ids are equal patterns. */
function HatchPattern({ colour }: { colour: string }) {
  return (
    <pattern id={`bar-hatch${colour}`} width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
      <rect width="4" height="4" fill={`var(${colour})`} />
      <rect width="1.5" height="4" fill="var(--panel)" />
    </pattern>
  );
}
