import { existsSync, readdirSync, rmSync } from "node:fs";
import path from "node:path";
import { Readable } from "node:stream";
import { expect, it, onTestFinished } from "vitest";
import { Claims } from "../../server/ingest/claims.ts";
import { IdentityTable } from "../../server/ingest/identity.ts";
import type { ReadGroup } from "../../server/ingest/readers.ts";
import { tempFolder } from "../store/temp-store.ts";
import { lines, record } from "./kit.ts";
import { oneReader } from "./one-reader.ts";

function opened(claims: Claims) {
  const root = tempFolder();
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const readers = oneReader(claims, root);
  return { readers, root };
}

function groupOf(id: number, calls: number): ReadGroup {
  const text = Buffer.from(lines(...Array.from({ length: calls }, (_, call) => record(`g${id}-${call}`))));
  const job = {
    unitId: id,
    sourceId: "dir:a",
    kind: "folder",
    scope: null,
    salvage: null,
    retention: null,
    ingestedAt: "2026-11-20T12:00:00.000Z",
    maxBytes: null,
  } as const;
  const open = async () => ({ bytes: Readable.from([text]), length: text.length, version: "" });
  return { id, units: [{ job, size: text.length, open }] };
}

it("a group whose identities cannot be read fails when nothing of it is written any more, and the next one is read", async () => {
  let refused = 0;
  const claims = new Claims(async () => {
    if (refused++ === 0) throw new Error("the engine is busy");
    return new IdentityTable();
  });
  const { readers, root } = opened(claims);
  const { signal } = new AbortController();
  claims.open(2);
  await expect(readers.read(groupOf(2, 7), signal)).rejects.toMatchObject({ code: "IDENTITIES_UNREADABLE" });
  claims.settle(2, false);
  rmSync(path.join(root, "2"), { recursive: true, force: true });
  claims.open(3);
  const { staged } = await readers.read(groupOf(3, 7), signal);
  expect(staged.units).toMatchObject([{ unitId: 3, counts: { read: 7, stored: 7, duplicates: 0 } }]);
  expect(existsSync(path.join(root, "2"))).toBe(false);
  await readers.close();
});

it("a stop leaves the rest of a group unread", async () => {
  const { readers } = opened(new Claims(async () => new IdentityTable()));
  const stop = new AbortController();
  let opens = 0;
  const units = Array.from({ length: 40 }, (_, number) => groupOf(number + 1, 1).units).flat();
  const stopping = units.map((unit) => ({
    ...unit,
    async open(signal: AbortSignal) {
      if (++opens === 3) stop.abort();
      return unit.open(signal);
    },
  }));
  const { staged } = await readers.read({ id: 9, units: stopping }, stop.signal);
  expect(opens).toBeLessThan(20);
  expect(staged.units.length).toBeLessThan(20);
  await readers.close();
});

it("a stop waits neither for identities that do not come nor for what lies read before the thread", async () => {
  const stop = new AbortController();
  const claims = new Claims(() => {
    stop.abort();
    return new Promise(() => undefined);
  });
  const { readers, root } = opened(claims);
  claims.open(2);
  const units = [groupOf(2, 7), groupOf(3, 7)].flatMap((group) => group.units);
  const read = readers.read({ id: 2, units }, stop.signal);
  await expect(read).rejects.toMatchObject({ name: "GroupSpoiled", died: false });
  expect(readdirSync(path.join(root, "2"))).toEqual([]);
  await readers.close();
});
