import type { Target } from "../domain/target.ts";
import type { Clock } from "../lib/clock.ts";
import { s3BodyPlace } from "./body-place.ts";
import { dayPath, hourMs, hourPath, hoursBack } from "./hours.ts";
import { ignoredAnywhere, parseLogKey, targetFolder, wholePrefix } from "./key-grammar.ts";
import type { Bucket, ListedObject } from "./s3-bucket.ts";
import { openSmallDays } from "./small-days.ts";
import { sourceId } from "./source-id.ts";
import type { IgnoreRule, Source, UnitRef, Window } from "./source.ts";

export interface S3SourceOptions {
  readonly bucket: Bucket;
  /** What stands before `AWSLogs/`: all of the bucket's prefixes that deliver for this target. */
  readonly prefixes: readonly string[];
  readonly scope: Target;
  /** Source time. */
  readonly now: Clock;
}

/** The delivered objects of one target in one bucket. */
export function s3Source({ bucket, prefixes, scope, now }: S3SourceOptions): Source {
  const roots = [...new Set(prefixes.map(wholePrefix))];
  const folders = roots.map((root) => root + targetFolder(scope));
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
    for (const folder of folders) {
      for await (const { objects, truncated } of bucket.list({ prefix: `${folder}${dayPath(day)}/`, signal })) {
        if (truncated) return null;
        found.push(...objects);
      }
    }
    return found;
  }

  /** Directly in the hour's folder, not in its `data/`. */
  function isInHour(key: string, window: Window): boolean {
    const folder = folders.map((folder) => `${folder}${hourPath(window)}/`).find((folder) => key.startsWith(folder));
    return folder !== undefined && !key.includes("/", folder.length);
  }

  const unitOf = (object: ListedObject, window: Window): UnitRef => {
    const root = roots.find((root) => object.key.startsWith(root + targetFolder(scope))) ?? "";
    const ignored = ignoreRule(object.key.slice(root.length), object.size);
    const { key, etag: version, size, lastModified } = object;
    return { kind: "object", key, version, size, lastModified, window: window.start, ignored };
  };

  async function* listHour(window: Window, signal: AbortSignal): AsyncGenerator<readonly ListedObject[]> {
    for (const folder of folders) {
      const prefix = `${folder}${hourPath(window)}/`;
      for await (const { objects } of bucket.list({ prefix, delimiter: "/", signal })) yield objects;
    }
  }

  return {
    kind: "s3",
    id: sourceId("s3", bucket.bucket, scope),
    scope,
    place: roots.map((root) => `s3://${bucket.bucket}/${root}`).join(", "),
    name: `${bucket.bucket} ${scope.accountId} ${scope.region}`,

    async *windows({ from, to }, now) {
      yield* hoursBack(Date.parse(from), Math.min(Date.parse(to), now + hourMs));
    },

    async *scan(window, signal) {
      const listed = await days.hour(window, signal);
      if (listed !== null) return yield listed.map((object) => unitOf(object, window));
      for await (const objects of listHour(window, signal)) yield objects.map((object) => unitOf(object, window));
    },

    open: (unit, signal) => bucket.get({ key: unit.key, etag: unit.version, size: unit.size }, signal),
    bodies: roots.map((root) => s3BodyPlace(bucket, root, scope)),
  };
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
