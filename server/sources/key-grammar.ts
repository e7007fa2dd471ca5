import type { IgnoreRule } from "../domain/coverage.ts";
import type { Target } from "../domain/target.ts";
import { hourOfPath } from "./hours.ts";

/** What the key of a delivered object says. */
export interface LogKey {
  readonly kind: "record" | "body";
  readonly target: Target;
  /** Start of the hour folder, ISO. */
  readonly hour: string;
}

const LAYOUT =
  /^AWSLogs\/(\d{12})\/BedrockModelInvocationLogs\/([a-z]{2,4}(?:-[a-z]+){1,2}-\d{1,2})\/(\d{4})\/(\d{2})\/(\d{2})\/(\d{2})\/(data\/)?([^/]+)$/;
const RECORD_NAME = /[^/]\.jsonl?(?:\.gz)?$/;
const PERMISSION_CHECK = /(?:^|\/)amazon-bedrock-logs-permission-check(?:\.json)?$/;

/** The folder of an account. */
export const ACCOUNT_NAME = /^\d{12}$/;

/** The folder of a region. */
export const REGION_NAME = /^[a-z]{2,4}(?:-[a-z]+){1,2}-\d{1,2}$/;

/** A prefix as it stands before `AWSLogs/`: empty, or ending in a slash. */
export function wholePrefix(prefix: string): string {
  return prefix === "" || prefix.endsWith("/") ? prefix : `${prefix}/`;
}

/** Folder of the regions of an account, below `AWSLogs/`. */
export function bedrockFolder(accountId: string): string {
  return `${accountId}/BedrockModelInvocationLogs/`;
}

/** Folder of a target's objects, without the prefix. */
export function targetFolder({ accountId, region }: Target): string {
  return `AWSLogs/${bedrockFolder(accountId)}${region}/`;
}

const TARGET_FOLDER = /^AWSLogs\/(\d{12})\/BedrockModelInvocationLogs\/([a-z]{2,4}(?:-[a-z]+){1,2}-\d{1,2})\//;

/** The target in whose folder a key, or a folder that ends in a slash, lies; null if in none. */
export function targetOfKey(key: string): Target | null {
  const [, accountId, region] = TARGET_FOLDER.exec(key) ?? [];
  return accountId === undefined || region === undefined ? null : { accountId, region };
}

/** Reads a key from `AWSLogs/` on, from its first to its last character; null for what Bedrock does not write. */
export function parseLogKey(key: string): LogKey | null {
  const match = LAYOUT.exec(key);
  if (match === null) return null;
  const [, accountId = "", region = "", year = "", month = "", day = "", hourText = "", data, name = ""] = match;
  const hour = hourOfPath(year, month, day, hourText);
  if (hour === null || (data === undefined && !isRecordName(name))) return null;
  return { kind: data === undefined ? "record" : "body", target: { accountId, region }, hour };
}

/** A name as record files have it: `.json` or `.jsonl`, either with `.gz`. */
export function isRecordName(key: string): boolean {
  return RECORD_NAME.test(key);
}

/** Why an object is not read, wherever it stands; null when its key decides. */
export function ignoredAnywhere(key: string, size: number): IgnoreRule | null {
  if (PERMISSION_CHECK.test(key)) return "permission-check";
  return size === 0 ? "empty" : null;
}
