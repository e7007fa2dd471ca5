import path from "node:path";
import { UserError } from "../lib/errors.ts";
import { type Table, tables } from "./tables.ts";

/** Columns that the engine would take from a folder of this form instead of from the files, in lower case. */
const columns: ReadonlySet<string> = new Set([
  "dt",
  ...Object.values<Table>(tables).flatMap((table) => Object.keys(table.columns)),
]);

/**
 * Throws `UserError`, exit code 3, for a data directory below a folder such as `region=eu`: the engine takes `name=value` in a path for the
 * value of a column, and would show every call with it.
 */
export function refuseMisreadPath(dataDir: string): void {
  const part = path
    .resolve(dataDir)
    .split(path.sep)
    .find((name) => name.includes("=") && columns.has(name.slice(0, name.indexOf("=")).toLowerCase()));
  if (part === undefined) return;
  throw new UserError(
    `${dataDir} lies in the folder ${part}, which would be read as a column of every call`,
    "Name a folder that lies elsewhere, or rename that one.",
    { exitCode: 3 },
  );
}
