import { describe, expect, it } from "vitest";
import { zip } from "../../server/lib/zip.ts";
import { filesOfZip } from "./zip-reader.ts";

const files = new Map([
  ["b/ü.txt", "two\n"],
  ["a.txt", ""],
  ["b/c.json", '{"x":1}'],
]);

describe("an archive", () => {
  it("holds each file whole, by name", () => {
    expect(Object.fromEntries(filesOfZip(zip(files)))).toEqual(Object.fromEntries(files));
    expect(filesOfZip(zip(new Map())).size).toBe(0);
  });

  it("is the same whatever the order of its files", () => {
    const other = new Map([...files].toReversed());
    expect(zip(other).equals(zip(files))).toBe(true);
    expect([...filesOfZip(zip(files)).keys()]).toEqual(["a.txt", "b/c.json", "b/ü.txt"]);
  });

  it("is found out where a byte is another", () => {
    const bytes = zip(files);
    bytes[bytes.indexOf("two")] = 0x54;
    expect(() => filesOfZip(bytes)).toThrow(/checksum/);
  });

  it("holds no more files than the format counts", () => {
    const many = new Map(Array.from({ length: 65_536 }, (_, at) => [`${at}`, ""]));
    expect(() => zip(many)).toThrow(RangeError);
  });
});
