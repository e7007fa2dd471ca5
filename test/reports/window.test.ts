import { describe, expect, it } from "vitest";
import { localText, windowBefore, windowEdge } from "../../server/reports/window.ts";
import { runId } from "../../server/reports/run-id.ts";

function window(name: string, now: string, zone: string): readonly [string, string] {
  const { start, end } = windowBefore(name, Date.parse(now), zone);
  return [new Date(start).toISOString(), new Date(end).toISOString()];
}

const at = (text: string) => `${text}:00.000Z`;

describe("the window before the present", () => {
  it.each([
    ["last-day", "2026-11-24T09:00:00Z", "UTC", "2026-11-23T00:00", "2026-11-24T00:00"],
    ["last-day", "2026-11-24T00:00:00Z", "UTC", "2026-11-23T00:00", "2026-11-24T00:00"],
    ["last-day", "2026-11-24T23:30:00Z", "Europe/Berlin", "2026-11-23T23:00", "2026-11-24T23:00"],
    // Monday to Sunday.
    ["last-week", "2026-11-24T09:00:00Z", "UTC", "2026-11-16T00:00", "2026-11-23T00:00"],
    ["last-week", "2026-11-22T23:59:00Z", "UTC", "2026-11-09T00:00", "2026-11-16T00:00"],
    ["last-month", "2026-03-31T12:00:00Z", "UTC", "2026-02-01T00:00", "2026-03-01T00:00"],
    ["last-month", "2028-03-01T00:00:00Z", "UTC", "2028-02-01T00:00", "2028-03-01T00:00"],
    ["last-month", "2026-01-15T12:00:00Z", "Asia/Kathmandu", "2025-11-30T18:15", "2025-12-31T18:15"],
    ["last-30d", "2026-11-24T09:00:00Z", "UTC", "2026-10-25T00:00", "2026-11-24T00:00"],
    // A day of 23 hours, and one of 25.
    ["last-day", "2026-03-30T06:00:00Z", "Europe/Berlin", "2026-03-28T23:00", "2026-03-29T22:00"],
    ["last-day", "2026-10-26T06:00:00Z", "Europe/Berlin", "2026-10-24T22:00", "2026-10-25T23:00"],
    ["last-week", "2026-10-27T06:00:00Z", "Europe/Berlin", "2026-10-18T22:00", "2026-10-25T23:00"],
    ["last-2d", "2026-03-30T06:00:00Z", "Europe/Berlin", "2026-03-27T23:00", "2026-03-29T22:00"],
    // A day that begins at one o'clock.
    ["last-day", "2024-04-27T12:00:00Z", "Africa/Cairo", "2024-04-25T22:00", "2024-04-26T21:00"],
    // The 30th of December 2011 was left out.
    ["last-day", "2011-12-31T12:00:00Z", "Pacific/Apia", "2011-12-30T10:00", "2011-12-31T10:00"],
    ["last-2d", "2011-12-30T12:00:00Z", "Pacific/Apia", "2011-12-28T10:00", "2011-12-30T10:00"],
  ])("%s at %s in %s", (name, now, zone, from, to) => {
    expect(window(name, now, zone)).toEqual([at(from), at(to)]);
  });

  it.each(["last-year", "last-0d", "last-1000d", "yesterday", "last-1d ", ""])("refuses %j", (name) => {
    expect(() => windowBefore(name, 0, "UTC")).toThrow(/is none/);
  });
});

describe("an edge given by hand", () => {
  it.each([
    ["2026-11-01", "UTC", "2026-11-01T00:00"],
    ["2026-11-01", "Europe/Berlin", "2026-10-31T23:00"],
    ["2026-11-01", "Pacific/Kiritimati", "2026-10-31T10:00"],
    ["2026-11-01", "Pacific/Pago_Pago", "2026-11-01T11:00"],
    ["2024-04-26", "Africa/Cairo", "2024-04-25T22:00"],
    ["2026-11-01T12:00:00Z", "Europe/Berlin", "2026-11-01T12:00"],
    ["2026-11-01T12:00:00+02:00", "UTC", "2026-11-01T10:00"],
  ])("%s in %s", (text, zone, instant) => {
    expect(new Date(windowEdge("--from", text, zone)).toISOString()).toBe(at(instant));
  });

  it.each(["2026-13-01", "2026-02-30", "2026-11-01T12:00:00", "1 Nov", "now", ""])("refuses %j", (text) => {
    expect(() => windowEdge("--to", text, "UTC")).toThrow(/^--to /);
  });

  it("refuses a day that the zone left out", () => {
    expect(() => windowEdge("--from", "2011-12-30", "Pacific/Apia")).toThrow(/is no day in/);
  });

  it("is shown with its offset", () => {
    expect(localText(Date.parse("2026-10-25T00:30:00Z"), "Europe/Berlin")).toBe("2026-10-25 02:30 +02:00");
    expect(localText(Date.parse("2026-10-25T01:30:00Z"), "Europe/Berlin")).toBe("2026-10-25 02:30 +01:00");
    expect(localText(Date.parse("2026-07-01T00:00:00Z"), "America/St_Johns")).toBe("2026-06-30 21:30 -02:30");
  });
});

describe("the id of a run", () => {
  it("is the same for the same report and window, and another for each other", () => {
    const [from, to] = ["2026-11-16T00:00:00.000Z", "2026-11-23T00:00:00.000Z"];
    const id = runId("weekly", from, to, 1);
    expect(id).toMatch(/^r_[a-z2-7]{26}$/);
    expect(runId("weekly", from, to, 1)).toBe(id);
    const others = [runId("weekl", from, to, 1), runId("weekly", to, from, 1), runId("weekly", from, to, 2)];
    expect(new Set([id, ...others]).size).toBe(4);
  });

  it("is base32 of the hash", () => {
    // printf 'adhoc\na\nb\n1' | sha256sum | cut -c1-64 | xxd -r -p | base32 | cut -c1-26
    expect(runId("adhoc", "a", "b", 1)).toBe("r_o6t52gjk3emotjwfufi7cujbiw");
  });
});
