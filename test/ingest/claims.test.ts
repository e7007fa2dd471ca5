import { fc, test } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { Claims } from "../../server/ingest/claims.ts";
import { IdentityTable, identityWords, writeIdentity } from "../../server/ingest/identity.ts";
import type { Claim } from "../../server/ingest/protocol.ts";

const day = "2026-11-20";
type Call = readonly [id: string, hash: number];

function claim(group: number, calls: readonly Call[], dt = day): Claim {
  const words = new Uint32Array(calls.length * identityWords);
  calls.forEach(([id, hash], index) => writeIdentity(words, index * identityWords, id, BigInt(hash)));
  return { group, days: [dt], dayOf: new Uint16Array(calls.length), words, ids: calls.map(([id]) => id) };
}

function emptyClaims(): Claims {
  return new Claims(async () => new IdentityTable());
}

const settledSoon = async (work: Promise<unknown>) =>
  Promise.race([work.then(() => true), new Promise((resolve) => setTimeout(() => resolve(false), 20))]);

describe("claims", () => {
  it("the first of a call is fresh, an equal one a duplicate, another one differs", async () => {
    const claims = emptyClaims();
    claims.open(2);
    expect([
      ...(await claims.judge(
        claim(2, [
          ["a", 1],
          ["a", 1],
          ["a", 2],
          ["b", 1],
        ]),
      )),
    ]).toEqual([0, 1, 3, 0]);
    claims.settle(2, true);
    claims.open(3);
    expect([
      ...(await claims.judge(
        claim(3, [
          ["a", 1],
          ["b", 9],
          ["c", 1],
        ]),
      )),
    ]).toEqual([1, 2, 0]);
  });

  it("a copy a day later is found, two days later it is another record", async () => {
    const claims = emptyClaims();
    claims.open(2);
    await claims.judge(claim(2, [["a", 1]]));
    claims.settle(2, true);
    claims.open(3);
    expect([...(await claims.judge(claim(3, [["a", 1]], "2026-11-21")))]).toEqual([1]);
    expect([...(await claims.judge(claim(3, [["a", 1]], "2026-11-22")))]).toEqual([0]);
  });

  it("a group waits for an older one that has claimed the same call, and takes it when that one fails", async () => {
    const claims = emptyClaims();
    claims.open(2);
    claims.open(3);
    await claims.judge(claim(2, [["a", 1]]));
    const younger = claims.judge(claim(3, [["a", 1]]));
    expect(await settledSoon(younger)).toBe(false);
    claims.settle(2, false);
    expect([...(await younger)]).toEqual([0]);
  });

  it("an older group undoes a younger one instead of waiting for it, unless that one is at its commit", async () => {
    const claims = emptyClaims();
    claims.open(2);
    claims.open(3);
    await claims.judge(claim(3, [["a", 1]]));
    expect([...(await claims.judge(claim(2, [["a", 1]])))]).toEqual([0]);
    expect(claims.close(3)).toBe(false);

    claims.open(4);
    await claims.judge(claim(4, [["b", 1]]));
    expect(claims.close(4)).toBe(true);
    const older = claims.judge(claim(2, [["b", 1]]));
    expect(await settledSoon(older)).toBe(false);
    claims.settle(4, true);
    expect([...(await older)]).toEqual([1]);
  });
});

describe("the table of identities", () => {
  test.prop([
    fc.array(fc.tuple(fc.integer({ min: 0, max: 5_000 }), fc.integer({ min: 0, max: 2 })), { maxLength: 4_000 }),
  ])("knows exactly what was added", (calls) => {
    const table = new IdentityTable();
    const words = new Uint32Array(identityWords);
    const model = new Map<number, Set<number>>();
    for (const [id, hash] of calls) {
      writeIdentity(words, 0, String(id), BigInt(hash));
      const known = model.get(id);
      expect(table.find(words, 0)?.equal ?? null).toBe(known === undefined ? null : known.has(hash));
      if (known?.has(hash) === true) continue;
      table.add(words, 0, 0);
      model.set(id, (known ?? new Set()).add(hash));
    }
  });
});
