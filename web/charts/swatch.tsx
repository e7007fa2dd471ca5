import type { Ink } from "./palette.ts";

/** The colour and pattern of a series, as small as a letter. */
export function Swatch({ ink: { colour, pattern } }: { ink: Ink }) {
  return (
    <svg className="sw" viewBox="0 0 10 10" aria-hidden="true">
      <rect width="10" height="10" fill={`var(${colour})`} />
      {pattern === "hatch" ? <path d="M-2 8 8-2M2 12 12 2" stroke="var(--panel)" strokeWidth="2" fill="none" /> : null}
      {pattern === "dots" ? <path d="M2 2h2v2H2zM6 2h2v2H6zM2 6h2v2H2zM6 6h2v2H6z" fill="var(--panel)" /> : null}
    </svg>
  );
}
