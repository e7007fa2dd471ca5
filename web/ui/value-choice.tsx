import { useState } from "react";
import type { Dimension } from "../../server/domain/metric.ts";
import { format } from "../format.ts";
import { fieldWord } from "../filter-words.ts";
import { usePanelMetric } from "../panel-metric.ts";
import { withFilter } from "../url-state.ts";
import { useView } from "../view.tsx";
import { visibleText } from "../../server/domain/visible-text.ts";
import { CheckList } from "./check-list.tsx";
import { Answered, RowsSkeleton } from "./states.tsx";

const shown = 50;

/** The values of a field that occur in the window, the most used first. */
export function ValueChoice({ field, onDone }: { field: Dimension; onDone: () => void }) {
  const { state, change } = useView();
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const answer = usePanelMetric({ measures: ["invocations"], dimensions: [field], top: shown });
  const apply = (op: "in" | "notIn") => {
    change(withFilter(state, { field, op, values: [...chosen] }));
    onDone();
  };
  return (
    <div className="values">
      <Answered answer={answer} loading={<RowsSkeleton rows={4} />}>
        {({ rows }) => (
          <CheckList
            label={`Values of ${fieldWord(field)}`}
            items={rows.flatMap(({ key, values }) => {
              const value = key?.[0];
              if (value == null) return [];
              return [{ value, text: visibleText(value), count: format.compact(values.invocations) }];
            })}
            chosen={chosen}
            onChange={setChosen}
          />
        )}
      </Answered>
      <div className="row">
        <button className="btn" type="button" disabled={chosen.length === 0} onClick={() => apply("in")}>
          Only these
        </button>
        <button className="btn" type="button" disabled={chosen.length === 0} onClick={() => apply("notIn")}>
          Exclude
        </button>
      </div>
    </div>
  );
}
