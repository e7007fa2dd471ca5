import { zipSync } from "fflate";

/** The format's own limit, without its extension for larger archives. */
const mostFiles = 65_535;
/** The first day that the format knows: it keeps local time, whatever the zone. */
const firstDay = new Date(1980, 0, 1);

/**
 * A ZIP archive of files by their path, with slashes: sorted, stored without compression, all of one time, so that the same files give the
 * same bytes. The caller bounds their size, which is below 4 GiB. Throws `RangeError` for more files than the format holds.
 */
export function zip(files: ReadonlyMap<string, string>): Buffer<ArrayBuffer> {
  if (files.size > mostFiles) throw new RangeError("too many files for one archive");
  const sorted = [...files].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const bodies = Object.fromEntries(sorted.map(([path, text]) => [path, new TextEncoder().encode(text)]));
  return Buffer.from(zipSync(bodies, { level: 0, mtime: firstDay }));
}
