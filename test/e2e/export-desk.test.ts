import { expect, it } from "vitest";
import { ExportDesk, type ReadyFile, TooManyExports } from "../../server/routes/export-desk.ts";
import { NotFoundError } from "../../server/routes/route.ts";

const about: ReadyFile["about"] = {
  name: "a.csv",
  format: "csv",
  columns: ["id"],
  filters: [],
  range: { from: "2026-11-20T00:00:00.000Z", to: "2026-11-21T00:00:00.000Z" },
  timeZone: "UTC",
  asOf: null,
  snapshot: 1,
  demo: false,
  coverage: "complete",
  since: null,
  partial: [],
};

function opened() {
  let now = Date.parse("2026-11-20T09:00:00Z");
  let random = 0;
  const told: string[] = [];
  const desk = new ExportDesk({
    clock: () => now,
    random: (bytes) => new Uint8Array(bytes).fill(++random),
    onStart: async (actor, { state }) => void told.push(`${actor} starts ${state}`),
    onEnd: async (actor, { rows, state }) => void told.push(`${actor} ends ${state} ${rows}`),
  });
  const file: ReadyFile = {
    about,
    async *pieces() {
      yield { text: "a\n", rows: 1 };
      yield { text: "b\n", rows: 1 };
    },
  };
  return { desk, file, told, wait: (ms: number) => (now += ms) };
}

const { signal } = new AbortController();

async function textOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts).toString();
}

it("a file is its actor's alone, for a minute, and its manifest for ten", async () => {
  const { desk, file, wait } = opened();
  const { id } = desk.begin("ana", file);
  expect(() => desk.manifest("ben", id)).toThrow(NotFoundError);
  wait(59_999);
  expect(await textOf(await desk.fetch("ana", id, signal))).toBe("a\nb\n");
  wait(599_999);
  expect(desk.manifest("ana", id)).toMatchObject({ state: "whole", rows: 2, bytes: 4 });
  wait(1);
  expect(() => desk.manifest("ana", id)).toThrow(NotFoundError);
  const late = desk.begin("ana", file);
  wait(60_000);
  await expect(desk.fetch("ana", late.id, signal)).rejects.toThrow(NotFoundError);
});

it("two of one actor and four in all wait or are being sent, no more", async () => {
  const { desk, file, wait } = opened();
  const { id } = desk.begin("ana", file);
  desk.begin("ana", file);
  expect(() => desk.begin("ana", file)).toThrow(TooManyExports);
  desk.begin("ben", file);
  desk.begin("eva", file);
  expect(() => desk.begin("ida", file)).toThrow(TooManyExports);
  await textOf(await desk.fetch("ana", id, signal));
  desk.begin("ida", file);
  wait(60_000);
  for (const actor of ["ana", "ana", "ben", "ben"]) desk.begin(actor, file);
});

it("a reader that leaves before the first byte takes nobody's place", async () => {
  const { desk, file, told } = opened();
  for (const order of ["before", "after"] as const) {
    const { id } = desk.begin("ana", file);
    const gone = new AbortController();
    if (order === "before") gone.abort();
    await desk.fetch("ana", id, gone.signal);
    gone.abort();
    expect(desk.manifest("ana", id)).toMatchObject({ state: "broken", rows: 0, sha256: null });
  }
  expect(told).toEqual(["ana starts running", "ana ends broken 0", "ana starts running", "ana ends broken 0"]);
  desk.begin("ana", file);
});

it("a reader that leaves has a broken file, and the trail says so", async () => {
  const { desk, file, told } = opened();
  const { id } = desk.begin("ana", file);
  for await (const _ of await desk.fetch("ana", id, signal)) break;
  expect(desk.manifest("ana", id)).toMatchObject({ state: "broken", rows: 1, sha256: null });
  expect(told).toEqual(["ana starts running", "ana ends broken 1"]);
});
