import type { Clock } from "../lib/clock.ts";
import { hourPath } from "./hours.ts";
import type { Bucket, ListedObject } from "./s3-bucket.ts";
import type { Window } from "./source.ts";

/** A listing speaks for the hours of its day for this long. */
const freshMs = 60_000;

export interface DayListings {
  /** What lies in an hour folder; null where the day has too much for one page, so that the hour must be asked for itself. */
  hour(window: Window, signal: AbortSignal): Promise<readonly ListedObject[] | null>;
}

interface DayListing {
  readonly at: number;
  readonly objects: readonly ListedObject[];
  /** Each hour is given out once: who asks again wants to know what is new. */
  readonly given: Set<string>;
}

/**
 * Reads small days with one call in place of one an hour: most days of a back-fill are small.
 * Bounded: one page a folder, one day at a time.
 */
export function openDayListings(bucket: Bucket, folders: readonly string[], clock: Clock): DayListings {
  const large = new Set<string>();
  let current: { readonly day: string; readonly listing: DayListing } | null = null;

  async function list(day: string, signal: AbortSignal): Promise<DayListing | null> {
    const objects: ListedObject[] = [];
    for (const folder of folders) {
      for await (const page of bucket.list({ prefix: `${folder}${day}/`, signal })) {
        if (page.truncated) return null;
        objects.push(...page.objects);
      }
    }
    return { at: clock(), objects, given: new Set() };
  }

  return {
    async hour(window, signal) {
      const path = hourPath(window);
      const day = path.slice(0, 10);
      if (large.has(day)) return null;
      const known = current?.day === day ? current.listing : null;
      const usable = known !== null && clock() - known.at < freshMs && !known.given.has(path);
      const listing = usable ? known : await list(day, signal);
      if (listing === null) {
        large.add(day);
        return null;
      }
      current = { day, listing };
      listing.given.add(path);
      return listing.objects.filter(({ key }) => folders.some((folder) => isIn(key, `${folder}${path}/`)));
    },
  };
}

/** Directly in the folder, not in its `data/`. */
function isIn(key: string, folder: string): boolean {
  return key.startsWith(folder) && !key.slice(folder.length).includes("/");
}
