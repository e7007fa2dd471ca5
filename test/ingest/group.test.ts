import { describe, expect, it } from "vitest";
import { Group, maxHeldPieces } from "../../server/ingest/group.ts";
import { unitLimits } from "../../server/ingest/gunzip.ts";
import type { QuarantinedBytes } from "../../server/ingest/protocol.ts";

const unread = (): never => {
  throw new Error("there is no record");
};

function emptyGroup(): Group {
  return new Group(2, {
    claim: unread,
    scan: unread,
    price: unread,
    write: unread,
    batch: { rows: 10, bytes: 1_000 },
    bodies: { fetch: unread, limits: unitLimits },
    isPreferred: unread,
  });
}

function piece(unitId: number, at: number): QuarantinedBytes {
  const bytes = Uint8Array.of(120);
  return { unitId, reason: "not-json", detail: "", byteFrom: at, byteTo: at + 1, sha256: "2d71", bytes };
}

describe("what a group cannot read", () => {
  it("is kept as so many files at most: of the rest place and hash alone", async () => {
    const group = emptyGroup();
    for (let at = 0; at < maxHeldPieces + 5; at += 1) group.quarantine(piece(1, at));
    const { quarantine } = await group.finish();
    expect(quarantine).toHaveLength(maxHeldPieces + 5);
    expect(quarantine.filter(({ bytes }) => bytes !== null)).toHaveLength(maxHeldPieces);
    expect(quarantine.at(-1)).toEqual({ ...piece(1, maxHeldPieces + 4), bytes: null });
  });

  it("of a unit that is dropped makes room", async () => {
    const group = emptyGroup();
    for (let at = 0; at < maxHeldPieces; at += 1) group.quarantine(piece(1, at));
    group.dropUnit(1, null);
    group.quarantine(piece(2, 0));
    expect((await group.finish()).quarantine).toEqual([piece(2, 0)]);
  });
});
