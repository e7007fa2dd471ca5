import { readFileSync } from "node:fs";
import type { DataPaths } from "./data-dir.ts";
import type { Disk } from "./disk.ts";

/** The newest commit, kept beside the catalog: a catalog can lose its newest commits and still look healthy. */
export interface CommitMark {
  readonly catalogId: string;
  readonly snapshot: number;
}

export function writeCommitMark({ commitMark }: DataPaths, disk: Disk, mark: CommitMark): void {
  disk.replace(commitMark, JSON.stringify(mark));
}

/** Null if there is none, or none that can be read. */
export function readCommitMark({ commitMark }: DataPaths): CommitMark | null {
  try {
    const { catalogId, snapshot } = JSON.parse(readFileSync(commitMark, "utf8")) as Partial<CommitMark>;
    return typeof catalogId === "string" && typeof snapshot === "number" ? { catalogId, snapshot } : null;
  } catch {
    return null;
  }
}
