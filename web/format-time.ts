const formatters = new Map<string, Intl.DateTimeFormat>();

const styles = {
  minute: { hour: "2-digit", minute: "2-digit" },
  day: { day: "numeric", month: "short" },
  weekday: { weekday: "short", day: "numeric" },
  month: { month: "short", year: "numeric" },
  dayMinute: { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" },
  daySecond: { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", second: "2-digit" },
  full: {
    weekday: "short",
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  },
  millisecond: {
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    fractionalSecondDigits: 3,
  },
  date: { day: "numeric", month: "short", year: "numeric" },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>;

export type TimeStyle = keyof typeof styles;

/** An ISO instant in a zone, 24 hours, English words: pages, exports and mails say a time in one way. */
export function formatTime(iso: string, timeZone: string, style: TimeStyle): string {
  const key = `${timeZone} ${style}`;
  const known = formatters.get(key);
  const format = known ?? new Intl.DateTimeFormat("en-GB", { ...styles[style], timeZone, hourCycle: "h23" });
  if (known === undefined) formatters.set(key, format);
  return format.format(new Date(iso)).replaceAll(",", "");
}

/** "23 Nov 2026 02:36:20.418": all that a record says of its time. */
export function formatExact(iso: string, timeZone: string): string {
  return formatTime(iso, timeZone, "millisecond");
}

/** "17 Nov 09:00 – 24 Nov 09:00"; whole days need no hours: "25 Oct – 23 Nov". */
export function formatRange(from: string, to: string, timeZone: string): string {
  if (startsDay(from, timeZone) && startsDay(to, timeZone)) {
    const last = new Date(Date.parse(to) - 1).toISOString();
    const [first, end] = [formatTime(from, timeZone, "date"), formatTime(last, timeZone, "date")];
    return first === end ? first : `${first} – ${end}`;
  }
  return `${formatTime(from, timeZone, "dayMinute")} – ${formatTime(to, timeZone, "dayMinute")}`;
}

/** Whether a local day of the zone begins at this instant. */
export function startsDay(iso: string, timeZone: string): boolean {
  return formatTime(iso, timeZone, "minute") === "00:00";
}

/** "08:52" on the day of `now`, else with its day. */
export function formatNear(iso: string, now: string, timeZone: string): string {
  const sameDay = formatTime(iso, timeZone, "date") === formatTime(now, timeZone, "date");
  return formatTime(iso, timeZone, sameDay ? "minute" : "dayMinute");
}

/** "in 4 min", "3 h": the two largest units are enough. */
export function formatDuration(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} days`;
}
