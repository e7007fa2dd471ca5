const width = 144;
const height = 28;
const edge = 1;

/** Points of a line from 0 to the highest value; it breaks where a value is null. */
export function sparkPath(values: readonly (number | null)[], top: number): string {
  const step = values.length > 1 ? width / (values.length - 1) : 0;
  const y = (value: number) => (top === 0 ? height - edge : height - edge - (value / top) * (height - 2 * edge));
  let drawing = false;
  return values
    .map((value, index) => {
      if (value === null) {
        drawing = false;
        return "";
      }
      const command = drawing ? "L" : "M";
      drawing = true;
      return `${command}${(index * step).toFixed(1)} ${y(value).toFixed(1)}`;
    })
    .join("");
}

/** No axis, no fill: the shape of a number over the window, and before it. */
export function Sparkline({
  values,
  before,
}: {
  values: readonly (number | null)[];
  before?: readonly (number | null)[];
}) {
  const top = Math.max(0, ...[...values, ...(before ?? [])].map((value) => value ?? 0));
  return (
    <svg className="spark" viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden="true">
      {before === undefined ? null : <path className="prev" d={sparkPath(before, top)} />}
      <path d={sparkPath(values, top)} />
    </svg>
  );
}
