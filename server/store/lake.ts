import path from "node:path";
import type { DataPaths } from "./data-dir.ts";
import type { Disk } from "./disk.ts";
import type { TableName } from "./tables.ts";
import { type Random, ulid } from "./ulid.ts";

/** A finished file in `staging/`, to become a segment by a commit. Times are milliseconds. */
export interface StagedSegment {
  readonly table: TableName;
  /** UTC day of its rows, `YYYY-MM-DD`. */
  readonly dt: string;
  readonly stagedFile: string;
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: string;
  readonly minTime: number | null;
  readonly maxTime: number | null;
  /** Of the program that wrote it; default: this one. */
  readonly schemaVersion?: number;
}

/** A segment in its place in the lake. */
export interface PublishedSegment extends StagedSegment {
  readonly id: string;
  /** Below the data directory, with `/`. */
  readonly path: string;
}

/** Makes the folder for the files of a batch. */
export function stagingFolder({ staging }: DataPaths, disk: Disk, batchId: string): string {
  const folder = path.join(staging, batchId);
  disk.makeFolder(folder);
  return folder;
}

/** Moves a staged file to its place. No reader sees it before the commit. */
export function publish({ root }: DataPaths, disk: Disk, segment: PublishedSegment): void {
  const target = path.join(root, segment.path);
  disk.makeFolder(path.dirname(target));
  disk.move(segment.stagedFile, target);
}

/** Gives a staged segment its name and place. */
export function placed(segment: StagedSegment, time: number, random: Random): PublishedSegment {
  const id = ulid(time, random);
  return { ...segment, id, path: `lake/${segment.table}/dt=${segment.dt}/${id}.parquet` };
}
