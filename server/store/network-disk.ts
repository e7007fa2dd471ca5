import { statfsSync } from "node:fs";
import path from "node:path";
import { UserError } from "../lib/errors.ts";

/** File systems by the type that `statfs` tells on Linux; see `statfs(2)`. */
const networkTypes: ReadonlyMap<number, string> = new Map([
  [0x6969, "NFS"],
  [0x517b, "SMB"],
  [0xfe534d42, "SMB"],
  [0xff534d42, "SMB"],
  [0x65735546, "FUSE"],
  [0x01021997, "9P"],
  [0x00c36400, "Ceph"],
  [0x5346414f, "AFS"],
  [0x47504653, "GPFS"],
  [0x0bd00bd0, "Lustre"],
  [0x01161970, "GFS2"],
  [0x7461636f, "OCFS2"],
]);

/** What tells of the file system below a folder that exists. */
export interface FileSystems {
  /** Number of its type; null where it is not known or not judged. */
  readonly typeOf: (folder: string) => number | null;
}

/** Elsewhere than on Linux the type has other numbers: it is not judged. */
export const realFileSystems: FileSystems = {
  typeOf: (folder) => (process.platform === "linux" ? statfsSync(folder).type : null),
};

/** Throws `UserError`, exit code 3, for a data directory on a disk that is reached by network, or may be. It need not exist yet. */
export function refuseNetworkDisk(dataDir: string, { typeOf }: FileSystems): void {
  const type = typeAbove(path.resolve(dataDir), typeOf);
  // A 32-bit number that some systems give with a sign.
  const name = type === null ? undefined : networkTypes.get(type >>> 0);
  if (name === undefined) return;
  throw new UserError(
    `${dataDir} lies on a network disk (${name}): its locks do not keep two writers apart, and a cut connection damages the catalog`,
    "Name a folder on a disk of this machine with --data or store.dir; or set store.allowNetworkDisk to true, where it is a disk of this machine after all.",
    { exitCode: 3 },
  );
}

function typeAbove(folder: string, typeOf: FileSystems["typeOf"]): number | null {
  try {
    return typeOf(folder);
  } catch (error) {
    const parent = path.dirname(folder);
    const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
    return isMissing && parent !== folder ? typeAbove(parent, typeOf) : null;
  }
}
