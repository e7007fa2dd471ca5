import { useId } from "react";

interface NoteFieldProps {
  readonly label: string;
  readonly note: string;
  readonly onChange: (note: string) => void;
}

/** What is written into the history of a finding. */
export function NoteField({ label, note, onChange }: NoteFieldProps) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <textarea
        className="input"
        id={id}
        rows={2}
        maxLength={1000}
        value={note}
        onChange={(event) => onChange(event.target.value)}
      />
      <span className="hint">Kept for good; no prompt text, please.</span>
    </div>
  );
}
