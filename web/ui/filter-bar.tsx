import type { ReactNode } from "react";
import type { Dimension, Filter } from "../../server/domain/metric.ts";
import { fieldWord, filterRelation, filterWords } from "../filter-words.ts";
import { withoutFilter } from "../url-state.ts";
import { useView } from "../view.tsx";
import { visibleText } from "../../server/domain/visible-text.ts";
import { AddFilter } from "./add-filter.tsx";
import { Icon } from "./icon.tsx";
import { Popover } from "./popover.tsx";
import { ValueChoice } from "./value-choice.tsx";

const quick: readonly Dimension[] = ["account", "region", "model"];

/** The filters of the page as chips, and ways to add one. */
export function FilterBar({ children }: { children?: ReactNode }) {
  const { state } = useView();
  const filtered = new Set(state.filters.map(({ field }) => field));
  return (
    <div className="filters" role="group" aria-label="Filters">
      {state.filters.map((filter) => (
        <Chip key={filterWords(filter)} filter={filter} />
      ))}
      {quick
        .filter((field) => !filtered.has(field))
        .map((field) => (
          <Quick key={field} field={field} />
        ))}
      <AddFilter />
      {children}
    </div>
  );
}

function Chip({ filter }: { filter: Filter }) {
  const { state, change } = useView();
  const words = visibleText(filterWords(filter));
  return (
    <span className="chip">
      <span title={words}>
        <i>{filterRelation(filter)}</i> {visibleText(filter.values.join(", "))}
      </span>
      <button type="button" aria-label={`Remove filter ${words}`} onClick={() => change(withoutFilter(state, filter))}>
        <Icon name="x" small />
      </button>
    </span>
  );
}

function Quick({ field }: { field: Dimension }) {
  const button = (
    <>
      {fieldWord(field)}: all
      <Icon name="down" small />
    </>
  );
  return (
    <Popover label={`${fieldWord(field)} filter`} buttonClass="btn quiet small quick" button={button}>
      {(close) => <ValueChoice field={field} onDone={close} />}
    </Popover>
  );
}
