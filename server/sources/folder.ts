import { opendir, readlink, realpath } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { Readable } from "node:stream";
import type { IgnoreRule } from "../domain/coverage.ts";
import type { Target } from "../domain/target.ts";
import type { Clock } from "../lib/clock.ts";
import { errorCode, UserError } from "../lib/errors.ts";
import { changed, fileBytes, listedBytes, settledFiles, versionOf } from "./folder-file.ts";
import {
  type FolderTree,
  type FoundFile,
  fileAt,
  folderError,
  hourFiles,
  partError,
  pathsOf,
  readTree,
  requireFolder,
  targetName,
  unreadAt,
  unreadHours,
  unreadOf,
} from "./folder-tree.ts";
import { bodyKeyOf } from "./body-place.ts";
import { hourWindow } from "./hours.ts";
import { ignoredAnywhere, isRecordName, parseLogKey } from "./key-grammar.ts";
import { sourceId } from "./source-id.ts";
import { type OpenedUnit, type Source, SourceError, type UnitRef, type Window } from "./source.ts";

const pageSize = 1_000;
const flatWindow: Window = { start: "flat", end: "flat" };

export interface FolderOptions {
  readonly path: string;
  readonly clock: Clock;
  /** Default: from the disk. */
  readonly readFolder?: typeof readTree;
}

export interface OpenedFolder {
  /** One a target whose delivery layout is found in it, and one for all other files; that one alone, which says why, if it can't be read. */
  readonly sources: readonly Source[];
  /** Its real path, or the one that it will have. */
  readonly root: string;
  /** Null: it was read. */
  readonly failure: SourceError | null;
  /** Path of a folder in it that could not be read → why. */
  readonly unread: ReadonlyMap<string, SourceError>;
}

/** Opens a folder, whether it is there or not: what is not mounted now can be later. */
export async function openFolder({ path, clock, readFolder = readTree }: FolderOptions): Promise<OpenedFolder> {
  const root = await realPlace(resolve(path));
  const tree = sharedTree(root, readFolder);
  const source = (scope: Target | null) => folderSource({ root, name: path, scope, clock, tree });
  try {
    const { targets, unread } = await tree.read();
    return { sources: [...targets, null].map(source), root, failure: null, unread };
  } catch (error) {
    return { sources: [source(null)], root, failure: folderError(error), unread: new Map() };
  }
}

/** The sources of a folder that must be there, or a `UserError`. */
export async function folderSources(options: FolderOptions): Promise<readonly Source[]> {
  const { failure, sources } = await openFolder(options);
  if (failure !== null) throw folderFailure(options.path, failure.code);
  return sources;
}

/** Throws a `UserError` if none of the folders can be opened now; one that is missing beside another may come yet. */
export async function requireAFolder(paths: readonly string[]): Promise<void> {
  const failures = await Promise.all(paths.map(openingFailure));
  const [first] = failures;
  if (first != null && !failures.includes(null)) throw first;
}

async function openingFailure(path: string): Promise<UserError | null> {
  try {
    await (await opendir(path)).close();
    return null;
  } catch (error) {
    return folderFailure(path, errorCode(error));
  }
}

/** What to tell the person who named a folder that can't be read. */
export function folderFailure(path: string, code: string): UserError {
  if (["ENOENT", "ENOTDIR"].includes(code))
    return new UserError(`${path} is not a folder`, "Name a folder that holds downloaded log files.");
  return new UserError(`${path} could not be read (${code})`, "Let this program read it, or name another folder.");
}

/** Also of what is not there yet, as links that lead to it will have it. */
async function realPlace(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (errorCode(error) !== "ENOENT" || dirname(path) === path) return path;
    const link = await readlink(path).catch(() => null);
    if (link !== null) return realPlace(resolve(dirname(path), link));
    return join(await realPlace(dirname(path)), basename(path));
  }
}

interface Place {
  readonly root: string;
  readonly name: string;
  readonly scope: Target | null;
  readonly clock: Clock;
  readonly tree: SharedTree;
}

