import { spawn } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { nodeArguments } from "../../server/lib/worker.ts";
import { inWorkspace } from "../ingest/kit.ts";

const program = nodeArguments(new URL("../../scripts/bedrock-audit", import.meta.url));

interface Ended {
  readonly code: number | null;
  readonly err: readonly string[];
}

/** The real command, until it ends by itself, in a folder that holds no configuration. */
function ended(cwd: string, args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const running = spawn(process.execPath, [...program, ...args], {
      cwd,
      env: { PATH: process.env["PATH"], HOME: cwd, AWS_EC2_METADATA_DISABLED: "true" },
      stdio: ["ignore", "ignore", "pipe"],
    });
    let err = "";
    running.stderr.on("data", (chunk: Buffer) => (err += chunk.toString("utf8")));
    running.once("close", (code) => resolve({ code, err: err.trim().split("\n") }));
  });
}

async function onTakenPort(work: (port: string) => Promise<void>): Promise<void> {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  try {
    await work(`${(other.address() as AddressInfo).port}`);
  } finally {
    other.close();
  }
}

describe("a start that can't succeed ends with a sentence, a remedy and exit code 2", { timeout: 120_000 }, () => {
  it.each([
    ["--days", "abc"],
    ["--days", "0"],
    ["--days", "5000"],
    ["--seed", "x"],
  ] as const)("demo %s %s", (flag, value) =>
    inWorkspace(async ({ root }) => {
      const { code, err } = await ended(root, ["demo", "--port", "0", flag, value]);
      expect(code).toBe(2);
      expect(err[0]).toMatch(
        new RegExp(`^error: option '${flag} <n>' argument '${value}' is invalid\\. Write a .*\\.$`),
      );
    }),
  );

  it("serve with a folder that is missing", () =>
    inWorkspace(async ({ root }) => {
      const { code, err } = await ended(root, ["serve", "--port", "0", "--folder", "gone"]);
      expect([code, err]).toEqual([2, ["gone is not a folder", "Name a folder that holds downloaded log files."]]);
    }));

  it.each(["serve", "demo"])("%s on a port that is taken", (command) =>
    inWorkspace(({ logs, root }) =>
      onTakenPort(async (port) => {
        const args = command === "serve" ? ["--folder", logs] : ["--days", "1"];
        const { code, err } = await ended(root, [command, "--port", port, ...args]);
        expect(code).toBe(2);
        expect(err.slice(-2)).toEqual([
          `port ${port} is in use`,
          "Choose another with --port, or --port 0 for any free one.",
        ]);
      }),
    ),
  );
});
