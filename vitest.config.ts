import { accessSync, constants, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { defineConfig } from "vitest/config";
import { LongestFirst } from "./test/longest-first.ts";

const memoryDisk = "/dev/shm";
const roomBytes = 8 * 2 ** 30;

/** Stores by the hundred are made, synced and thrown away: in memory, where it has the room, that takes half the time. */
function temporaryFolder(): string {
  try {
    accessSync(memoryDisk, constants.W_OK);
    const { bavail, bsize } = statfsSync(memoryDisk);
    return bavail * bsize >= roomBytes ? memoryDisk : tmpdir();
  } catch {
    return tmpdir();
  }
}

export default defineConfig({
  // Processes and threads that tests start run compiled.
  resolve: {
    alias: [{ find: /^.*\/lib\/worker\.ts$/, replacement: path.join(import.meta.dirname, "test/compiled/worker.ts") }],
  },
  test: {
    globalSetup: "test/compiled/compile.ts",
    include: ["test/**/*.test.ts"],
    testTimeout: 120_000,
    hookTimeout: 240_000,
    env: { TMPDIR: process.env["TMPDIR"] ?? temporaryFolder() },
    pool: "forks",
    // Much of a test is waiting for processes and sockets: one worker a core, none left over.
    maxWorkers: 2,
    // Effects are arguments, so that files share nothing but their modules; loading those anew for each file would take minutes.
    isolate: false,
    sequence: { sequencer: LongestFirst },
  },
});
