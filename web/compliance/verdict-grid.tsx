import { memo, useRef, useState, type KeyboardEvent } from "react";
import { Link } from "wouter";
import { atLeast } from "../../server/domain/severity.ts";
import { shownVerdict, type ControlWords, type TargetResult } from "../../server/domain/compliance.ts";
import { visibleText } from "../../server/domain/visible-text.ts";
import { VerdictBadge, verdictWord } from "../ui/badges.tsx";
import { targetName, type CellOf, type CellVerdict } from "./answers.ts";
import { cellName, controlHead, reasonWords } from "./choose.ts";

interface VerdictGridProps {
  readonly controls: readonly ControlWords[];
  readonly rows: readonly TargetResult[];
  readonly cell: CellOf;
  /** The cell whose detail is open, as `cellName` says it. */
  readonly open: string | null;
  /** Begins the address of a cell's detail: its name follows, encoded. */
  readonly hrefBase: string;
  /** The address of a control's own page. */
  readonly controlHref: (id: string) => string;
}

/** More rows than these scroll below their head, so that a detail stays in sight. */
const mostRows = 30;

interface Place {
  readonly row: number;
  readonly column: number;
}

/**
 * A verdict for each target and control. The grid is one tab stop: arrows, Home, End, Page Up and Page Down move in it,
 * Enter opens the detail.
 */
export function VerdictGrid({ controls, rows, cell, open, hrefBase, controlHref }: VerdictGridProps) {
  const grid = useRef<HTMLTableElement>(null);
  const [place, setPlace] = useState<Place>({ row: 0, column: 0 });
  const at: Place = { row: Math.min(place.row, rows.length - 1), column: Math.min(place.column, controls.length - 1) };
  const onKeyDown = (event: KeyboardEvent) => {
    const next = moved(at, event, { row: rows.length - 1, column: controls.length - 1 });
    if (next === null) return;
    event.preventDefault();
    setPlace(next);
    grid.current?.querySelector<HTMLElement>(`[data-cell="${next.row} ${next.column}"]`)?.focus();
  };
  const onFocus = (cellPlace: string | undefined) => {
    const [row, column] = (cellPlace ?? "").split(" ").map(Number);
    if (row !== undefined && column !== undefined && !Number.isNaN(row)) setPlace({ row, column });
  };
  return (
    <div className={rows.length > mostRows ? "scroll grid-scroll" : "scroll"}>
      <table
        className="verdicts stick"
        role="grid"
        aria-label="Verdict of each control for each target"
        ref={grid}
        onKeyDown={onKeyDown}
        onFocus={({ target }) => onFocus(target instanceof HTMLElement ? target.dataset["cell"] : undefined)}
      >
        <thead>
          <tr>
            <th scope="col">Target</th>
            {controls.map(({ id, title }) => (
              <th scope="col" key={id} title={title}>
                <Link className="link" href={controlHref(id)}>
                  {controlHead(id)}
                </Link>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((target, row) => (
            <Row
              key={targetName(target)}
              target={target}
              row={row}
              controls={controls}
              cell={cell}
              hrefBase={hrefBase}
              openColumn={controls.findIndex(({ id }) => cellName(id, target) === open)}
              tabColumn={at.row === row ? at.column : null}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}

const page = 10;

function moved({ row, column }: Place, { key, ctrlKey }: KeyboardEvent, last: Place): Place | null {
  const to = (nextRow: number, nextColumn: number): Place => ({
    row: Math.min(Math.max(nextRow, 0), last.row),
    column: Math.min(Math.max(nextColumn, 0), last.column),
  });
  if (key === "ArrowRight") return to(row, column + 1);
  if (key === "ArrowLeft") return to(row, column - 1);
  if (key === "ArrowDown") return to(row + 1, column);
  if (key === "ArrowUp") return to(row - 1, column);
  if (key === "PageDown") return to(row + page, column);
  if (key === "PageUp") return to(row - page, column);
  if (key === "Home") return to(ctrlKey ? 0 : row, 0);
  if (key === "End") return to(ctrlKey ? last.row : row, last.column);
  return null;
}

interface RowProps extends Pick<VerdictGridProps, "controls" | "cell" | "hrefBase"> {
  readonly target: TargetResult;
  readonly row: number;
  /** −1: the detail of none of its cells is open. */
  readonly openColumn: number;
  readonly tabColumn: number | null;
}

/** Drawn anew only when it changes: an organisation has hundreds of rows. */
const Row = memo(function Row({ target, row, controls, cell, hrefBase, openColumn, tabColumn }: RowProps) {
  return (
    <tr aria-selected={openColumn >= 0 || undefined}>
      <th scope="row">
        <span className="id two">
          {visibleText(target.account)}/<wbr />
          <b>{visibleText(target.region)}</b>
        </span>
      </th>
      {controls.map((control, column) => (
        <td key={control.id}>
          <Cell
            control={control}
            target={target}
            found={cell(control.id, target)}
            href={`${hrefBase}${encodeURIComponent(cellName(control.id, target))}`}
            place={`${row} ${column}`}
            stop={tabColumn === column}
            current={openColumn === column}
          />
        </td>
      ))}
    </tr>
  );
});

interface CellProps {
  readonly control: ControlWords;
  readonly target: TargetResult;
  readonly found: CellVerdict;
  readonly href: string;
  readonly place: string;
  readonly stop: boolean;
  readonly current: boolean;
}

/** Leads to the reason, which stands below the grid. */
function Cell({ control, target, found, href, place, stop, current }: CellProps) {
  const { verdict, results, reason } = found;
  const deciding = results.filter((one) => shownVerdict(one) === verdict);
  const why = visibleText(deciding[0]?.reason ?? reasonWords(reason));
  // A region that nobody uses fails too, yet nobody is in danger: it keeps its word and loses the tint.
  const mild = verdict === "FAIL" && deciding.every(({ severity }) => !atLeast(severity, "medium"));
  const word = mild ? `${verdictWord(verdict)}, low` : verdictWord(verdict);
  return (
    <Link
      href={href}
      title={why}
      aria-label={`${controlHead(control.id)}, ${visibleText(targetName(target))}: ${word}`}
      aria-current={current || undefined}
      tabIndex={stop ? 0 : -1}
      data-cell={place}
    >
      <span className={mild ? "mild" : undefined}>
        <VerdictBadge verdict={verdict} word={word} />
      </span>
    </Link>
  );
}
