import { afterEach, expect, it, vi } from "vitest";
import { progressLine, progressPrinter } from "../../scripts/ingest-print.ts";

const progress = {
  state: "reading",
  stopped: null,
  units: 3_400,
  unitsDone: 1_200,
  records: 56_789,
  bytes: 12 * 2 ** 20,
} as const;

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

it("is silent once all is read, until there is more", () => {
  vi.useFakeTimers({ now: 0 });
  const said = vi.spyOn(console, "error").mockReturnValue();
  const print = progressPrinter();
  const after = (ms: number, state: "listing" | "idle", units: number) => {
    vi.advanceTimersByTime(ms);
    print({ ...progress, state, units, unitsDone: 1_200 });
    return said.mock.calls.length;
  };
  expect(after(3_000, "idle", 1_200)).toBe(1);
  expect([after(60_000, "listing", 1_200), after(60_000, "idle", 1_200)]).toEqual([1, 1]);
  expect([after(60_000, "listing", 1_201), after(60_000, "listing", 1_201)]).toEqual([2, 3]);
});

it("tells of a run its objects, records, size, lag and time left; what is not known is left out", () => {
  expect(progressLine(progress, 185, { behindMs: 480_000, unread: 2 })).toBe(
    "reading: 1,200 of 3,400 objects, 56,789 records, 12 MiB, 8 min behind, 2 targets not read yet, about 3 min left",
  );
  expect(progressLine(progress, null, null)).toBe("reading: 1,200 of 3,400 objects, 56,789 records, 12 MiB");
  expect(progressLine(progress, 12, { behindMs: null, unread: 0 })).toMatch(/12 MiB, about 12 s left$/);
});
