import { errorCode, stackFrames, UserError } from "../server/lib/errors.ts";
import type { Log } from "../server/lib/log.ts";
import { safeJson } from "../server/lib/safe-json.ts";
import { visibleText } from "../server/domain/visible-text.ts";
import { diskTrouble } from "../server/store/disk-trouble.ts";

/** The codes that every command shares; each says in its own words what 1 and 4 mean for it. */
export const exitCodes = {
  done: 0,
  badNews: 1,
  usage: 2,
  nothingDone: 3,
  inPart: 4,
  leaseHeld: 5,
  interrupted: 130,
} as const;

/**
 * Runs a command's work and sets the exit code last: it begins at 3, so that a crash never reads as "all well" or as "bad news".
 * What the reader can mend is told in a sentence, a bug with its place and without its message, which can quote data.
 */
export async function guarded(work: () => Promise<number>): Promise<void> {
  process.exitCode = exitCodes.nothingDone;
  try {
    process.exitCode = await work();
  } catch (error) {
    const told = error instanceof UserError ? error : storeTrouble(error);
    if (told !== null) {
      console.error(`${visibleText(told.message)}\n${visibleText(told.remedy)}`);
      process.exitCode = told.exitCode;
    } else {
      console.error(`A fault of this program: ${errorCode(error)} at ${stackFrames(error)}`);
    }
  }
}

/** A disk that takes nothing more, as the catalog says it. */
function storeTrouble(error: unknown): UserError | null {
  const code = errorCode(error);
  return code.startsWith("SQLITE_") ? diskTrouble(code, "the data directory") : null;
}

/** Warnings and errors as JSON lines on stderr; stdout is the result alone. */
export const stderrLog: Log = {
  info() {},
  warn: (fields) => console.error(safeJson({ level: "warn", ...fields })),
  error: (fields) => console.error(safeJson({ level: "error", ...fields })),
};

/**
 * The first interrupt asks the work to end, and a second one ends the process at once; `graceMs` after the first it ends in any case, if it is
 * given.
 */
export function interruption({ graceMs }: { readonly graceMs?: number } = {}): AbortSignal {
  const controller = new AbortController();
  const end = (): void => process.exit(exitCodes.interrupted);
  const interrupted = (): void => {
    if (controller.signal.aborted) end();
    controller.abort();
    if (graceMs !== undefined) setTimeout(end, graceMs).unref();
  };
  for (const name of ["SIGINT", "SIGTERM"] as const) process.on(name, interrupted);
  return controller.signal;
}
