import type { Target } from "../domain/target.ts";
import type { Clock } from "../lib/clock.ts";
import { type S3Place, s3PlaceName, s3Targets } from "../sources/s3.ts";
import type { S3Parts, SourceParts } from "./source-parts.ts";

export interface UnnamedFolders {
  readonly parts: readonly S3Parts[];
  /** Places whose folders could not be listed. */
  readonly closed: readonly { readonly place: string; readonly error: unknown }[];
}

/**
 * The folders of accounts and regions that lie beside those of `named`, under the same prefixes: what was delivered there before the
 * logging of a region was switched off, or was sent elsewhere, is to be read like the rest.
 */
export async function unnamedFolders(named: readonly SourceParts[], signal: AbortSignal): Promise<UnnamedFolders> {
  const delivering = named.filter((parts) => parts.kind === "s3");
  const delivered = new Set(delivering.flatMap(({ places, scope }) => places.map((place) => folderOf(place, scope))));
  const places = new Map<string, { readonly place: S3Place; readonly now: Clock }[]>();
  for (const { now, places: own } of delivering)
    for (const place of own) {
      const name = s3PlaceName(place.bucket.bucket, place.prefix);
      places.set(name, [...(places.get(name) ?? []), { place, now }]);
    }
  const found = await Promise.all(
    [...places].map(async ([name, readers]): Promise<UnnamedFolders> => {
      let closed: UnnamedFolders["closed"] = [];
      // A bucket that several accounts name belongs to one of them.
      for (const { now, place } of readers)
        try {
          const targets = await s3Targets(place, signal);
          const others = targets.filter((scope) => !delivered.has(folderOf(place, scope)));
          const places = [{ ...place, unnamed: true }] as const;
          return { parts: others.map((scope) => ({ kind: "s3", places, scope, now })), closed: [] };
        } catch (error) {
          closed = [{ place: name, error }];
        }
      return { parts: [], closed };
    }),
  );
  return { parts: found.flatMap(({ parts }) => parts), closed: found.flatMap(({ closed }) => closed) };
}

function folderOf({ bucket, prefix }: S3Place, { accountId, region }: Target): string {
  return `${s3PlaceName(bucket.bucket, prefix)} ${accountId} ${region}`;
}
