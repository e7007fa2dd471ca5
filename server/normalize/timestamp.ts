import { memo } from "../lib/memo.ts";

const form = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})(?:\.(\d{0,9}))?(Z|[+-]\d{2}:?\d{2})?$/;
const plain = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/;

/** Nearly every record has it. */
const usual = /^\d{4}-\d{2}-\d{2}T\d{2}:[0-5]\d:[0-5]\dZ$/;
const hourExists = memo((hour) => normalise(`${hour}:00:00Z`) !== null);

/** ISO 8601 UTC with milliseconds, or null. A time without an offset is UTC; digits beyond the millisecond are cut. */
export function readTimestamp(text: string): string | null {
  if (!usual.test(text)) return normalise(text);
  // An hour has all its minutes and seconds; a log has few hours.
  return hourExists(text.slice(0, 13)) ? `${text.slice(0, 19)}.000Z` : null;
}

function normalise(text: string): string | null {
  const parts = form.exec(text);
  if (parts === null) return null;
  const [, day = "", clock = "", fraction = "", offset = "Z"] = parts;
  const local = `${day}T${clock}.${fraction.slice(0, 3).padEnd(3, "0")}Z`;
  const localMs = Date.parse(local);
  // A day or an hour that does not exist (30 February, 24:00) is refused or comes back as another one.
  if (Number.isNaN(localMs) || new Date(localMs).toISOString() !== local) return null;
  const offsetMs = readOffset(offset);
  return offsetMs === null ? null : isoOrNull(localMs - offsetMs, local);
}

function isoOrNull(ms: number, local: string): string | null {
  const iso = new Date(ms).toISOString();
  return iso.length === local.length ? iso : null;
}

function readOffset(offset: string): number | null {
  if (offset === "Z") return 0;
  const hours = Number(offset.slice(1, 3));
  const minutes = Number(offset.slice(-2));
  if (hours > 23 || minutes > 59) return null;
  return (offset.startsWith("-") ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}

/** Whether the normalised time says all that the text said. */
export function isPlainTimestamp(text: string): boolean {
  return plain.test(text);
}
