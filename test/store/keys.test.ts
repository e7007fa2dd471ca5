import { readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { readOrCreateKey } from "../../server/store/keys.ts";
import { seededRandom, tempFolder } from "./temp-store.ts";

describe("the key of a store", () => {
  it("is made once, and one that is cut is no key", () => {
    const folder = tempFolder();
    try {
      const file = path.join(folder, "hmac.key");
      const key = readOrCreateKey(file, seededRandom("a"));
      expect(key).toHaveLength(32);
      expect(readOrCreateKey(file, seededRandom("b"))).toEqual(key);
      for (const length of [0, 31]) {
        writeFileSync(file, key.subarray(0, length));
        expect(() => readOrCreateKey(file, seededRandom("b"))).toThrow(`is damaged: it has ${length} bytes of 32`);
        expect(readFileSync(file)).toHaveLength(length);
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
