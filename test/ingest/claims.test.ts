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

describe("claims after a commit that had no answer", () => {
  const a1 = [["a", 1]] as const;

  it("C5: are not taken over: whoever waits for them, or comes before all is asked for anew, is undone", async () => {
    const written = new IdentityTable();
    const claims = new Claims(async (dt) => (dt === day ? written : new IdentityTable()));
    claims.open(2);
    claims.open(3);
    await claims.judge(claim(2, a1));
    expect(claims.close(2)).toBe(true);
    const waiting = claims.judge(claim(3, a1));
    claims.doubt();
    claims.settle(2, false);
    await waiting;
    expect(claims.close(3)).toBe(false);
    claims.settle(3, false);
    claims.open(4);
    await claims.judge(claim(4, a1));
    expect(claims.close(4)).toBe(false);
    claims.settle(4, false);

    const words = new Uint32Array(identityWords);
    writeIdentity(words, 0, "a", 1n);
    written.add(words, 0, 0);
    claims.reload();
    claims.open(5);
    expect([...(await claims.judge(claim(5, a1)))]).toEqual([1]);
    expect(claims.close(5)).toBe(true);
  });

  it("undo no group that is at its commit: it was told what to store while those claims stood", async () => {
    const claims = emptyClaims();
    claims.open(2);
    claims.open(3);
    await claims.judge(claim(2, a1));
    await claims.judge(claim(3, [["b", 1]]));
    expect([claims.close(2), claims.close(3)]).toEqual([true, true]);
    claims.doubt();
    claims.settle(2, false);
    expect(claims.close(3)).toBe(true);
  });

  it("are judged by no day that was asked for before all was", async () => {
    const answers: ((table: IdentityTable) => void)[] = [];
    let asked = 0;
    const claims = new Claims(() => {
      asked += 1;
      return asked > 1 ? Promise.resolve(new IdentityTable()) : new Promise((resolve) => answers.push(resolve));
    });
    claims.open(2);
    const spoiled = claims.judge(claim(2, a1));
    claims.settle(2, false);
    claims.reload();
    const old = new IdentityTable();
    const words = new Uint32Array(identityWords);
    writeIdentity(words, 0, "a", 1n);
    old.add(words, 0, 0);
    answers[0]?.(old);
    await spoiled;
    claims.settle(2, false);
    claims.open(3);
    expect([...(await claims.judge(claim(3, a1)))]).toEqual([0]);
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
