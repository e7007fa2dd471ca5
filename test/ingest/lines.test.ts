import { fc, test } from "@fast-check/vitest";
import { expect, it } from "vitest";
import { splitLines, type Line } from "../../server/ingest/lines.ts";

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function linesOf(bytes: Buffer, size: number, max = 1_000): Promise<Line[]> {
  const lines: Line[] = [];
  for await (const line of splitLines(inPieces(bytes, size), max)) lines.push(line);
  return lines;
}

test.prop([fc.string({ unit: fc.constantFrom("a", "é", "\n", "𝄞") }), fc.integer({ min: 1, max: 9 })])(
  "lines are the same, however the bytes are cut, and each says where it stands",
  async (text, size) => {
    const bytes = Buffer.from(text);
    const lines = await linesOf(bytes, size);
    expect(lines.map((line) => line.bytes?.toString("utf8"))).toEqual(
      text.endsWith("\n") || text === "" ? text.split("\n").slice(0, -1) : text.split("\n"),
    );
    for (const { bytes: own, from, to } of lines) expect(bytes.subarray(from, to)).toEqual(own);
  },
);

it("a line over the limit is not held, and the next one is whole", async () => {
  const lines = await linesOf(Buffer.from(`${"x".repeat(50)}\nshort\n`), 7, 20);
  expect(lines.map(({ bytes, from, to }) => [bytes?.toString() ?? null, from, to])).toEqual([
    [null, 0, 50],
    ["short", 51, 56],
  ]);
  expect(lines[0]?.sha256).toMatch(/^[0-9a-f]{64}$/);
});
