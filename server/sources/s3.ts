import type { Target } from "../domain/target.ts";
import type { Clock } from "../lib/clock.ts";
import { hourMs, hourPath, hoursBack } from "./hours.ts";
import { ignoredAnywhere, parseLogKey, targetFolder, wholePrefix } from "./key-grammar.ts";
import type { Bucket, ListedObject } from "./s3-bucket.ts";
import { openDayListings } from "./s3-days.ts";
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

/** Hours younger than this are asked for by themselves, as objects still come into them. */
const hotMs = 4 * hourMs;

/** The delivered objects of one target in one bucket. */
export function s3Source({ bucket, prefixes, scope, now }: S3SourceOptions): Source {
  const roots = [...new Set(prefixes.map(wholePrefix))];
  const folders = roots.map((root) => root + targetFolder(scope));
  const days = openDayListings(bucket, folders, now);

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
      const hot = Date.parse(window.end) > now() - hotMs;
      const listed = hot ? null : await days.hour(window, signal);
      if (listed !== null) return yield listed.map((object) => unitOf(object, window));
      for await (const objects of listHour(window, signal)) yield objects.map((object) => unitOf(object, window));
    },

    open: (unit, signal) => bucket.get({ key: unit.key, etag: unit.version, size: unit.size }, signal),
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
