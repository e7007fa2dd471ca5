import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { open } from "node:fs/promises";
import path from "node:path";
import { syncFolder } from "./data-dir.ts";

/** What the store does to the disk when it publishes, commits and tidies up. An argument, so that a test can fail or end any step. */
export interface Disk {
  /** Size and time of the last change in milliseconds; null if there is no such file. */
  stat(file: string): { readonly sizeBytes: number; readonly changedAt: number } | null;
  /** Names in a folder; none if there is no folder of that name. */
  list(folder: string): readonly string[];
  /** Makes a folder and its parents, lasting. */
  makeFolder(folder: string): void;
  /** Moves a file into a folder that exists, lasting. */
  move(from: string, to: string): void;
  /** Writes a whole file in place of the old one: after a crash there is one of both. */
  replace(file: string, text: string): void;
  /** Writes a file that is not there yet. Its bytes last; its name does once `keepNames` was asked for its folder. */
  create(file: string, bytes: Uint8Array): Promise<void>;
  /** Makes the names in a folder lasting. */
  keepNames(folder: string): void;
  /** Removes a file or a folder with all in it. */
  remove(target: string): void;
}

function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(path.dirname(folder));
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  syncFolder(path.dirname(folder));
}

function writeSynced(file: string, text: string): void {
  const handle = openSync(file, "w", 0o600);
  try {
    writeFileSync(handle, text);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

async function create(file: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(file, "wx", 0o600);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function move(from: string, to: string): void {
  renameSync(from, to);
  syncFolder(path.dirname(to));
}

export const realDisk: Disk = {
  stat(file) {
    const found = statSync(file, { throwIfNoEntry: false });
    return found === undefined ? null : { sizeBytes: found.size, changedAt: found.mtimeMs };
  },
  list: (folder) => (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true ? readdirSync(folder) : []),
  makeFolder,
  move,
  replace(file, text) {
    writeSynced(`${file}.new`, text);
    move(`${file}.new`, file);
  },
  create,
  keepNames: syncFolder,
  remove: (target) => rmSync(target, { recursive: true, force: true }),
};
