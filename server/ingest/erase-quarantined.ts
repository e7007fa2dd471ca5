import { readFile } from "node:fs/promises";
import path from "node:path";
import { sha256Hex } from "../lib/hash.ts";
import { utcDay } from "../lib/time.ts";
import { readPrincipal } from "../normalize/principal.ts";
import type { ErasedCall, ErasureScope } from "../store/erase.ts";
import { identityHash, pieceHash } from "../store/erased-names.ts";
import type { Store } from "../store/store.ts";
import { unnamedPieces } from "../store/unnamed-pieces.ts";
import { callIn, valuesIn } from "./held-text.ts";

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

/** A piece of the quarantine whose bytes are to go. */
export interface ErasedPiece {
  /** Of its entry; null: no entry names it, as after a loss of the catalog. */
  readonly id: string | null;
  /** Below the data directory. */
  readonly file: string;
  /** What it is remembered by: its bytes, and the call of which it tells. */
  readonly hashes: readonly string[];
  /** Where it lies, for holds: accounts and UTC days that it or its source names. */
  readonly days: readonly { readonly account: string; readonly dt: string }[];
}

export interface PiecesWithin {
  /** With those that no entry names, which go also where they do not say whose they are: nobody can ask for them. */
  readonly pieces: readonly ErasedPiece[];
  readonly untold: number;
}

const hourMs = 3_600_000;

/** Pieces of the quarantine within the scope, or of these calls; and how many do not say whose they are. */
export async function piecesWithin(
  store: Store,
  scope: ErasureScope,
  calls: readonly ErasedCall[],
): Promise<PiecesWithin> {
  const named = new Set(calls.map(({ id }) => id));
  const pieces: ErasedPiece[] = [];
  let untold = 0;
  for (const held of await allHeld(store)) {
    const { file, id, reason, windowStart } = held;
    const place = path.join(store.paths.root, file);
    const bytes = await readFile(place).catch(() => null);
    if (bytes === null && store.disk.stat(place) === null) continue;
    const text = bytes === null || reason === "bad-gzip" ? null : bytes.toString("utf8");
    const call = text === null ? null : callIn(text);
    const within = (call !== null && named.has(call)) || isWithin(scope, { text, windowStart });
    if (within === true) pieces.push({ id, file, hashes: hashesOf(bytes, call), days: daysOf(text, held) });
    else if (within === null && id === null) pieces.push({ id, file, hashes: [], days: [] });
    else if (within === null) untold += 1;
  }
  return { pieces, untold };
}

interface Held {
  readonly id: string | null;
  readonly file: string;
  readonly reason: string | null;
  readonly account: string | null;
  readonly windowStart: number;
}

async function allHeld({ catalog, disk, paths }: Store): Promise<readonly Held[]> {
  const rows = await catalog
    .selectFrom("quarantine")
    .innerJoin("units", "units.id", "quarantine.unit_id")
    .innerJoin("sources", "sources.id", "quarantine.source_id")
    .select(["quarantine.id", "quarantine.file", "quarantine.reason", "units.window_start", "sources.account_id"])
    .where("quarantine.file", "is not", null)
    .execute();
  const named = rows.map(({ account_id: account, file, id, reason, window_start: windowStart }): Held => {
    return { id, file: file ?? "", reason, account, windowStart };
  });
  const unnamed = (await unnamedPieces({ catalog, disk, paths })).map((file): Held => {
    return { id: null, file, reason: null, account: null, windowStart: 0 };
  });
  return [...named, ...unnamed];
}

function hashesOf(bytes: Buffer | null, call: string | null): readonly string[] {
  return [...(bytes === null ? [] : [pieceHash(sha256Hex(bytes))]), ...(call === null ? [] : [identityHash(call)])];
}

function daysOf(
  text: string | null,
  { account, windowStart }: { readonly account: string | null; readonly windowStart: number },
): ErasedPiece["days"] {
  const accounts = [...(account === null ? [] : [account]), ...fieldsOf(text, "accountId").slice(0, 1)];
  const [time = ""] = fieldsOf(text, "timestamp");
  const days = [
    ...(windowStart === 0 ? [] : [utcDay(windowStart)]),
    ...(isTime(time) ? [utcDay(Date.parse(time))] : []),
  ];
  return accounts.flatMap((of) => days.map((dt) => ({ account: of, dt })));
}

function isTime(text: string): boolean {
  return !Number.isNaN(Date.parse(text));
}

/** Takes the bytes of pieces away. Their entries, and every count, stay. */
export async function dropPieces({ catalog, disk, paths }: Store, pieces: readonly ErasedPiece[]): Promise<void> {
  for (const { file, id } of pieces) {
    disk.remove(path.join(paths.root, file));
    if (id === null) continue;
    await catalog.updateTable("quarantine").set({ file: null }).where("id", "=", id).execute();
  }
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

function fieldsOf(text: string | null, name: string): readonly string[] {
  return text === null ? [] : valuesIn(text, name);
}
