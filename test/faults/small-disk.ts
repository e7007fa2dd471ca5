import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

interface SmallDisk {
  readonly folder: string;
  grow(to: number): void;
  /** Takes all the room that is left. */
  fill(): void;
  /** Gives back what `fill` took. */
  free(): void;
  remove(): void;
}

/** Of one page each, so that nothing is left. */
const fillerBytes = 4_096;

/** A disk of so many MiB; null where this process may not make one. */
export function smallDisk(mib: number): SmallDisk | null {
  const folder = mkdtempSync(path.join(tmpdir(), "bedrock-audit-disk-"));
  const mount = (...args: readonly string[]) => execFileSync("mount", [...args, folder], { stdio: "ignore" });
  try {
    mount("-t", "tmpfs", "-o", `size=${mib}m`, "tmpfs");
  } catch {
    rmSync(folder, { recursive: true });
    return null;
  }
  const fillers: string[] = [];
  return {
    folder,
    fill() {
      try {
        for (; ; fillers.push(`${folder}/filler-${fillers.length}`))
          writeFileSync(`${folder}/filler-${fillers.length}`, Buffer.alloc(fillerBytes));
      } catch {
        fillers.push(`${folder}/filler-${fillers.length}`);
      }
    },
    free() {
      for (const filler of fillers.splice(0)) rmSync(filler, { force: true });
    },
    grow: (to) => mount("-o", `remount,size=${to}m`),
    remove() {
      execFileSync("umount", ["-l", folder]);
      rmSync(folder, { recursive: true });
    },
  };
}
