import type { ReactElement } from "react";

/** 16 px grid, stroke 1.5, round caps. Own drawings. */
const shapes = {
  overview: <path d="M2.75 2.75h4v5h-4zM9.25 2.75h4v3h-4zM9.25 8.25h4v5h-4zM2.75 10.25h4v3h-4z" />,
  findings: <path d="M3.5 14V2.75h8.25L10 6l1.75 3.25H3.5" />,
  invocations: <path d="M2.5 4h11M2.5 8h11M2.5 12h7" />,
  principals: (
    <>
      <circle cx="8" cy="5.25" r="2.5" />
      <path d="M3 13.5c.4-2.6 2.4-4 5-4s4.6 1.4 5 4" />
    </>
  ),
  models: <path d="M8 1.9 13.75 5 8 8.1 2.25 5zM2.5 8.2 8 11.2l5.5-3M2.5 11.2 8 14.2l5.5-3" />,
  guardrails: <path d="M8 1.75 13 3.6v4c0 3.2-2 5.5-5 6.65-3-1.15-5-3.45-5-6.65v-4z" />,
  compliance: <path d="M5 2.75H3.25v11.5h9.5V2.75H11M5.5 1.75h5v2.5h-5zM5.5 9.1l1.75 1.8 3.25-3.6" />,
  reports: <path d="M9.25 1.75H3.75v12.5h8.5v-9.5zM9.25 1.75v3h3M6 8.25h4M6 11h4" />,
  admin: (
    <>
      <path d="M2.5 4.5h5M10.5 4.5h3M2.5 11.5h3M8.5 11.5h5" />
      <circle cx="9" cy="4.5" r="1.5" />
      <circle cx="7" cy="11.5" r="1.5" />
    </>
  ),
  search: (
    <>
      <circle cx="7" cy="7" r="4.25" />
      <path d="m10.25 10.25 3.5 3.5" />
    </>
  ),
  clock: (
    <>
      <circle cx="8" cy="8" r="5.75" />
      <path d="M8 4.75V8l2.25 1.5" />
    </>
  ),
  compare: (
    <>
      <path d="M2.5 11.5 6 7l2.5 2.5 5-6" />
      <path d="M2.5 14h2M7 14h2M11.5 14h2" />
    </>
  ),
  globe: (
    <>
      <circle cx="8" cy="8" r="5.75" />
      <path d="M2.25 8h11.5M8 2.25c3.4 3.7 3.4 7.8 0 11.5M8 2.25c-3.4 3.7-3.4 7.8 0 11.5" />
    </>
  ),
  refresh: <path d="M13.25 8A5.25 5.25 0 1 1 11.6 4.2M13.25 2.25v3h-3" />,
  link: (
    <path d="M6.75 9.25a2.6 2.6 0 0 0 3.7 0l2.3-2.3a2.6 2.6 0 0 0-3.7-3.7l-.8.8M9.25 6.75a2.6 2.6 0 0 0-3.7 0l-2.3 2.3a2.6 2.6 0 0 0 3.7 3.7l.8-.8" />
  ),
  download: <path d="M8 2.25v7.5M4.75 6.75 8 10l3.25-3.25M2.75 13.25h10.5" />,
  plus: <path d="M8 3v10M3 8h10" />,
  x: <path d="m4 4 8 8M12 4l-8 8" />,
  check: <path d="m3.25 8.5 3 3.25 6.5-7.25" />,
  down: <path d="m4 6.25 4 4 4-4" />,
  right: <path d="m6.25 4 4 4-4 4" />,
  left: <path d="m9.75 4-4 4 4 4" />,
  sortdown: <path d="M8 3v10M4.5 9.5 8 13l3.5-3.5" />,
  arrow: <path d="M2.75 8h10.5M9.5 4.25 13.25 8 9.5 11.75" />,
  pass: (
    <>
      <circle cx="8" cy="8" r="5.75" />
      <path d="m5.4 8.25 1.85 1.9 3.45-4" />
    </>
  ),
  fail: (
    <>
      <circle cx="8" cy="8" r="5.75" />
      <path d="m5.9 5.9 4.2 4.2M10.1 5.9l-4.2 4.2" />
    </>
  ),
  unknown: (
    <>
      <circle cx="8" cy="8" r="5.75" strokeDasharray="2.6 1.92" />
      <path d="M6.5 6.65c.1-2 3.1-1.9 3 .05 0 1.15-1.5 1.2-1.5 2.3M8 11v.05" />
    </>
  ),
  na: <path d="M4.5 8h7" />,
  waived: (
    <>
      <path d="M3.75 2.25h8.5v11.5L8 10.75l-4.25 3z" />
      <path d="M6 6.5h4" />
    </>
  ),
  warning: <path d="M8 2.25 14.25 13H1.75zM8 6.25V9.5M8 11.25v.05" />,
  info: (
    <>
      <circle cx="8" cy="8" r="5.75" />
      <path d="M8 7.5v3.25M8 5.25v.05" />
    </>
  ),
  progress: (
    <path d="M4.25 2.25h7.5M4.25 13.75h7.5M5 2.25c0 3 3 3.5 3 5.75 0-2.25 3-2.75 3-5.75M5 13.75c0-3 3-3.5 3-5.75 0 2.25 3 2.75 3 5.75" />
  ),
  lock: <path d="M3.5 7.25h9v6.5h-9zM5.25 7.25v-2a2.75 2.75 0 0 1 5.5 0v2" />,
  eye: (
    <>
      <path d="M1.75 8C4.5 3 11.5 3 14.25 8 11.5 13 4.5 13 1.75 8z" />
      <circle cx="8" cy="8" r="1.75" />
    </>
  ),
  eyeoff: (
    <path d="M4.25 4.9C3.25 5.6 2.4 6.65 1.75 8c1.9 3.45 5.8 4.5 9 3.15M7 4.3c2.8-.35 5.6.9 7.25 3.7-.4.75-.9 1.4-1.45 1.95M2.5 2.5l11 11" />
  ),
  copy: <path d="M5.75 5.75h7.5v7.5h-7.5zM3.75 10.25h-1v-7.5h7.5v1" />,
  filter: <path d="M2.5 4h11M4.5 8h7M6.75 12h2.5" />,
  exclude: (
    <>
      <circle cx="8" cy="8" r="5.75" />
      <path d="m4 12 8-8" />
    </>
  ),
  group: <path d="M2.75 2.75h4v4h-4zM9.25 9.25h4v4h-4zM4.75 6.75v4.5h4.5" />,
  open: <path d="M6.25 3.25h-3v9.5h9.5v-3M9 2.75h4.25V7M13 3 7.5 8.5" />,
  menu: <path d="M2.5 4.5h11M2.5 8h11M2.5 11.5h11" />,
  theme: (
    <>
      <circle cx="8" cy="8" r="5.75" />
      <path d="M8 2.25v11.5M8 4.5 11 3.4M8 7.5l5.5-1.8M8 10.5l5.7-1.9M8 13.5l4.5-1.5" />
    </>
  ),
  store: (
    <path d="M2.75 4c0-2.3 10.5-2.3 10.5 0s-10.5 2.3-10.5 0zM2.75 4v8c0 2.3 10.5 2.3 10.5 0V4M2.75 8c0 2.3 10.5 2.3 10.5 0" />
  ),
  terminal: <path d="M2.25 3.25h11.5v9.5H2.25zM4.75 6.25 6.5 8 4.75 9.75M8.25 10h3" />,
  key: (
    <>
      <circle cx="5.25" cy="10.75" r="2.75" />
      <path d="m7.25 8.75 6-6M11 5l1.75 1.75" />
    </>
  ),
  pin: <path d="M5.75 2.25h4.5L9.75 6.5l2.5 2.75h-8.5L6.25 6.5zM8 9.25v4.5" />,
  more: <path d="M3.5 8h.05M8 8h.05M12.5 8h.05" strokeWidth="2" />,
  user: (
    <>
      <circle cx="8" cy="5.25" r="2.5" />
      <path d="M3 13.5c.4-2.6 2.4-4 5-4s4.6 1.4 5 4" />
    </>
  ),
  strata: <path d="M2 5.25 8 2l6 3.25L8 8.5zM2 8.25l6 3.25 6-3.25M2 11.25l6 3.25 6-3.25" />,
  note: <path d="M2.75 2.75h10.5v7.5H7.5l-3 3v-3H2.75z" />,
} as const satisfies Record<string, ReactElement>;

export type IconName = keyof typeof shapes;

/** Always beside a word, or on a button with a name: hidden from screen readers. */
export function Icon({
  name,
  small = false,
  tone,
}: {
  name: IconName;
  small?: boolean;
  tone?: "bad" | "warn" | "good";
}) {
  const classes = ["ico", small ? "ico-s" : "", tone ?? ""].filter(Boolean).join(" ");
  return (
    <svg className={classes} viewBox="0 0 16 16" aria-hidden="true">
      {shapes[name]}
    </svg>
  );
}
