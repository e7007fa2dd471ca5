import { readdirSync } from "node:fs";
import { getPriority, setPriority } from "node:os";
import { errorCode } from "./errors.ts";

/**
 * Lowers this process: `niceness` as of nice(1). Linux keeps one for each thread, which those that it starts inherit; the collectors of the
 * heap and the pool that reads files run by now, and do most of the work that is to stand back.
 */
export function lowerPriority(niceness: number): void {
  for (const thread of ownThreads()) lower(thread, niceness);
}

/** As `lowerPriority`, for a process that was just started. It stands as far back as this one at least: only root may let it go before. */
export function lowerChild(pid: number, niceness: number): void {
  lower(pid, Math.max(getPriority(), niceness));
}

function lower(id: number, niceness: number): void {
  try {
    setPriority(id, niceness);
  } catch (error) {
    // It has ended since, or stands further back already.
    if (errorCode(error) !== "ERR_SYSTEM_ERROR") throw error;
  }
}

/** 0: the one that asks, which is the whole process where threads have no niceness of their own. */
function ownThreads(): readonly number[] {
  return process.platform === "linux" ? readdirSync("/proc/self/task").map(Number) : [0];
}
