import type { IgnoreRule } from "../domain/coverage.ts";
import { dayPath, hourMs, hourWindow, startOfPath } from "./hours.ts";
import { ACCOUNT_NAME, bedrockFolder, ignoredAnywhere, parseLogKey, targetOfKey } from "./key-grammar.ts";
import type { Bucket, ListedObject } from "./s3-bucket.ts";
import { type LeftHour, type LooseFolder, SourceError } from "./source.ts";

/** Where the objects of a target lie under one prefix of a bucket. */
export interface TargetPlace {
  readonly bucket: Bucket;
  /** What stands before `AWSLogs/`. */
  readonly root: string;
  /** `root` and all that stands before the year. */
  readonly folder: string;
  /** Whose folders are read, of all that lie under `root`; default: everybody's. */
  readonly wanted?: Wanted;
}

/** Whose logs are read, by somebody. */
export interface Wanted {
  isAccount(accountId: string): boolean;
  isRegion(region: string): boolean;
}

export interface Sorted {
  readonly days: readonly number[];
  readonly loose: readonly LooseFolder[];
}

/** Objects that are counted together. */
class Count {
  bytes = 0;
  readonly #rules = new Map<string, number>();

  add(size: number, rule: string): void {
    this.bytes += size;
    this.#rules.set(rule, (this.#rules.get(rule) ?? 0) + 1);
  }

  get ignoredBy(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#rules);
  }

  get isEmpty(): boolean {
    return this.#rules.size === 0;
  }
}

/** Why an object under a target's folder is not read; null for a record. */
export function ignoreRule(key: string, size: number): IgnoreRule | null {
  const anywhere = ignoredAnywhere(key, size);
  if (anywhere !== null) return anywhere;
  const log = parseLogKey(key);
  if (log === null) return "not-a-log";
  return log.kind === "body" ? "body-object" : null;
}

/** Whether what stands below a day's folder is shown by the window of one of its hours: all but the bodies in its `data/`. */
export function isOfHour(below: string): boolean {
  return /^(?:[01]\d|2[0-3])\/(?!data\/)./.test(below);
}

/** All days that there are, by the folders of years, months and days, and what lies beside these; nothing depends on their order. */
export async function daysOf(place: TargetPlace, signal: AbortSignal, path = ""): Promise<Sorted> {
  const { bucket, folder } = place;
  const count = new Count();
  const below: string[] = [];
  const days: number[] = [];
  const odd: string[] = [];
  for await (const { objects, prefixes } of bucket.list({ prefix: folder + path, delimiter: "/", signal })) {
    for (const object of objects) addLoose(count, place, object);
    for (const found of prefixes) {
      const name = found.slice(folder.length);
      const start = startOfPath(name);
      if (start === null) odd.push(found);
      else if (name.split("/").length > 3) days.push(start);
      else below.push(name);
    }
  }
  await addBelow(count, place, odd, signal);
  const found: Sorted[] = [{ days, loose: looseOf(folder + path, startOfPath(path), count) }];
  for (const name of below) found.push(await daysOf(place, signal, name));
  return { days: found.flatMap((one) => one.days), loose: found.flatMap((one) => one.loose) };
}

/** Pages of a listing that is made for the sake of a few objects. */
const maxPages = 50;

/**
 * What lies above the regions' folders, where Bedrock may write its check of permissions: all that is beside the regions of an account,
 * and the objects right in each folder above; and the logs of accounts and regions that nobody reads. Who reads logs need not be let in
 * there, and others may keep all they have there: a folder that is refused, or is too large, counts for nothing.
 */
export async function aboveRegions(place: TargetPlace, signal: AbortSignal): Promise<readonly LooseFolder[]> {
  const [account = "", ...above] = foldersAbove(place);
  const found = [await besideRegions(place, account, signal)];
  const lists = [
    ...above.map((folder) => () => directlyIn(place, folder, signal)),
    () => ofOtherAccounts(place, signal),
  ];
  for (const list of lists) {
    try {
      found.push(await list());
    } catch (error) {
      if (!(error instanceof SourceError) || error.class !== "refused") throw error;
    }
  }
  return found.flat();
}

/** The folders of the regions, of the account, `AWSLogs/` and what stands before it. */
function foldersAbove({ folder, root }: TargetPlace): readonly string[] {
  const steps = folder.slice(root.length).split("/").slice(0, -2);
  return steps
    .map((_, gone) => [...steps.slice(0, steps.length - gone), ""].join("/"))
    .map((path) => root + path)
    .concat(root);
}

async function besideRegions(place: TargetPlace, prefix: string, signal: AbortSignal): Promise<readonly LooseFolder[]> {
  const count = new Count();
  const odd: string[] = [];
  const others: LooseFolder[] = [];
  for await (const { objects, prefixes } of place.bucket.list({ prefix, delimiter: "/", signal })) {
    for (const object of objects) addLoose(count, place, object);
    for (const found of prefixes) {
      const target = targetOfKey(found.slice(place.root.length));
      if (target === null) odd.push(found);
      else if (place.wanted === undefined) continue;
      else if (place.wanted.isRegion(target.region)) others.push(readNow(found));
      else others.push(...(await logsOfOthers(place, found, "other-region", signal)));
    }
  }
  await addBelow(count, place, odd, signal);
  return [...looseOf(prefix, null, count, true), ...others];
}

