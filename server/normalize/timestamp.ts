import { memo } from "../lib/memo.ts";

const form = /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}:\d{2})(?:[.,](\d{0,9}))?([Zz]|[+-]\d{2}(?::?\d{2})?)?$/;
const plain = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/;

/** Nearly every record has it. */
const usual = /^\d{4}-\d{2}-\d{2}T\d{2}:[0-5]\d:[0-5]\dZ$/;
const hourExists = memo((hour) => normalise(`${hour}:00:00Z`)?.startsWith(hour) === true);

/** The end of a day, which is the beginning of the next one. */
const dayEnd = "24:00:00";
const dayMs = 86_400_000;

/**
 * ISO 8601 UTC with milliseconds, or null. A time without an offset is UTC; digits beyond the millisecond are cut. What can mean two
 * moments, or names one that does not exist, is refused: 30 February, a 61st second, a day without its time.
 */
export function readTimestamp(text: string): string | null {
  // An hour has all its minutes and seconds; a log has few hours.
  return usual.test(text) && hourExists(text.slice(0, 13)) ? `${text.slice(0, 19)}.000Z` : normalise(text);
}

function normalise(text: string): string | null {
  const parts = form.exec(text);
  if (parts === null) return null;
  const [, day = "", clock = "", fraction = "", offset = "Z"] = parts;
  const isDayEnd = clock === dayEnd && /^0*$/.test(fraction);
  const local = `${day}T${isDayEnd ? "00:00:00" : clock}.${fraction.slice(0, 3).padEnd(3, "0")}Z`;
  const startMs = Date.parse(local);
  // A day or an hour that does not exist (30 February, 25:00) is refused or comes back as another one.
  if (Number.isNaN(startMs) || new Date(startMs).toISOString() !== local) return null;
  const localMs = startMs + (isDayEnd ? dayMs : 0);
  const offsetMs = readOffset(offset);
  return offsetMs === null ? null : isoOrNull(localMs - offsetMs, local);
}

function isoOrNull(ms: number, local: string): string | null {
  const iso = new Date(ms).toISOString();
  return iso.length === local.length ? iso : null;
}

function readOffset(offset: string): number | null {
  if (offset === "Z" || offset === "z") return 0;
  const hours = Number(offset.slice(1, 3));
  const minutes = offset.length > 3 ? Number(offset.slice(-2)) : 0;
  if (hours > 23 || minutes > 59) return null;
  return (offset.startsWith("-") ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}

/** Whether the normalised time says all that the text said. */
export function isPlainTimestamp(text: string): boolean {
  return plain.test(text);
}
