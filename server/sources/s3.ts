import type { Target } from "../domain/target.ts";
import type { Clock } from "../lib/clock.ts";
import { s3BodyPlace } from "./body-place.ts";
import { dayMs, dayPath, hourMs, hourPath, hoursBack, hourWindow, startOfPath } from "./hours.ts";
import { ignoredAnywhere, parseLogKey, targetFolder, wholePrefix } from "./key-grammar.ts";
import type { Bucket, ListedObject } from "./s3-bucket.ts";
import { openSmallDays } from "./small-days.ts";
import { sourceId } from "./source-id.ts";
import {
  type IgnoreRule,
  isClosed,
  type LeftHour,
  type Source,
  SourceError,
  type UnitRef,
  type Window,
} from "./source.ts";

/** A prefix of a bucket, and who reads what lies under it. */
export interface S3Place {
  readonly bucket: Bucket;
  /** What stands before `AWSLogs/`. */
  readonly prefix: string;
  /** Nothing is delivered here for days that begin later, in ms; default: it is. */
  readonly until?: number;
}

export interface S3SourceOptions {
  /** All of one bucket that deliver for this target; of two with the same prefix the first one is read. */
  readonly places: readonly S3Place[];
  readonly scope: Target;
  /** Source time. */
  readonly now: Clock;
}

/** The delivered objects of one target in one bucket. */
export function s3Source({ places, scope, now }: S3SourceOptions): Source {
  const folders = foldersOf(places, scope);
  const [first] = folders;
  if (first === undefined) throw new Error("a source in S3 has a place at least");
  const name = first.bucket.bucket;
  const days = openSmallDays<ListedObject>({
    now,
    read: listDay,
    isIn: (object, window) => isInHour(object.key, window),
  });

  async function listDay(
    [day]: readonly [number, number],
    signal: AbortSignal,
  ): Promise<readonly ListedObject[] | null> {
    const found: ListedObject[] = [];
    try {
      for (const { bucket, folder } of foldersAt(day)) {
        for await (const { objects, truncated } of bucket.list({ prefix: `${folder}${dayPath(day)}/`, signal })) {
          if (truncated) return null;
          found.push(...objects);
        }
      }
    } catch (error) {
      // Hour by hour each prefix is listed that can be.
      if (isClosed(error) && folders.length > 1) return null;
      throw error;
    }
    return found;
  }

  /** Directly in the hour's folder, not in its `data/`. */
  function isInHour(key: string, window: Window): boolean {
    const hour = folders.map(({ folder }) => `${folder}${hourPath(window)}/`).find((hour) => key.startsWith(hour));
    return hour !== undefined && !key.includes("/", hour.length);
  }

  function foldersAt(time: number): readonly Folder[] {
    const day = Math.floor(time / dayMs) * dayMs;
    return folders.filter(({ until }) => day <= until);
  }

  const folderOf = (key: string): Folder | undefined => folders.find(({ folder }) => key.startsWith(folder));

  const unitOf = (object: ListedObject, window: Window): UnitRef => {
    const root = folderOf(object.key)?.root ?? "";
    const ignored = ignoreRule(object.key.slice(root.length), object.size);
    const { key, etag: version, size, lastModified } = object;
    return { kind: "object", key, version, size, lastModified, window: window.start, ignored };
  };

  async function* listHour(window: Window, signal: AbortSignal): AsyncGenerator<readonly ListedObject[]> {
    const asked = foldersAt(Date.parse(window.start));
    const closed: SourceError[] = [];
    for (const { bucket, folder } of asked) {
      const prefix = `${folder}${hourPath(window)}/`;
      try {
        for await (const { objects } of bucket.list({ prefix, delimiter: "/", signal })) yield objects;
      } catch (error) {
        if (!isClosed(error)) throw error;
        closed.push(error);
      }
    }
    const [first] = closed;
    if (first !== undefined) throw closed.length === asked.length ? first : ofPart(first);
  }

  return {
    kind: "s3",
    id: sourceId("s3", name, scope),
    scope,
    place: folders
      .map(({ bucket, root }) => s3PlaceName(bucket.bucket, root))
      .toSorted()
      .join(", "),
    name: `${name} ${scope.accountId} ${scope.region}`,

    async *windows({ from, to }, now) {
      yield* hoursBack(Date.parse(from), Math.min(Date.parse(to), now + hourMs));
    },

    async *scan(window, signal) {
      const listed = await days.hour(window, signal);
      if (listed !== null) return yield listed.map((object) => unitOf(object, window));
      for await (const objects of listHour(window, signal)) yield objects.map((object) => unitOf(object, window));
    },

    before: {
      async days(time, signal) {
        const found = new Set<number>();
        for (const folder of folders) for await (const day of daysBefore(folder, time, signal)) found.add(day);
        return [...found].toSorted((a, b) => b - a);
      },
      async hours(day, time, signal) {
        const hours = folders.map((folder) => hoursLeft(folder, { day, time, signal }));
        return (await Promise.all(hours)).flat();
      },
    },
    async open(unit, signal) {
      const { bucket } = folderOf(unit.key) ?? first;
      return bucket.get({ key: unit.key, etag: unit.version, size: unit.size }, signal);
    },
    bodies: folders.map(({ bucket, root }) => s3BodyPlace(bucket, root, scope)),
  };
}

