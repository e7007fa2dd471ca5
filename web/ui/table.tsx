import type { ReactNode } from "react";
import { Icon } from "./icon.tsx";

export interface Column<Row> {
  readonly id: string;
  readonly head: ReactNode;
  /** Numbers stand at the right. */
  readonly right?: boolean;
  readonly className?: string;
  readonly sortable?: boolean;
  /** Names the row. Without any such column the first one does. */
  readonly names?: boolean;
  readonly cell: (row: Row, index: number) => ReactNode;
}

export interface Sort {
  readonly by: string;
  readonly dir: "asc" | "desc";
}

interface TableProps<Row> {
  /** What the table holds; read out, not shown. */
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly rowKey: (row: Row, index: number) => string;
  readonly className?: string;
  readonly sort?: Sort | undefined;
  readonly onSort?: (sort: Sort) => void;
  readonly rowClass?: (row: Row) => string | undefined;
  readonly selected?: (row: Row) => boolean;
}

/** A real table in a region that scrolls by itself: the page never scrolls sideways. */
export function Table<Row>(props: TableProps<Row>) {
  const { caption, columns, rows, rowKey, className, sort, onSort, rowClass, selected } = props;
  const header = Math.max(
    0,
    columns.findIndex(({ names }) => names === true),
  );
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label={caption}>
      <table className={className}>
        <caption className="vh">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <HeadCell key={column.id} column={column} sort={sort} onSort={onSort} />
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={rowKey(row, index)} className={rowClass?.(row)} aria-selected={selected?.(row) || undefined}>
              {columns.map((column, place) => (
                <BodyCell key={column.id} column={column} header={place === header}>
                  {column.cell(row, index)}
                </BodyCell>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface HeadCellProps<Row> {
  readonly column: Column<Row>;
  readonly sort: Sort | undefined;
  readonly onSort: ((sort: Sort) => void) | undefined;
}

function HeadCell<Row>({ column, sort, onSort }: HeadCellProps<Row>) {
  const { id, head, right = false, sortable = false } = column;
  const sorted = sort?.by === id ? sort.dir : null;
  const side = right ? "r" : undefined;
  if (!sortable || onSort === undefined) {
    return (
      <th scope="col" className={side}>
        {head}
      </th>
    );
  }
  const turned = sorted === "desc" ? "asc" : "desc";
  return (
    <th
      scope="col"
      className={side}
      aria-sort={sorted === null ? undefined : sorted === "asc" ? "ascending" : "descending"}
    >
      <button type="button" onClick={() => onSort({ by: id, dir: turned })}>
        {head}
        {sorted === null ? null : <SortArrow dir={sorted} />}
      </button>
    </th>
  );
}

function SortArrow({ dir }: { dir: "asc" | "desc" }) {
  return (
    <span className={dir === "asc" ? "turned" : undefined}>
      <Icon name="sortdown" />
    </span>
  );
}

interface BodyCellProps<Row> {
  readonly column: Column<Row>;
  readonly header: boolean;
  readonly children: ReactNode;
}

function BodyCell<Row>({ column: { right = false, className }, header, children }: BodyCellProps<Row>) {
  const classes = [right ? "r" : "", className ?? ""].filter(Boolean).join(" ") || undefined;
  if (!header) return <td className={classes}>{children}</td>;
  return (
    <th scope="row" className={classes}>
      {children}
    </th>
  );
}
