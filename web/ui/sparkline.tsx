const width = 144;
const height = 28;
const edge = 1;
const mostPoints = 56;

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

/** At most `most` values: the means of neighbours. Null where none of them is known. */
export function smoothed(values: readonly (number | null)[], most: number): readonly (number | null)[] {
  const size = Math.ceil(values.length / most);
  if (size <= 1) return values;
  return Array.from({ length: Math.ceil(values.length / size) }, (_, place) => {
    const known = values.slice(place * size, (place + 1) * size).filter((value) => value !== null);
    return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
  });
}

/** No axis, no fill: the shape of a number over the window, and before it. */
export function Sparkline({
  values,
  before,
}: {
  values: readonly (number | null)[];
  before?: readonly (number | null)[];
}) {
  const line = smoothed(values, mostPoints);
  const earlier = smoothed(before ?? [], mostPoints);
  const top = Math.max(0, ...[...line, ...earlier].map((value) => value ?? 0));
  return (
    <svg className="spark" viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden="true">
      {before === undefined ? null : <path className="prev" d={sparkPath(earlier, top)} />}
      <path d={sparkPath(line, top)} />
    </svg>
  );
}
