import { useId, useState, type FormEvent } from "react";
import { dimensions, Dimension, type Filter } from "../../server/domain/metric.ts";
import { fieldWord } from "../filter-words.ts";
import { withFilter } from "../url-state.ts";
import { useView } from "../view.tsx";
import { Icon } from "./icon.tsx";
import { Popover } from "./popover.tsx";
import { Segmented } from "./segmented.tsx";
import { ValueChoice } from "./value-choice.tsx";

/** Any field: chosen from its values, or written with `*` for any characters. */
export function AddFilter() {
  const button = (
    <>
      <Icon name="plus" small />
      Filter
    </>
  );
  return (
    <Popover label="Add a filter" buttonClass="btn quiet small" button={button}>
      {(close) => <FilterForm close={close} />}
    </Popover>
  );
}

function FilterForm({ close }: { close: () => void }) {
  const [field, setField] = useState<Dimension>("principal");
  const [way, setWay] = useState<"values" | "pattern">("values");
  const id = useId();
  return (
    <div className="filter-form">
      <div className="field">
        <label htmlFor={id}>Field</label>
        <select
          className="input"
          id={id}
          value={field}
          onChange={(event) => setField(Dimension.parse(event.target.value))}
        >
          {dimensions.map((name) => (
            <option key={name} value={name}>
              {fieldWord(name)}
            </option>
          ))}
        </select>
      </div>
      <Segmented
        label="How"
        value={way}
        options={[
          { value: "values", label: "Values" },
          { value: "pattern", label: "Pattern" },
        ]}
        onChange={setWay}
      />
      {way === "values" ? (
        <ValueChoice key={field} field={field} onDone={close} />
      ) : (
        <Pattern field={field} onDone={close} />
      )}
    </div>
  );
}

function Pattern({ field, onDone }: { field: Dimension; onDone: () => void }) {
  const { state, change } = useView();
  const [text, setText] = useState("");
  const id = useId();
  const add = (op: Filter["op"]) => {
    change(withFilter(state, { field, op, values: op === "null" ? [] : [text] }));
    onDone();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (text !== "") add("glob");
  };
  return (
    <form className="field" onSubmit={submit}>
      <label htmlFor={id}>Pattern</label>
      <input
        className="input"
        id={id}
        maxLength={200}
        value={text}
        placeholder="*/role/ci-*"
        onChange={(event) => setText(event.target.value)}
      />
      <div className="row">
        <button className="btn" type="submit" disabled={text === ""}>
          Is like
        </button>
        <button className="btn" type="button" disabled={text === ""} onClick={() => add("notGlob")}>
          Is not like
        </button>
        <button className="btn" type="button" onClick={() => add("null")}>
          Not recorded
        </button>
      </div>
    </form>
  );
}
