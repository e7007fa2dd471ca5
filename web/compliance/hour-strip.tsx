import { useId } from "react";
import type { HourState, TargetHours } from "../../server/domain/hour-coverage.ts";
import { spansOf, stripWords, type HourSpan } from "./hours.ts";

/** One target's hours in a row. Shape says it without colour: short hangs below, a hole is open between two edges, off is a full block. */
export function HourStrip({ target }: { target: TargetHours }) {
  const pattern = useId();
  const spans = spansOf(target.hours);
  return (
    <svg
      viewBox={`0 0 ${Math.max(1, target.hours.length)} 18`}
      preserveAspectRatio="none"
      role="img"
      aria-label={stripWords(spans, target.sums)}
    >
      <defs>
        <pattern id={pattern} width="1.6" height="4" patternUnits="userSpaceOnUse" patternTransform="skewX(-20)">
          <rect className="c-unknown" width="0.8" height="4" />
        </pattern>
      </defs>
      {spans.map((span) => (
        <Span key={span.from} span={span} hatch={`url(#${pattern})`} />
      ))}
    </svg>
  );
}

function Span({ span: { state, from, hours }, hatch }: { span: HourSpan; hatch: string }) {
  const place = { x: from, width: Math.max(hours - 0.25, 0.5) };
  if (state === "hole") {
    return (
      <>
        <rect className="c-hole" {...place} y="0" height="3" />
        <rect className="c-hole" {...place} y="15" height="3" />
      </>
    );
  }
  if (state === "unknown") return <rect {...place} y="3" height="12" fill={hatch} />;
  const { className, y, height } = shapes[state];
  return <rect className={className} {...place} y={y} height={height} />;
}

const shapes: Readonly<
  Record<Exclude<HourState, "hole" | "unknown">, { className: string; y: number; height: number }>
> = {
  covered: { className: "c-ok", y: 6, height: 6 },
  short: { className: "c-short", y: 9, height: 9 },
  off: { className: "c-off", y: 0, height: 18 },
  "no-traffic": { className: "c-none", y: 8, height: 1.5 },
};

/** The shapes, named. */
export function HourLegend() {
  return (
    <ul className="legend">
      {legend.map(({ word, mark }) => (
        <li key={word}>
          <svg className="sw" viewBox="0 0 10 10" aria-hidden="true">
            {mark}
          </svg>
          <span>{word}</span>
        </li>
      ))}
    </ul>
  );
}

const legend = [
  { word: "covered", mark: <rect className="c-ok" y="3" width="10" height="4" /> },
  { word: "short", mark: <rect className="c-short" y="5" width="10" height="5" /> },
  { word: "hole", mark: <path className="c-hole" d="M0 0h10v2.5H0zM0 7.5h10V10H0z" /> },
  { word: "off", mark: <rect className="c-off" width="10" height="10" /> },
  { word: "no traffic", mark: <rect className="c-none" y="4" width="10" height="2" /> },
  {
    word: "unknown",
    mark: (
      <>
        <rect className="c-unknown" width="10" height="10" />
        <path d="M-2 8 8-2M2 12 12 2" stroke="var(--panel)" strokeWidth="2" fill="none" />
      </>
    ),
  },
];
