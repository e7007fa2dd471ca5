import { describe, expect, it } from "vitest";
import { UserError } from "../../server/lib/errors.ts";
import { asDiskTrouble } from "../../server/store/disk-trouble.ts";

const coded = (code: string) => Object.assign(new Error("no words of ours"), { code });

describe("what a disk says", () => {
  it.each([
    ["ENOSPC", "the disk of /data is full (ENOSPC)"],
    ["SQLITE_FULL", "the disk of /data is full (SQLITE_FULL)"],
    ["EROFS", "the disk of /data cannot be written (EROFS)"],
    ["SQLITE_CANTOPEN_ISDIR", "the disk of /data cannot be written (SQLITE_CANTOPEN_ISDIR)"],
    ["EXDEV", "the disk of /data is more than one (EXDEV)"],
    ["SQLITE_IOERR_WRITE", "the disk of /data answers with errors (SQLITE_IOERR_WRITE)"],
  ])("%s is told in our words, with a remedy", (code, message) => {
    const error = asDiskTrouble(coded(code), "/data");
    expect(error).toBeInstanceOf(UserError);
    expect(error).toMatchObject({ message, exitCode: 3 });
  });

  it("is all that is told so: any other error stays what it is", () => {
    const error = coded("ECONNRESET");
    expect(asDiskTrouble(error, "/data")).toBe(error);
  });
});
