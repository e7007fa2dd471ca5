import { spawn } from "node:child_process";
import { describe, expect, it, vi } from "vitest";

vi.setConfig({ testTimeout: 120_000 });

const module = new URL("../../scripts/command.ts", import.meta.url).href;
const tsx = import.meta.resolve("tsx");

/** A program that works for ever. It is sent each signal when it has said the word before it. */
async function ended(graceMs: number | null, signals: Readonly<Record<string, NodeJS.Signals>>) {
  const options = graceMs === null ? "" : `{ graceMs: ${graceMs} }`;
  const text = `import { interruption } from ${JSON.stringify(module)};
    interruption(${options}).addEventListener("abort", () => console.log("asked"));
    setInterval(() => undefined, 1000);
    console.log("ready");`;
  const child = spawn(process.execPath, ["--import", tsx, "--input-type=module", "--eval", text]);
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => {
    said += chunk.toString();
    const signal = signals[chunk.toString().trim()];
    if (signal !== undefined) child.kill(signal);
  });
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, said: said.trim().split("\n") };
}

describe("an interrupt", () => {
  it("asks the work to end, and ends it after the grace", async () => {
    expect(await ended(100, { ready: "SIGTERM" })).toEqual({ code: 130, said: ["ready", "asked"] });
  });

  it("ends the work at once when it comes again", async () => {
    for (const second of ["SIGINT", "SIGTERM"] as const)
      expect(await ended(null, { ready: "SIGINT", asked: second })).toEqual({ code: 130, said: ["ready", "asked"] });
  });
});
