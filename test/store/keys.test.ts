import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { readOrCreateKey } from "../../server/store/keys.ts";
import { seededRandom, tempFolder } from "./temp-store.ts";

describe("the key of a store", () => {
  it("is made once; one that is cut is no key, and one that is gone is not replaced", () => {
    const folder = tempFolder();
    try {
      const file = path.join(folder, "hmac.key");
      const key = readOrCreateKey(file, { isEmpty: true, random: seededRandom("a") });
      expect(key).toHaveLength(32);
      const again = { isEmpty: false, random: seededRandom("b") };
      expect(readOrCreateKey(file, again)).toEqual(key);
      for (const length of [0, 31]) {
        writeFileSync(file, key.subarray(0, length));
        expect(() => readOrCreateKey(file, again)).toThrow(`is damaged: it has ${length} bytes of 32`);
        expect(readFileSync(file)).toHaveLength(length);
      }
      rmSync(file);
      expect(() => readOrCreateKey(file, again)).toThrow(`${file}, the key of the store, is gone`);
      expect(existsSync(file)).toBe(false);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
