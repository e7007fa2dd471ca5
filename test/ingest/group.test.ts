import { describe, expect, it, vi } from "vitest";
import { Group, type GroupDeps, maxHeldPieces } from "../../server/ingest/group.ts";
import { unitLimits } from "../../server/ingest/gunzip.ts";
import type { QuarantinedBytes } from "../../server/ingest/protocol.ts";
import type { IngestRecord } from "../../server/ingest/record.ts";
import { readLine } from "../../server/normalize/read-line.ts";
import { openScanner } from "../../server/signals/scan.ts";
import { record } from "./kit.ts";

const unread = (): never => {
  throw new Error("there is no record");
};

function openGroup(deps: Partial<GroupDeps> = {}): Group {
  return new Group(2, {
    claim: unread,
    scan: unread,
    price: unread,
    write: unread,
    batch: { rows: 1, bytes: 1_000 },
    bodies: { fetch: unread, limits: unitLimits },
    isPreferred: unread,
    ...deps,
  });
}

function call(): IngestRecord {
  const [outcome] = readLine(JSON.stringify(record("a")), { hmac: () => "0", resolve: () => null });
  if (outcome?.kind !== "record") throw new Error("it is a record");
  const { content, invocation, recordHash } = outcome;
  const origin = { unitId: 1, sourceId: "s3:a", position: 0, ingestedAt: "2026-11-20T12:00:00.000Z" };
  return { ...origin, content, invocation, recordHash, again: () => outcome };
}

function piece(unitId: number, at: number): QuarantinedBytes {
  const bytes = Uint8Array.of(120);
  return { unitId, reason: "not-json", detail: "", byteFrom: at, byteTo: at + 1, sha256: "2d71", bytes };
}

it("a group that is given up tells so when nothing of it is being written any more", async () => {
  const deeds: string[] = [];
  let written = (): void => undefined;
  const group = openGroup({
    claim: async () => ({ verdicts: new Uint8Array(1), copies: new Map() }),
    scan: (invocation, content) => openScanner({ hmac: () => "0", rules: [] }).scan(invocation, content),
    price: () => ({ key: null, flags: [] }),
    async write() {
      deeds.push("write");
      await new Promise<void>((resolve) => (written = resolve));
      deeds.push("written");
      return [];
    },
  });
  await group.record(call());
  const abandoned = group.abandon().then(() => deeds.push("abandoned"));
  await vi.waitUntil(() => deeds.includes("write"));
  written();
  await abandoned;
  expect(deeds).toEqual(["write", "written", "abandoned"]);
});

describe("what a group cannot read", () => {
  it("is kept as so many files at most: of the rest place and hash alone", async () => {
    const group = openGroup();
    for (let at = 0; at < maxHeldPieces + 5; at += 1) group.quarantine(piece(1, at));
    const { quarantine } = await group.finish();
    expect(quarantine).toHaveLength(maxHeldPieces + 5);
    expect(quarantine.filter(({ bytes }) => bytes !== null)).toHaveLength(maxHeldPieces);
    expect(quarantine.at(-1)).toEqual({ ...piece(1, maxHeldPieces + 4), bytes: null });
  });

  it("of a unit that is dropped makes room", async () => {
    const group = openGroup();
    for (let at = 0; at < maxHeldPieces; at += 1) group.quarantine(piece(1, at));
    group.dropUnit(1, null);
    group.quarantine(piece(2, 0));
    expect((await group.finish()).quarantine).toEqual([piece(2, 0)]);
  });
});
