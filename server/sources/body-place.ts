import { basename } from "node:path/posix";
import type { Target } from "../domain/target.ts";
import { parseLogKey, wholePrefix } from "./key-grammar.ts";
import type { Bucket } from "./s3-bucket.ts";
import type { BodyPlace } from "./source.ts";

/** The part of a delivery place that one target writes to. */
export function s3BodyPlace(bucket: Bucket, prefix: string, target: Target): BodyPlace {
  return {
    keyOf(path, asked) {
      if (asked.accountId !== target.accountId || asked.region !== target.region) return null;
      const [, name, key = ""] = /^s3:\/\/([^/]+)\/(.+)$/su.exec(path) ?? [];
      const root = wholePrefix(prefix);
      if (name !== bucket.bucket || !key.startsWith(root)) return null;
      return isBodyOf(target, key.slice(root.length)) ? key : null;
    },
    open: (key, { maxBytes, signal }) => bucket.getNewest({ key, maxBytes }, signal),
  };
}

/** The key from `AWSLogs/` on of a path that could be a body of this target, whatever its bucket; else null. */
export function bodyKeyOf(path: string, target: Target): string | null {
  const start = path.lastIndexOf("/AWSLogs/");
  if (!/^s3:\/\/[^/]+\//u.test(path) || start === -1) return null;
  const key = path.slice(start + 1);
  return isBodyOf(target, key) ? key : null;
}

function isBodyOf({ accountId, region }: Target, key: string): boolean {
  const log = parseLogKey(key);
  if (log?.kind !== "body" || log.target.accountId !== accountId || log.target.region !== region) return false;
  return isPlainName(basename(key));
}

/** Neither as it stands nor decoded once does the name lead to another folder. */
function isPlainName(name: string): boolean {
  let decoded = name;
  try {
    decoded = decodeURIComponent(name);
  } catch {
    // A lone % is a character like any other.
  }
  return [name, decoded].every((text) => text !== "." && text !== ".." && !/[/\\\0]/u.test(text));
}
