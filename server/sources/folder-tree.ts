import type { Dirent } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { basename, dirname, join, sep } from "node:path";
import type { Target } from "../domain/target.ts";
import { errorCode } from "../lib/errors.ts";
import { parseLogKey } from "./key-grammar.ts";
import { SourceError } from "./source.ts";

/** What lies where in a folder, by name alone. Paths are relative to it. */
export interface FolderTree {
  readonly targets: readonly Target[];
  /** Target → hour (ISO) → hour folders: more than one when several downloads lie side by side. */
  readonly hours: ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<string>>>;
  /** Key → paths of the files outside the delivery layout. */
  readonly flat: ReadonlyMap<string, readonly string[]>;
}

export interface FoundFile {
  /** Absolute. */
  readonly path: string;
  readonly relativePath: string;
  readonly key: string;
  readonly size: number;
  /** Changes whenever the content may have: size, mtime, ctime and inode. */
  readonly stamp: string;
  /** The later of mtime and ctime: no write can set ctime back. */
  readonly changedAt: number;
  readonly mtime: number;
}

export function targetName({ accountId, region }: Target): string {
  return `${accountId}/${region}`;
}

/** The key of a file: its path below the folder, from the last `AWSLogs/` on if it has one. */
function keyOf(relativePath: string): string {
  const path = sep === "/" ? relativePath : relativePath.replaceAll(sep, "/");
  const start = `/${path}`.lastIndexOf("/AWSLogs/");
  return start === -1 ? path : path.slice(start);
}

export async function readTree(root: string): Promise<FolderTree> {
  const targets = new Map<string, Target>();
  const hours = new Map<string, Map<string, Set<string>>>();
  const flat = new Map<string, string[]>();
  for await (const path of pathsBelow(root)) {
    const key = keyOf(path);
    const log = parseLogKey(key);
    if (log === null) flat.set(key, [...(flat.get(key) ?? []), path]);
    else {
      const name = targetName(log.target);
      targets.set(name, log.target);
      const hourFolder = log.kind === "body" ? dirname(dirname(path)) : dirname(path);
      ensure(ensure(hours, name, newHours), log.hour, newPaths).add(hourFolder);
    }
  }
  return { targets: [...targets.values()], hours, flat };
}

const newHours = () => new Map<string, Set<string>>();
const newPaths = () => new Set<string>();

function ensure<V>(map: Map<string, V>, key: string, make: () => V): V {
  const value = map.get(key) ?? make();
  map.set(key, value);
  return value;
}

/** Paths of the regular files below `root`, links not followed, in no particular order. */
async function* pathsBelow(root: string): AsyncGenerator<string> {
  const folders = [""];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of await entriesOf(join(root, folder))) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) folders.push(path);
      else if (entry.isFile()) yield path;
    }
  }
}

/** Paths of the files in an hour folder and in its `data/`. */
export async function hourFiles(root: string, hourFolder: string): Promise<string[]> {
  const entries = await entriesOf(join(root, hourFolder));
  const filesOf = (folder: string, found: readonly Dirent[]) =>
    found.filter((entry) => entry.isFile()).map((entry) => join(folder, entry.name));
  const files = filesOf(hourFolder, entries);
  if (!entries.some((entry) => entry.isDirectory() && entry.name === "data")) return files;
  const data = join(hourFolder, "data");
  return [...files, ...filesOf(data, await entriesOf(join(root, data)))];
}

/** Where a file with this key may lie. */
export function pathsOf(tree: FolderTree, key: string): readonly string[] {
  const log = parseLogKey(key);
  if (log === null) return tree.flat.get(key) ?? [];
  const folders = tree.hours.get(targetName(log.target))?.get(log.hour) ?? [];
  const name = log.kind === "body" ? join("data", basename(key)) : basename(key);
  return [...folders].map((folder) => join(folder, name));
}

/** The file at a path, as it is now; null if there is no regular file. */
export async function fileAt(root: string, relativePath: string): Promise<FoundFile | null> {
  const path = join(root, relativePath);
  try {
    const stats = await lstat(path);
    if (!stats.isFile()) return null;
    return {
      path,
      relativePath,
      key: keyOf(relativePath),
      size: stats.size,
      stamp: `${stats.size}:${stats.mtimeMs}:${stats.ctimeMs}:${stats.ino}`,
      changedAt: Math.max(stats.mtimeMs, stats.ctimeMs),
      mtime: stats.mtimeMs,
    };
  } catch (error) {
    if (isMissing(error)) return null;
    throw folderError(error);
  }
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (isMissing(error)) return [];
    throw folderError(error);
  }
}

/** A listing of a folder that is not there would prove nothing. */
export async function requireFolder(path: string): Promise<void> {
  const found = await lstat(path).catch((error: unknown) => {
    throw folderError(error);
  });
  if (!found.isDirectory()) throw new SourceError("gone", "ENOTDIR", "The folder is not there.");
}

function isMissing(error: unknown): boolean {
  return ["ENOENT", "ENOTDIR"].includes(errorCode(error));
}

export function folderError(error: unknown): SourceError {
  if (error instanceof SourceError) return error;
  const code = errorCode(error);
  if (isMissing(error)) return new SourceError("gone", code, "The file or folder is not there.", { cause: error });
  if (["EACCES", "EPERM", "ELOOP"].includes(code))
    return new SourceError("refused", code, "The file or folder may not be read.", { cause: error });
  return new SourceError("transport", code, "The file or folder could not be read.", { cause: error });
}
