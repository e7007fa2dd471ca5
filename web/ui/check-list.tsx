interface Checkable {
  readonly value: string;
  readonly text: string;
  /** How often it occurs, in words. */
  readonly count: string;
}

interface CheckListProps {
  readonly label: string;
  readonly items: readonly Checkable[];
  readonly chosen: readonly string[];
  readonly onChange: (chosen: readonly string[]) => void;
}

/** Values to choose some of. */
export function CheckList({ label, items, chosen, onChange }: CheckListProps) {
  return (
    <ul aria-label={label}>
      {items.map(({ value, text, count }) => (
        <li key={value}>
          <label>
            <input
              className="check"
              type="checkbox"
              checked={chosen.includes(value)}
              onChange={() => onChange(toggled(chosen, value))}
            />
            <span>{text}</span>
            <span className="muted">{count}</span>
          </label>
        </li>
      ))}
    </ul>
  );
}

function toggled(values: readonly string[], value: string): readonly string[] {
  return values.includes(value) ? values.filter((other) => other !== value) : [...values, value];
}
