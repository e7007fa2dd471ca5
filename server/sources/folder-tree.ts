import type { Dirent } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { basename, dirname, join, sep } from "node:path";
import type { Target } from "../domain/target.ts";
import { errorCode } from "../lib/errors.ts";
import { hourOfPath, hourPath } from "./hours.ts";
import { parseLogKey, targetFolder, targetOfKey } from "./key-grammar.ts";
import { SourceError } from "./source.ts";

/** What lies where in a folder, by name alone. Paths are relative to it. */
export interface FolderTree {
  readonly targets: readonly Target[];
  /** Target → hour (ISO) → hour folders: more than one when several downloads lie side by side. */
  readonly hours: ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<string>>>;
  /** Key → paths of the files outside the delivery layout. */
  readonly flat: ReadonlyMap<string, readonly string[]>;
  /** Folder that could not be listed → why. What lies in it is not known. */
  readonly unread: ReadonlyMap<string, SourceError>;
}

/** Reads one folder; throws what the disk says. */
export type ListFolder = (folder: string) => Promise<Dirent[]>;

const fromDisk: ListFolder = (folder) => readdir(folder, { withFileTypes: true });

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

/** A folder in it that can't be listed stops no other one; throws only when the root itself can't be. */
export async function readTree(root: string, list = fromDisk): Promise<FolderTree> {
  const unread = new Map<string, SourceError>();
  const targets = new Map<string, Target>();
  const hours = new Map<string, Map<string, Set<string>>>();
  const flat = new Map<string, string[]>();
  for await (const path of pathsBelow(root, { list, unread })) {
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
  for (const folder of unread.keys()) {
    const target = targetOfKey(folderKey(folder));
    if (target !== null) targets.set(targetName(target), target);
  }
  return { targets: [...targets.values()], hours, flat, unread };
}

const newHours = () => new Map<string, Set<string>>();
const newPaths = () => new Set<string>();

function ensure<V>(map: Map<string, V>, key: string, make: () => V): V {
  const value = map.get(key) ?? make();
  map.set(key, value);
  return value;
}

/** Paths of the regular files below `root`, links not followed, in no particular order. */
async function* pathsBelow(
  root: string,
  { list, unread }: { readonly list: ListFolder; readonly unread: Map<string, SourceError> },
): AsyncGenerator<string> {
  async function entriesIn(folder: string): Promise<Dirent[]> {
    try {
      return await entriesOf(join(root, folder), list);
    } catch (error) {
      if (folder === "") throw error;
      unread.set(folder, folderError(error));
      return [];
    }
  }

  const folders = [""];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of await entriesIn(folder)) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) folders.push(path);
      else if (entry.isFile()) yield path;
    }
  }
}

/** The key of a folder, with a slash at its end. */
function folderKey(folder: string): string {
  return keyOf(join(folder, sep));
}

/**
 * Why not all is known of the files of a target, or of one hour of it (ISO); of the flat files when `target` is null. Null: all is.
 * A folder outside of any `AWSLogs/` may hold whatever there is.
 */
export function unreadOf({ unread }: FolderTree, target: Target | null, hour?: string): SourceError | null {
  for (const [folder, error] of unread) {
    const key = folderKey(folder);
    if (target === null ? targetOfKey(key) === null : !key.startsWith("AWSLogs/")) return error;
    if (target === null) continue;
    const own = targetFolder(target) + (hour === undefined ? "" : `${hourPath({ start: hour, end: hour })}/`);
    if (own.startsWith(key) || key.startsWith(own)) return error;
  }
  return null;
}

/** Why a file with this key may be there, though it is not found; null: it is not there. */
export function unreadAt(tree: FolderTree, key: string): SourceError | null {
  const log = parseLogKey(key);
  return log === null ? unreadOf(tree, null) : unreadOf(tree, log.target, log.hour);
}

/** The first hours that folders of a target can hold that could not be listed. */
export function unreadHours({ unread }: FolderTree, target: Target): readonly string[] {
  const own = targetFolder(target);
  return [...unread.keys()].flatMap((folder) => {
    const key = folderKey(folder);
    const [year = "", month = "01", day = "01", hour = "00"] = key.slice(own.length).split("/").filter(Boolean);
    const first = key.startsWith(own) ? hourOfPath(year, month, day, hour) : null;
    return first === null ? [] : [first];
  });
}

/** Paths of the logs in an hour folder and of the bodies in its `data/`, if that could be listed. What is neither is a flat file. */
export async function hourFiles(root: string, hourFolder: string, { unread }: FolderTree): Promise<string[]> {
  const entries = await entriesOf(join(root, hourFolder));
  const filesOf = (folder: string, found: readonly Dirent[]) =>
    found
      .filter((entry) => entry.isFile())
      .map((entry) => join(folder, entry.name))
      .filter((path) => parseLogKey(keyOf(path)) !== null);
  const files = filesOf(hourFolder, entries);
  if (!entries.some((entry) => entry.isDirectory() && entry.name === "data")) return files;
  const data = join(hourFolder, "data");
  if (unread.has(data)) return files;
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

async function entriesOf(folder: string, list = fromDisk): Promise<Dirent[]> {
  try {
    return await list(folder);
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

/** The same, where it concerns a part of the folder alone. */
export function partError({ class: errorClass, code, message }: SourceError): SourceError {
  return new SourceError(errorClass, code, message, { isPart: true });
}

export function folderError(error: unknown): SourceError {
  if (error instanceof SourceError) return error;
  const code = errorCode(error);
  if (isMissing(error)) return new SourceError("gone", code, "The file or folder is not there.", { cause: error });
  if (["EACCES", "EPERM", "ELOOP"].includes(code))
    return new SourceError("refused", code, "The file or folder may not be read.", { cause: error });
  return new SourceError("transport", code, "The file or folder could not be read.", { cause: error });
}