/** The logs of accounts that nobody reads. */
async function ofOtherAccounts(place: TargetPlace, signal: AbortSignal): Promise<readonly LooseFolder[]> {
  const { bucket, root, wanted } = place;
  if (wanted === undefined) return [];
  const prefix = `${root}AWSLogs/`;
  const found: LooseFolder[] = [];
  for await (const { prefixes } of bucket.list({ prefix, delimiter: "/", signal }))
    for (const folder of prefixes) {
      const account = folder.slice(prefix.length, -1);
      if (!ACCOUNT_NAME.test(account)) continue;
      if (wanted.isAccount(account)) found.push(readNow(folder));
      else found.push(...(await logsOfOthers(place, folder, "other-account", signal)));
    }
  return found;
}

/** All objects of a folder, or as many as are worth the listing: what is too large is told by a part of it. */
async function logsOfOthers(
  { bucket, root }: TargetPlace,
  folder: string,
  rule: "other-account" | "other-region",
  signal: AbortSignal,
): Promise<readonly LooseFolder[]> {
  const count = new Count();
  const above = `${root}AWSLogs/`;
  const prefix = rule === "other-account" ? above + bedrockFolder(folder.slice(above.length, -1)) : folder;
  let pages = 0;
  for await (const { objects } of bucket.list({ prefix, signal })) {
    for (const { size } of objects) count.add(size, rule);
    pages += 1;
    if (pages >= maxPages) break;
  }
  return looseOf(folder, null, count, true);
}

/** Nothing of it is left out: if it was once, that is taken back. */
function readNow(key: string): LooseFolder {
  return { key, day: null, bytes: 0, ignoredBy: {}, isShared: true };
}

async function directlyIn(place: TargetPlace, prefix: string, signal: AbortSignal): Promise<readonly LooseFolder[]> {
  const count = new Count();
  let pages = 0;
  for await (const { objects } of place.bucket.list({ prefix, delimiter: "/", signal })) {
    pages += 1;
    if (pages > maxPages) return [];
    for (const object of objects) addLoose(count, place, object);
  }
  return looseOf(prefix === "" ? "/" : prefix, null, count, true);
}

/** What lies in the folder of a day that is read, and in none of its hours. */
export async function looseOfDay(
  place: TargetPlace,
  day: number,
  signal: AbortSignal,
): Promise<readonly LooseFolder[]> {
  const prefix = `${place.folder}${dayPath(day)}/`;
  const count = new Count();
  const odd: string[] = [];
  for await (const { objects, prefixes } of place.bucket.list({ prefix, delimiter: "/", signal })) {
    for (const object of objects) addLoose(count, place, object);
    odd.push(...prefixes.filter((found) => !isHour(found.slice(prefix.length))));
  }
  await addBelow(count, place, odd, signal);
  return looseOf(prefix, day, count);
}

/** The same of a day that begins before `time`, and what lies in its hours before that. */
export async function dayLeft(
  place: TargetPlace,
  { day, signal, time }: { readonly day: number; readonly time: number; readonly signal: AbortSignal },
): Promise<{ readonly hours: readonly LeftHour[]; readonly loose: readonly LooseFolder[] }> {
  const prefix = `${place.folder}${dayPath(day)}/`;
  const hours = new Map<string, Count>();
  const count = new Count();
  for await (const { objects } of place.bucket.list({ prefix, signal }))
    for (const object of objects) {
      const below = object.key.slice(prefix.length);
      const name = below.slice(0, 2);
      if (!isHour(below.slice(0, 3))) addLoose(count, place, object);
      else if (isOfHour(below) && day + Number(name) * hourMs < time) {
        const hour = hours.get(name) ?? new Count();
        hours.set(name, hour);
        hour.add(object.size, ignoreRule(object.key.slice(place.root.length), object.size) ?? "before-since");
      }
    }
  return {
    hours: [...hours].map(([name, { bytes, ignoredBy }]) => ({
      key: `${prefix}${name}/`,
      window: hourWindow(day + Number(name) * hourMs),
      bytes,
      ignoredBy,
    })),
    loose: looseOf(prefix, day, count),
  };
}

function isHour(name: string): boolean {
  return /^(?:[01]\d|2[0-3])\/$/.test(name);
}

function addLoose(count: Count, { root }: TargetPlace, { key, size }: ListedObject): void {
  count.add(size, ignoreRule(key.slice(root.length), size) ?? "not-a-log");
}

/** All that lies below some folders. */
async function addBelow(
  count: Count,
  place: TargetPlace,
  folders: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  for (const prefix of folders)
    for await (const { objects } of place.bucket.list({ prefix, signal }))
      for (const object of objects) addLoose(count, place, object);
}

function looseOf(key: string, day: number | null, count: Count, isShared = false): readonly LooseFolder[] {
  return count.isEmpty ? [] : [{ key, day, bytes: count.bytes, ignoredBy: count.ignoredBy, isShared }];
}
