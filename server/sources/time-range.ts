export interface ApiRange {
  readonly startTime: number;
  readonly endTime: number;
}

/** How each API of CloudWatch Logs means the end of a range, and in which unit. */
const apis = {
  FilterLogEvents: { unitMs: 1, endIsIn: true },
  GetLogEvents: { unitMs: 1, endIsIn: false },
  StartQuery: { unitMs: 1_000, endIsIn: true },
} as const;

/** `[from, to)` in milliseconds as an API wants it: never less than that, and no more than its unit makes necessary. */
export function toRange(api: keyof typeof apis, [from, to]: readonly [number, number]): ApiRange {
  const { unitMs, endIsIn } = apis[api];
  const startTime = Math.floor(from / unitMs);
  const endTime = Math.ceil(to / unitMs);
  return { startTime, endTime: endIsIn ? endTime - 1 : endTime };
}
