import { readFile } from "node:fs/promises";
import path from "node:path";
import { readPrincipal } from "../normalize/principal.ts";
import type { ErasureScope } from "../store/erase.ts";
import type { Store } from "../store/store.ts";

export interface QuarantineErased {
  /** Pieces whose bytes went. */
  readonly removed: number;
  /** Pieces that do not say whose they are, or cannot be read: they stay until their time. */
  readonly untold: number;
}

/** A piece of the quarantine as far as it can be read. Times are ms. */
export interface HeldPiece {
  /** Null: it is no text. */
  readonly text: string | null;
  /** Of the unit that it came from; 0: it has none. */
  readonly windowStart: number;
}

const hourMs = 3_600_000;

/** Takes the bytes away that stand in quarantine of calls within the scope. Their entries, and every count, stay. */
export async function eraseQuarantined(
  { catalog, disk, paths }: Store,
  scope: ErasureScope,
): Promise<QuarantineErased> {
  const held = await catalog
    .selectFrom("quarantine")
    .innerJoin("units", "units.id", "quarantine.unit_id")
    .select(["quarantine.id", "quarantine.file", "quarantine.reason", "units.window_start"])
    .where("quarantine.file", "is not", null)
    .execute();
  let [removed, untold] = [0, 0];
  for (const { file, id, reason, window_start: windowStart } of held) {
    if (file === null) continue;
    const place = path.join(paths.root, file);
    const bytes = await readFile(place).catch(() => null);
    if (bytes === null && disk.stat(place) === null) continue;
    const text = bytes === null || reason === "bad-gzip" ? null : bytes.toString("utf8");
    const within = isWithin(scope, { text, windowStart });
    if (within === null) untold += 1;
    if (within !== true) continue;
    disk.remove(place);
    await catalog.updateTable("quarantine").set({ file: null }).where("id", "=", id).execute();
    removed += 1;
  }
  return { removed, untold };
}

/** Whether a piece is of a call within the scope; null: it does not say. Of several records in it, one is enough. */
export function isWithin({ before, principal, request }: ErasureScope, piece: HeldPiece): boolean | null {
  const text = piece.text?.replaceAll("\\/", "/") ?? null;
  const answers = [
    ...(principal === undefined ? [] : [isOf(principal, text)]),
    ...(request === undefined ? [] : [isRequest(request, text)]),
    ...(before === undefined ? [] : [isBefore(Date.parse(before), text, piece.windowStart)]),
  ];
  if (answers.includes(false)) return false;
  return answers.includes(null) ? null : true;
}

function isOf(principal: string, text: string | null): boolean | null {
  const arns = fieldsOf(text, "arn").filter((arn) => /^arn:aws[a-z-]*:(iam|sts):/.test(arn));
  if (arns.length === 0) return null;
  const [account = ""] = fieldsOf(text, "accountId");
  return arns.some((arn) => {
    const { principal: shown, principalKey } = readPrincipal(arn, account);
    return [arn, shown, principalKey].includes(principal);
  });
}

/** `request` is `account/region/request id`. */
function isRequest(request: string, text: string | null): boolean | null {
  const ids = fieldsOf(text, "requestId");
  return ids.length === 0 ? null : ids.includes(request.split("/").slice(2).join("/"));
}

function isBefore(before: number, text: string | null, windowStart: number): boolean | null {
  const times = fieldsOf(text, "timestamp").map((time) => Date.parse(time));
  const known = times.filter((time) => !Number.isNaN(time));
  if (known.length > 0) return known.some((time) => time < before);
  if (windowStart === 0) return null;
  if (windowStart + hourMs <= before) return true;
  return windowStart >= before ? false : null;
}

/** Values of a field in a text that need not be whole JSON. */
function fieldsOf(text: string | null, name: string): readonly string[] {
  if (text === null) return [];
  return [...text.matchAll(new RegExp(`"${name}"\\s*:\\s*"([^"\\\\]*)"`, "g"))].map(([, value = ""]) => value);
}
