import { chmodSync, closeSync, existsSync, fsyncSync, mkdirSync, openSync } from "node:fs";
import path from "node:path";

/** Where everything of one store lies. */
export interface DataPaths {
  readonly root: string;
  readonly catalog: string;
  readonly commitMark: string;
  /** Whose content was erased, kept apart from the catalog; see `kept-erasures.ts`. Not there before the first erasure. */
  readonly erasures: string;
  /** Stands while the catalog is known to be damaged, until the next start has set it aside. */
  readonly damageMark: string;
  readonly lake: string;
  readonly staging: string;
  readonly orphans: string;
  readonly trash: string;
  readonly quarantine: string;
  /** Copies of the catalog of the last hours. */
  readonly backups: string;
  readonly tmp: string;
  readonly writerLock: string;
  readonly hmacKey: string;
}

export function dataPaths(dataDir: string): DataPaths {
  const root = path.resolve(dataDir);
  return {
    root,
    catalog: path.join(root, "catalog.db"),
    commitMark: path.join(root, "commit.mark"),
    erasures: path.join(root, "erasures.db"),
    damageMark: damageMarkOf(path.join(root, "catalog.db")),
    lake: path.join(root, "lake"),
    staging: path.join(root, "staging"),
    orphans: path.join(root, "orphans"),
    trash: path.join(root, "trash"),
    quarantine: path.join(root, "quarantine"),
    backups: path.join(root, "backups"),
    tmp: path.join(root, "tmp"),
    writerLock: path.join(root, "locks", "writer.db"),
    hmacKey: path.join(root, "keys", "hmac.key"),
  };
}

/** Where it is marked that this catalog is known to be damaged. */
export function damageMarkOf(catalog: string): string {
  return path.join(path.dirname(catalog), "catalog.damaged");
}

/** Makes the folders that are missing, for the owner alone. */
export function createDataDir(paths: DataPaths): void {
  const { root, lake, staging, orphans, trash, quarantine, tmp, writerLock, hmacKey } = paths;
  const folders = [
    root,
    lake,
    staging,
    orphans,
    trash,
    quarantine,
    tmp,
    path.dirname(writerLock),
    path.dirname(hmacKey),
  ];
  for (const folder of folders) mkdirSync(folder, { recursive: true, mode: 0o700 });
}

/** Makes an empty file for the owner alone, so that SQLite opens it with these rights and gives them to its journal. */
export function createPrivateFile(file: string): void {
  if (existsSync(file)) return;
  closeSync(openSync(file, "a", 0o600));
  chmodSync(file, 0o600);
}

/** Makes an entry of a folder last through a power cut. */
export function syncFolder(folder: string): void {
  const handle = openSync(folder, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
