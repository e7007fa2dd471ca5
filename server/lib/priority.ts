import { readdirSync } from "node:fs";
import { setPriority } from "node:os";
import { errorCode } from "./errors.ts";

/**
 * Lowers this process: `niceness` as of nice(1). Linux keeps one for each thread, which those that it starts inherit; the collectors of the
 * heap and the pool that reads files run by now, and do most of the work that is to stand back.
 */
export function lowerPriority(niceness: number): void {
  for (const thread of ownThreads()) {
    try {
      setPriority(thread, niceness);
    } catch (error) {
      // It has ended since, or the whole process stands further back already.
      if (errorCode(error) !== "ERR_SYSTEM_ERROR") throw error;
    }
  }
}

/** 0: the one that asks, which is the whole process where threads have no niceness of their own. */
function ownThreads(): readonly number[] {
  return process.platform === "linux" ? readdirSync("/proc/self/task").map(Number) : [0];
}
