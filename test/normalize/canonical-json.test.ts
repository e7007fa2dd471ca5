import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import { canonicalJson } from "../../server/lib/canonical-json.ts";
import { hash64, openHmac, sha256Hex } from "../../server/lib/hash.ts";
import { memo } from "../../server/lib/memo.ts";

test.prop([fc.jsonValue()])("canonical JSON is the same value", (value) => {
  expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
});

test.prop([fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 40 })])(
  "keys stand in order, whatever theirs was",
  (fields) => {
    const turned = Object.fromEntries(Object.entries(fields).toReversed());
    expect(canonicalJson(turned)).toBe(canonicalJson(fields));
    const keys = Object.keys(fields).toSorted();
    expect(canonicalJson(Object.fromEntries(keys.map((key) => [key, 1])))).toBe(
      `{${keys.map((key) => `${JSON.stringify(key)}:1`).join(",")}}`,
    );
  },
);

test("what JSON cannot write is no null", () => {
  expect(canonicalJson([Infinity, -Infinity, -0, undefined])).toBe("[1e999,-1e999,0,null]");
});

test("hashes are those of SHA-256", () => {
  expect(sha256Hex("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  expect(hash64("abc")).toBe(BigInt.asIntN(64, 0xba7816bf8f01cfean));
  expect(openHmac(Buffer.from("Jefe"))("what do ya want for nothing?")).toBe(
    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
  );
});

test("a memo computes once, and forgets when it holds too much", () => {
  let computed = 0;
  const length = memo((text) => (computed++, text.length), 2, 4);
  expect([length("a"), length("a"), length("bb"), length("ccc"), length("a")]).toEqual([1, 1, 2, 3, 1]);
  expect(computed).toBe(4);
  expect([length("too long"), length("too long")]).toEqual([8, 8]);
  expect(computed).toBe(6);
});
