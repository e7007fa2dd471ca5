import { createHmac } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { openHmac } from "../../server/lib/hash.ts";

test("openHmac makes the HMAC-SHA256 that node:crypto makes, of any text and key", () => {
  const texts = fc.oneof(
    fc.string({ unit: "binary", maxLength: 300 }),
    fc.string({ unit: "grapheme", maxLength: 300 }),
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.array(texts, { maxLength: 5 }), (key, several) => {
      const hmac = openHmac(key);
      for (const text of several) expect(hmac(text)).toBe(createHmac("sha256", key).update(text).digest("hex"));
    }),
  );
});

test.each([10_922, 10_923, 40_000])("openHmac hashes %i characters of three bytes each", (length) => {
  const text = "€".repeat(length);
  const expected = createHmac("sha256", "key").update(text).digest("hex");
  expect(openHmac(Buffer.from("key"))(text)).toBe(expected);
});
