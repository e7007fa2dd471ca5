import { execFileSync } from "node:child_process";
import { chromium, type Browser } from "playwright-core";

/**
 * A headless Chromium: that of `CHROMIUM_PATH`, else the machine's, else the one that comes as a package.
 * Without any, null and a line that says so; an error where `CI` is set, since skipped tests would look like passed ones.
 */
export async function launchChromium(): Promise<Browser | null> {
  const executablePath = process.env["CHROMIUM_PATH"] ?? installed() ?? (await packaged());
  if (executablePath === null) {
    const reason = "no Chromium: set CHROMIUM_PATH, install chromium, or run on Linux x64";
    if (process.env["CI"] !== undefined) throw new Error(reason);
    console.warn(`browser tests are skipped: ${reason}`);
    return null;
  }
  const asRoot = process.getuid?.() === 0;
  return chromium.launch({ executablePath, args: asRoot ? ["--no-sandbox"] : [] });
}

function installed(): string | null {
  for (const name of ["chromium", "google-chrome"]) {
    try {
      return execFileSync("which", [name], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
    } catch {
      continue;
    }
  }
  return null;
}

async function packaged(): Promise<string | null> {
  if (process.platform !== "linux" || process.arch !== "x64") return null;
  // Read when the package is loaded: it then unpacks the libraries that a bare machine lacks.
  process.env["AWS_EXECUTION_ENV"] ??= "AWS_Lambda_nodejs20.x";
  const { default: packagedChromium } = await import("@sparticuz/chromium");
  return packagedChromium.executablePath();
}
