import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 120_000,
    hookTimeout: 240_000,
    pool: "forks",
    // Much of a test is waiting for processes and sockets: one worker a core, none left over.
    maxWorkers: 2,
  },
});
