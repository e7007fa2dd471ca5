import { visibleText } from "../../server/domain/visible-text.ts";
import type { BarsInput } from "./stacked-bars.ts";
import { Swatch } from "./swatch.tsx";

interface TooltipProps {
  readonly input: BarsInput;
  readonly bucket: number;
  readonly x: number;
  readonly zone: string;
}

/** What stands in one bucket, with its date and zone. Read out as it moves. */
export function Tooltip({ input: { buckets, series, before, formatValue }, bucket, x, zone }: TooltipProps) {
  const about = buckets[bucket];
  if (about === undefined) return null;
  const shown = series.filter(({ values }) => (values[bucket] ?? 0) !== 0);
  const was = before?.[bucket] ?? null;
  return (
    <div className={bucket > buckets.length / 2 ? "tip at left" : "tip at"} role="status" style={{ left: x }}>
      <h3>
        {about.label} {zone}
      </h3>
      {about.state === "uncovered" ? <p className="warn">no evidence</p> : null}
      {about.state === "in-progress" ? <p className="muted">in progress</p> : null}
      {about.state !== "uncovered" && shown.length === 0 ? <p className="muted">nothing</p> : null}
      <dl>
        {shown.map(({ label, ink, values }) => (
          <div key={label}>
            <dt>
              <Swatch ink={ink} /> {visibleText(label)}
            </dt>
            <dd>{formatValue(values[bucket] ?? 0)}</dd>
          </div>
        ))}
        {was === null ? null : (
          <div className="muted">
            <dt>before</dt>
            <dd>{formatValue(was)}</dd>
          </div>
        )}
      </dl>
    </div>
  );
}
