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

// The examples of RFC 8785, sections 3.2.2 and 3.2.3, and numbers of its appendix B.
test("the canonical form is that of RFC 8785", () => {
  const example = String.raw`{"numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
    "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/", "literals": [null, true, false]}`;
  expect(canonicalJson(JSON.parse(example))).toBe(
    String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
  );
  const keys = ["\u20ac", "\r", "\ufb33", "1", "\ud83d\ude00", "\u0080", "\u00f6"];
  const sorted = ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\ud83d\ude00", "\ufb33"];
  const written = canonicalJson(Object.fromEntries(keys.map((key) => [key, 1])));
  expect(Object.keys(JSON.parse(written) as object).filter((key) => key !== "1")).toEqual(
    sorted.filter((key) => key !== "1"),
  );
  expect(written.startsWith(String.raw`{"\r":1,"1":1,`)).toBe(true);
  const numbers = [0, -0, 5e-324, 1.7976931348623157e308, 9007199254740992, 295147905179352830000, 1e21, 1e23];
  expect(canonicalJson(numbers)).toBe(
    "[0,0,5e-324,1.7976931348623157e+308,9007199254740992,295147905179352830000,1e+21,1e+23]",
  );
});

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
