import { useId, useState, type FormEvent } from "react";
import { TimePoint, type TimeRange } from "../../server/domain/metric.ts";
import { useView } from "../view.tsx";

/** From and to as one writes them in the address: an instant in UTC, or `now-3d`. */
export function CustomRange({ onChoose }: { onChoose: (range: TimeRange) => void }) {
  const { state, resolved } = useView();
  const shown = resolved?.range ?? state.range;
  const [from, setFrom] = useState(shortInstant(shown.from));
  const [to, setTo] = useState(shortInstant(shown.to));
  const [fault, setFault] = useState("");
  const id = useId();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const wrong = faultOf(from, to);
    setFault(wrong);
    if (wrong === "") onChoose({ from, to });
  };
  return (
    <form className="custom" onSubmit={submit}>
      <Field id={`${id}f`} label="From" value={from} fault={fault} hint={`${id}h`} onChange={setFrom} />
      <Field id={`${id}t`} label="To" value={to} fault={fault} hint={`${id}h`} onChange={setTo} />
      <p className={fault === "" ? "hint muted" : "hint bad"} id={`${id}h`} role={fault === "" ? undefined : "alert"}>
        {fault === "" ? "UTC, 2026-11-24T09:00Z; or now-3d, now-1d/d" : fault}
      </p>
      <button className="btn" type="submit">
        Show
      </button>
    </form>
  );
}

/** Without seconds that are none. */
function shortInstant(point: string): string {
  return point.replace(/(:00)?(\.000)?Z$/, (zeros) => (zeros.startsWith(":00") ? "Z" : zeros));
}

function faultOf(from: string, to: string): string {
  for (const point of [from, to]) {
    const instant = point.startsWith("now") ? 0 : Date.parse(point);
    if (!TimePoint.safeParse(point).success || Number.isNaN(instant)) return `${point} is not a time.`;
  }
  const instants = !from.startsWith("now") && !to.startsWith("now");
  return instants && Date.parse(from) >= Date.parse(to) ? "From must be before To." : "";
}

interface FieldProps {
  readonly id: string;
  readonly label: string;
  readonly value: string;
  readonly fault: string;
  readonly hint: string;
  readonly onChange: (value: string) => void;
}

function Field({ id, label, value, fault, hint, onChange }: FieldProps) {
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        className="input"
        id={id}
        value={value}
        aria-invalid={fault !== ""}
        aria-describedby={hint}
        onChange={(event) => onChange(event.target.value.trim())}
      />
    </div>
  );
}
