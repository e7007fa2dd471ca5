import { errorCode, UserError } from "../lib/errors.ts";

/** What a code says of the disk, and what is to be done. */
const words: readonly (readonly [RegExp, what: string, remedy: string])[] = [
  [
    /^(ENOSPC|EDQUOT|SQLITE_FULL)$/,
    "is full",
    "Make room there: it then goes on by itself where it stopped; nothing is lost, and nothing is counted twice.",
  ],
  [
    /^(EROFS|EACCES|EPERM|SQLITE_READONLY\w*|SQLITE_CANTOPEN\w*)$/,
    "cannot be written",
    "Let this program write there: it then goes on by itself where it stopped.",
  ],
  [
    /^EXDEV$/,
    "is more than one",
    "Keep all of its folders on one disk, and link the whole data directory elsewhere, not a folder in it.",
  ],
  [
    /^(EIO|SQLITE_IOERR\w*)$/,
    "answers with errors",
    "See that the disk is there, is sound and has room: it then goes on by itself where it stopped.",
  ],
];

/** For an error's code that speaks of the disk below a data directory: what, where, and the remedy. Null for any other one. */
export function diskTrouble(code: string, dataDir: string, cause?: unknown): UserError | null {
  const known = words.find(([pattern]) => pattern.test(code));
  if (known === undefined) return null;
  const [, what, remedy] = known;
  return new UserError(`the disk of ${dataDir} ${what} (${code})`, remedy, { exitCode: 3, cause });
}

/** The error in words that say what is wrong with the disk, as far as it is one of the disk. */
export function asDiskTrouble(error: unknown, dataDir: string): unknown {
  return error instanceof UserError ? error : (diskTrouble(errorCode(error), dataDir, error) ?? error);
}

const duckDbFull = /^IO Error: .*(No space left on device|Could not write all bytes|Disk quota exceeded)/s;

/** DuckDB's errors have no code: one of a full disk gets that of the system. */
export function withDiskCode(error: unknown): unknown {
  if (!(error instanceof Error) || !duckDbFull.test(error.message)) return error;
  return Object.assign(new Error("the disk is full", { cause: error }), { code: "ENOSPC" });
}
