import type { Target } from "../domain/target.ts";
import type { Clock } from "../lib/clock.ts";
import { s3BodyPlace } from "./body-place.ts";
import { dayMs, dayPath, hourMs, hourPath, hoursBack } from "./hours.ts";
import { ACCOUNT_NAME, bedrockFolder, REGION_NAME, targetFolder, wholePrefix } from "./key-grammar.ts";
import type { Bucket, ListedObject } from "./s3-bucket.ts";
import {
  aboveRegions,
  dayLeft,
  daysOf,
  ignoreRule,
  isOfHour,
  looseOfDay,
  type TargetPlace,
  type Wanted,
} from "./s3-rest.ts";
import { openSmallDays } from "./small-days.ts";
import { sourceId } from "./source-id.ts";
import { isClosed, type Source, SourceError, type UnitRef, type Window } from "./source.ts";

/** A prefix of a bucket, and who reads what lies under it. */
export interface S3Place {
  readonly bucket: Bucket;
  /** What stands before `AWSLogs/`. */
  readonly prefix: string;
  /** Nothing is delivered here for days that begin later, in ms; default: it is. */
  readonly until?: number;
  /** No configuration names it for this target, whose folder was found there beside those of others. */
  readonly unnamed?: true;
  /** Whose folders are read of all that lie there; default: everybody's. */
  readonly wanted?: Wanted;
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

  /** In the hour's folder, not in its `data/`. */
  function isInHour(key: string, window: Window): boolean {
    const day = folders
      .map(({ folder }) => `${folder}${dayPath(Date.parse(window.start))}/`)
      .find((of) => key.startsWith(of));
    if (day === undefined) return false;
    const below = key.slice(day.length);
    return below.startsWith(`${window.start.slice(11, 13)}/`) && isOfHour(below);
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
        yield* listFolder(bucket, prefix, signal);
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

    rest: {
      async days(_, signal) {
        const found = await Promise.all(folders.map((folder) => daysOf(folder, signal)));
        const above = await Promise.all(folders.map((folder) => aboveRegions(folder, signal)));
        const days = new Set(found.flatMap((one) => one.days));
        const loose = [...found.flatMap((one) => one.loose), ...above.flat()];
        return { days: [...days].toSorted((a, b) => b - a), loose };
      },
      async day(day, time, signal) {
        if (day >= time) {
          const loose = await Promise.all(folders.map((folder) => looseOfDay(folder, day, signal)));
          return { hours: [], loose: loose.flat() };
        }
        const left = await Promise.all(folders.map((folder) => dayLeft(folder, { day, time, signal })));
        return { hours: left.flatMap(({ hours }) => hours), loose: left.flatMap(({ loose }) => loose) };
      },
    },
    async open(unit, signal) {
      const { bucket } = folderOf(unit.key) ?? first;
      return bucket.get({ key: unit.key, etag: unit.version, size: unit.size }, signal);
    },
    bodies: folders.map(({ bucket, root }) => s3BodyPlace(bucket, root, scope)),
  };
}

/** All objects of an hour's folder but those in its `data/`: what lies in any other folder of it is no log, and counted. */
async function* listFolder(
  bucket: Bucket,
  prefix: string,
  signal: AbortSignal,
): AsyncGenerator<readonly ListedObject[]> {
  const below: string[] = [];
  for await (const { objects, prefixes } of bucket.list({ prefix, delimiter: "/", signal })) {
    yield objects;
    below.push(...prefixes.filter((found) => found !== `${prefix}data/`));
  }
  for (const folder of below) for await (const { objects } of bucket.list({ prefix: folder, signal })) yield objects;
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

interface Folder extends TargetPlace {
  readonly until: number;
}

function foldersOf(places: readonly S3Place[], scope: Target): readonly Folder[] {
  const folders = new Map<string, Folder>();
  for (const { bucket, prefix, until = Infinity, wanted } of places) {
    const root = wholePrefix(prefix);
    const of = wanted === undefined ? {} : { wanted };
    if (!folders.has(root)) folders.set(root, { bucket, root, folder: root + targetFolder(scope), until, ...of });
  }
  return [...folders.values()];
}

/** The targets whose folders lie under a prefix of a bucket, whatever delivers there: of those that are `wanted`, or of all. */
export async function s3Targets(
  { bucket, prefix, wanted }: Pick<S3Place, "bucket" | "prefix" | "wanted">,
  signal: AbortSignal,
): Promise<Target[]> {
  const above = `${wholePrefix(prefix)}AWSLogs/`;
  const accounts = await namesBelow(bucket, above, ACCOUNT_NAME, signal);
  const found: Target[] = [];
  for (const accountId of accounts.filter((id) => wanted?.isAccount(id) ?? true)) {
    const regions = await namesBelow(bucket, above + bedrockFolder(accountId), REGION_NAME, signal);
    found.push(...regions.map((region) => ({ accountId, region })));
  }
  return found.filter(({ region }) => wanted?.isRegion(region) ?? true);
}

async function namesBelow(bucket: Bucket, prefix: string, name: RegExp, signal: AbortSignal): Promise<string[]> {
  const names: string[] = [];
  for await (const { prefixes } of bucket.list({ prefix, delimiter: "/", signal }))
    names.push(...prefixes.map((found) => found.slice(prefix.length, -1)).filter((found) => name.test(found)));
  return names;
}