/** `s3://<bucket>/<prefix>/`: a prefix of a bucket, as it is shown and kept. */
export function s3PlaceName(bucket: string, prefix: string): string {
  return `s3://${bucket}/${wholePrefix(prefix)}`;
}

/** The bucket and prefix that such a name stands for. */
export function s3PlaceOf(name: string): { readonly bucket: string; readonly prefix: string } {
  const [, bucket, prefix] = /^s3:\/\/([^/]+)\/(.*)$/s.exec(name) ?? [];
  if (bucket === undefined || prefix === undefined) throw new Error("not the name of a place in S3");
  return { bucket, prefix };
}

/** One prefix is closed, and others are not. */
function ofPart(error: SourceError): SourceError {
  return new SourceError(error.class, error.code, error.message, { isPart: true, cause: error });
}

interface Folder {
  readonly bucket: Bucket;
  readonly root: string;
  /** `root` and all that stands before the day. */
  readonly folder: string;
  readonly until: number;
}

function foldersOf(places: readonly S3Place[], scope: Target): readonly Folder[] {
  const folders = new Map<string, Folder>();
  for (const { bucket, prefix, until = Infinity } of places) {
    const root = wholePrefix(prefix);
    if (!folders.has(root)) folders.set(root, { bucket, root, folder: root + targetFolder(scope), until });
  }
  return [...folders.values()];
}

/** Days of a folder that begin before a time, by the folders of years, months and days that there are; nothing depends on their order. */
async function* daysBefore(of: Folder, time: number, signal: AbortSignal, path = ""): AsyncGenerator<number> {
  const { bucket, folder } = of;
  for await (const { prefixes } of bucket.list({ prefix: folder + path, delimiter: "/", signal }))
    for (const found of prefixes) {
      const below = found.slice(folder.length);
      const start = startOfPath(below);
      if (start === null || start >= time) continue;
      if (below.split("/").length > 3) yield start;
      else yield* daysBefore(of, time, signal, below);
    }
}

async function hoursLeft(
  { bucket, folder, root }: Folder,
  { day, signal, time }: { readonly day: number; readonly time: number; readonly signal: AbortSignal },
): Promise<readonly LeftHour[]> {
  const prefix = `${folder}${dayPath(day)}/`;
  const hours = new Map<string, { bytes: number; readonly rules: Map<string, number> }>();
  for await (const { objects } of bucket.list({ prefix, signal }))
    for (const { key, size } of objects) {
      // Directly in the hour's folder, not in its `data/`.
      const [, name] = /^(\d{2})\/[^/]+$/.exec(key.slice(prefix.length)) ?? [];
      if (name === undefined || Number(name) > 23 || day + Number(name) * hourMs >= time) continue;
      const hour = hours.get(name) ?? { bytes: 0, rules: new Map<string, number>() };
      hours.set(name, hour);
      const rule = ignoreRule(key.slice(root.length), size) ?? "before-since";
      hour.bytes += size;
      hour.rules.set(rule, (hour.rules.get(rule) ?? 0) + 1);
    }
  return [...hours].map(([name, { bytes, rules }]) => ({
    key: `${prefix}${name}/`,
    window: hourWindow(day + Number(name) * hourMs),
    bytes,
    ignoredBy: Object.fromEntries(rules),
  }));
}

function ignoreRule(key: string, size: number): IgnoreRule | null {
  const anywhere = ignoredAnywhere(key, size);
  if (anywhere !== null) return anywhere;
  const log = parseLogKey(key);
  if (log === null) return "not-a-log";
  return log.kind === "body" ? "body-object" : null;
}

/** The targets whose folders lie in a bucket, whatever delivers there. */
export async function s3Targets(bucket: Bucket, prefixes: readonly string[], signal: AbortSignal): Promise<Target[]> {
  const found = new Map<string, Target>();
  for (const root of new Set(prefixes.map(wholePrefix)))
    for (const accountId of await namesBelow(bucket, `${root}AWSLogs/`, /^\d{12}$/, signal))
      for (const region of await namesBelow(
        bucket,
        `${root}AWSLogs/${accountId}/BedrockModelInvocationLogs/`,
        /-\d{1,2}$/,
        signal,
      ))
        found.set(`${accountId}/${region}`, { accountId, region });
  return [...found.values()];
}

async function namesBelow(bucket: Bucket, prefix: string, name: RegExp, signal: AbortSignal): Promise<string[]> {
  const names: string[] = [];
  for await (const { prefixes } of bucket.list({ prefix, delimiter: "/", signal }))
    names.push(...prefixes.map((found) => found.slice(prefix.length, -1)).filter((found) => name.test(found)));
  return names;
}
