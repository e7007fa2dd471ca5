import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import type { Express, Response } from "express";

const types: ReadonlyMap<string, string> = new Map([
  [".html", "text/html; charset=utf-8"],
  [".js", "text/javascript; charset=utf-8"],
  [".css", "text/css; charset=utf-8"],
  [".svg", "image/svg+xml"],
  [".png", "image/png"],
  [".ico", "image/x-icon"],
  [".woff2", "font/woff2"],
  [".txt", "text/plain; charset=utf-8"],
]);

interface StaticFile {
  readonly body: Buffer;
  readonly type: string;
}

/**
 * Serves the built web from a map that is read once at start: no request ever names a file. The pages' addresses all answer the same
 * public shell, which holds no data.
 */
export function serveShell(app: Express, webDir: string): void {
  const files = readFiles(webDir);
  const shell = files.get("/index.html");
  if (shell === undefined) return;
  app.use((request, response, next) => {
    if (request.method !== "GET") return next();
    const file = files.get(request.path);
    if (file !== undefined && file !== shell) return send(response, file, "public, max-age=31536000, immutable");
    if (!isPage(request.path)) return next();
    send(response, shell, "no-cache");
  });
}

/** The web decides what a page's address shows; what belongs to the API never answers a page. */
function isPage(address: string): boolean {
  return !/^\/(api|assets)(\/|$)|\.(js|css|map|json)$/.test(address);
}

function send(response: Response, { body, type }: StaticFile, cache: string): void {
  response.setHeader("Cache-Control", cache);
  response.setHeader("Content-Type", type);
  response.send(body);
}

function readFiles(webDir: string): ReadonlyMap<string, StaticFile> {
  const entries = readdirSync(webDir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    entries.flatMap((entry) => {
      const file = path.join(entry.parentPath, entry.name);
      const type = types.get(path.extname(file));
      const address = `/${path.relative(webDir, file).split(path.sep).join("/")}`;
      return type === undefined ? [] : [[address, { body: readFileSync(file), type }] as const];
    }),
  );
}
