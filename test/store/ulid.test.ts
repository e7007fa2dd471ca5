import { fc } from "@fast-check/vitest";
import { expect, it } from "vitest";
import { ulid } from "../../server/store/ulid.ts";

const bytes = (value: number) => () => new Uint8Array(10).fill(value);

it("a ulid is 26 characters that sort by time", () => {
  fc.assert(
    fc.property(fc.nat(2 ** 47), fc.nat(2 ** 47), (a, b) => {
      const [first, second] = [ulid(Math.min(a, b), bytes(255)), ulid(Math.max(a, b) + 1, bytes(0))];
      expect(first).toMatch(/^[0-9A-HJKMNP-TV-Z]{26}$/);
      expect(first < second).toBe(true);
    }),
  );
});

it("a ulid is the one that the specification's arithmetic gives", () => {
  expect(ulid(0, bytes(0))).toBe("0".repeat(26));
  expect(ulid(2 ** 48 - 1, bytes(255))).toBe(`7${"Z".repeat(25)}`);
});
