import { defaultState, withPlain, writeUrl } from "../url-state.ts";

/** The address of one record. Its time makes it quick to find. */
export function recordHref(id: string, time: string, timeZone: string | null): string {
  const state = withPlain({ ...defaultState, timeZone }, "time", [time]);
  return `/invocations/${encodeURIComponent(id)}${writeUrl(state)}`;
}

/** The id in the address of a record; null when it cannot be read. */
export function idOfPath(pathname: string): string | null {
  try {
    return decodeURIComponent(pathname.split("/")[2] ?? "");
  } catch {
    return null;
  }
}