function folderSource({ root, name, scope, clock, tree }: Place): Source {
  const versions = openVersions();
  /** What a look saw when it asked for the windows: its scan takes it, once. */
  let looked: FolderTree | null = null;

  /** Flat files are looked for in the whole folder each time, an hour only in its own folders. */
  async function seenFor(window: Window): Promise<{ paths: string[]; unread: SourceError | null }> {
    await requireFolder(root);
    if (scope === null) {
      const seen = looked ?? (await tree.read());
      looked = null;
      return { paths: [...seen.flat.values()].flat(), unread: unreadOf(seen, null) };
    }
    const known = await tree.known();
    const folders = known.hours.get(targetName(scope))?.get(window.start) ?? [];
    const files = await Promise.all([...folders].map((folder) => hourFiles(root, folder, known))).catch(
      (error: unknown) => {
        throw partError(folderError(error));
      },
    );
    return { paths: files.flat(), unread: unreadOf(known, scope, window.start) };
  }

  async function filesAt(paths: readonly string[]): Promise<{ files: FoundFile[]; nameless: number }> {
    const files: FoundFile[] = [];
    let nameless = 0;
    for (const path of paths) {
      const file = await fileAt(root, path);
      if (file !== null) files.push(file);
      // Node gives U+FFFD for bytes that are no UTF-8: such a name opens nothing.
      else if (path.includes("\uFFFD")) nameless += 1;
    }
    return { files, nameless };
  }

  return {
    kind: "folder",
    id: sourceId("folder", root, scope),
    scope,
    place: root,
    name: scope === null ? name : `${name} ${targetName(scope)}`,

    async *windows(range) {
      const seen = await tree.read();
      if (scope === null) {
        looked = seen;
        return yield flatWindow;
      }
      const hours = new Set([...(seen.hours.get(targetName(scope))?.keys() ?? []), ...unreadHours(seen, scope)]);
      const unread = hours.size === 0 ? unreadOf(seen, scope) : null;
      if (unread !== null) throw unread;
      const found = [...hours].toSorted().toReversed();
      yield* found.map((hour) => hourWindow(Date.parse(hour))).filter((window) => touches(window, range));
    },

    async *scan(window, signal) {
      const { paths, unread } = await seenFor(window);
      const { files, nameless } = await filesAt(paths);
      const { settled, moving } = await settledFiles(files, { root, clock, signal });
      for (let at = 0; at < settled.length; at += pageSize) {
        const page: UnitRef[] = [];
        for (const file of settled.slice(at, at + pageSize)) {
          const unit = await unitOf(file, window, versions, signal);
          if (unit !== null) page.push(unit);
        }
        yield page;
      }
      if (moving > 0) throw new SourceError("transport", "FileStillChanging", "A file is still being written.");
      if (nameless > 0) throw nameNotUtf8();
      if (unread !== null) throw partError(unread);
    },

    async open(unit, signal) {
      const path = await findListed(await tree.known(), unit, signal);
      return { bytes: Readable.from(listedBytes(path, unit, signal)), length: unit.size, version: unit.version };
    },

    bodies: [{ keyOf: bodyKeyOf, open: openBody }],
  };

  /** A downloaded body; of several downloads the first. */
  async function openBody(
    key: string,
    { maxBytes, signal }: { readonly maxBytes: number; readonly signal: AbortSignal },
  ): Promise<OpenedUnit> {
    for (const path of pathsOf(await tree.known(), key)) {
      const file = await fileAt(root, path);
      if (file === null) continue;
      if (file.size > maxBytes)
        throw new SourceError("too-large", "TooLarge", "The file is over the limit of its kind.");
      return { bytes: Readable.from(fileBytes(file.path, signal)), length: file.size, version: file.stamp };
    }
    throw unreadAt(await tree.known(), key) ?? new SourceError("gone", "ENOENT", "The file is not there.");
  }

  /** A key can lie in several downloads; the content says which one was listed. */
  async function findListed(tree: FolderTree, unit: UnitRef, signal: AbortSignal): Promise<string> {
    const files = (await Promise.all(pathsOf(tree, unit.key).map((path) => fileAt(root, path)))).filter(
      (file) => file !== null,
    );
    for (const file of files) if ((await versions.of(file, signal)) === unit.version) return file.path;
    if (files.length > 0) throw changed();
    throw unreadAt(tree, unit.key) ?? new SourceError("gone", "ENOENT", "The file is not there any more.");
  }
}

function nameNotUtf8(): SourceError {
  return new SourceError("refused", "NameNotUtf8", "The name of a file is not UTF-8: rename it.", { isPart: true });
}

/** What the sources of one folder know of it together. */
interface SharedTree {
  /** As it is now, or at the time of the next reading: who asks while one reads waits for the one after it. */
  read(): Promise<FolderTree>;
  /** As it was last read. */
  known(): Promise<FolderTree>;
}

function sharedTree(root: string, readFolder: typeof readTree): SharedTree {
  let begun = false;
  let last: FolderTree | null = null;
  let running: Promise<FolderTree> | null = null;
  let next: Promise<FolderTree> | null = null;

  async function readNow(): Promise<FolderTree> {
    try {
      await requireFolder(root);
      begun = true;
      return (last = await readFolder(root));
    } finally {
      running = null;
      begun = false;
    }
  }

  async function afterRunning(): Promise<FolderTree> {
    await running?.catch(() => undefined);
    next = null;
    return read();
  }

  function read(): Promise<FolderTree> {
    if (running === null) return (running = readNow());
    return begun ? (next ??= afterRunning()) : running;
  }

  return { read, known: async () => last ?? read() };
}

function touches(window: Window, { from, to }: { readonly from: string; readonly to: string }): boolean {
  return Date.parse(window.end) > Date.parse(from) && Date.parse(window.start) < Date.parse(to);
}

async function unitOf(
  file: FoundFile,
  window: Window,
  versions: Versions,
  signal: AbortSignal,
): Promise<UnitRef | null> {
  const ignored = ignoreRule(file);
  const version = ignored === null ? await versions.of(file, signal) : `unread:${file.size}:${file.mtime}`;
  if (version === null) return null;
  const lastModified = new Date(file.mtime).toISOString();
  return { kind: "file", key: file.key, version, size: file.size, lastModified, window: window.start, ignored };
}

function ignoreRule({ key, size }: FoundFile): IgnoreRule | null {
  if (parseLogKey(key)?.kind === "body") return "body-object";
  return ignoredAnywhere(key, size) ?? (isRecordName(key) ? null : "not-a-log");
}

interface Versions {
  /** SHA-256; a fixed mark for a file that may not be read; null for one that has gone. */
  of(file: FoundFile, signal: AbortSignal): Promise<string | null>;
}

/** A file is hashed again only when its stamp has changed. */
function openVersions(): Versions {
  const known = new Map<string, { readonly stamp: string; readonly version: string }>();
  return {
    async of(file, signal) {
      const last = known.get(file.path);
      if (last?.stamp === file.stamp) return last.version;
      try {
        const version = await versionOf(file.path, signal);
        known.set(file.path, { stamp: file.stamp, version });
        return version;
      } catch (error) {
        if (!(error instanceof SourceError)) throw error;
        if (error.class === "gone") return null;
        if (error.class === "refused") return "unreadable";
        throw error;
      }
    },
  };
}
