import { expect, it } from "vitest";
import { reachOf, readSegments, type SnapshotSegments } from "../../server/store/engine/read-segments.ts";

const dayOf = (table: string, dt: string, old = false) => ({ dt, files: [`/lake/${table}/${dt}`], old });
const days = ["2026-11-18", "2026-11-19", "2026-11-20"];
const all: SnapshotSegments = {
  invocations: days.map((dt) => dayOf("invocations", dt, dt === "2026-11-18")),
  sightings: days.map((dt) => dayOf("sightings", dt)),
};
const span = { fromDay: "2026-11-19", toDay: "2026-11-19" };

it("a statement reads the tables that it is from, not those whose names stand in it otherwise", () => {
  const text = `/* metrics/content */ select s.invocations from rollups_day s left join sightings f on f.key = s.model
    where exists (select 1 FROM
      signals)`;
  expect(reachOf(text, null).tables).toEqual(["signals", "rollups_day", "sightings"]);
});

it("of its days alone, but of what was seen before them too", () => {
  const { tables } = readSegments(all, { tables: ["invocations", "sightings", "copies"], days: span });
  expect(tables).toEqual({
    invocations: { files: ["/lake/invocations/2026-11-19"], old: false },
    sightings: { files: ["/lake/sightings/2026-11-18", "/lake/sightings/2026-11-19"], old: false },
    copies: { files: [], old: false },
  });
  expect(readSegments(all, { tables: ["invocations"], days: null }).tables).toEqual({
    invocations: { files: days.map((dt) => `/lake/invocations/${dt}`), old: true },
  });
});

it("and one segment more or less within its reach gives it another key, one beyond it does not", () => {
  const { key } = readSegments(all, { tables: ["invocations"], days: span });
  const keyWith = (invocations: SnapshotSegments[string]) =>
    readSegments({ ...all, invocations }, { tables: ["invocations"], days: span }).key;
  const [first, second, third] = all["invocations"] ?? [];
  if (first === undefined || second === undefined || third === undefined) throw new Error("three days");
  expect(keyWith([second, dayOf("invocations", "2026-11-21")])).toBe(key);
  expect(keyWith([first, third])).not.toBe(key);
  expect(keyWith([{ ...second, files: [...second.files, "/lake/more"] }])).not.toBe(key);
  expect(readSegments(all, { tables: ["sightings"], days: span }).key).not.toBe(key);
});
