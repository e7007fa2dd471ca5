import { DateTime } from "luxon";

/** When a caller works: what share of its usual hourly traffic falls into an hour. */
export type Shape =
  /** Customers: a wave over the day, quieter at night, a little more at the weekend's end. */
  | { readonly kind: "customers"; readonly zone: string }
  /** People at their desks, with lunch, weekends and the holidays of their country. */
  | { readonly kind: "office"; readonly zone: string; readonly holidays: Country }
  /** Between two local hours of each night. */
  | {
      readonly kind: "nightly";
      readonly zone: string;
      readonly from: number;
      readonly to: number;
      readonly weekend: boolean;
    }
  /** All day the same. */
  | { readonly kind: "steady" };

export type Country = "us" | "de" | "ie" | "jp";

/** Month and day; only days without a rule of their own. */
const fixedHolidays: Readonly<Record<Country, readonly string[]>> = {
  us: ["01-01", "06-19", "07-04", "11-11", "12-24", "12-25"],
  de: ["01-01", "05-01", "10-03", "11-01", "12-24", "12-25", "12-26", "12-31"],
  ie: ["01-01", "03-17", "05-01", "12-25", "12-26"],
  jp: ["01-01", "01-02", "01-03", "02-11", "02-23", "04-29", "05-03", "05-04", "05-05", "08-11", "11-03", "11-23"],
};

function isHoliday(local: DateTime, country: Country): boolean {
  if (fixedHolidays[country].includes(local.toFormat("MM-dd"))) return true;
  // Thanksgiving and the day after it: fourth Thursday of November.
  const thanksgiving = local.month === 11 && local.weekday === 4 && local.day >= 22 && local.day <= 28;
  const dayAfter = local.month === 11 && local.weekday === 5 && local.day >= 23 && local.day <= 29;
  return country === "us" && (thanksgiving || dayAfter);
}

// Relative load of the 24 local hours; each sums to about 24.
const customers = [
  0.35, 0.2, 0.15, 0.12, 0.12, 0.2, 0.45, 0.8, 1.1, 1.35, 1.5, 1.55, 1.5, 1.4, 1.35, 1.35, 1.4, 1.5, 1.65, 1.8, 1.75,
  1.4, 0.95, 0.6,
];
const office = [
  0, 0, 0, 0, 0, 0, 0.05, 0.5, 2.1, 3.2, 3.4, 3.0, 1.4, 2.6, 3.1, 2.9, 2.2, 1.0, 0.3, 0.12, 0.06, 0.02, 0, 0,
];

const locals = new Map<string, DateTime>();

/** Zones change their offset on whole hours of UTC, so one look an hour and zone is enough. */
function localTime(hour: number, zone: string): DateTime {
  const key = `${zone} ${hour}`;
  const known = locals.get(key);
  if (known !== undefined) return known;
  const local = DateTime.fromMillis(hour, { zone });
  if (locals.size > 20_000) locals.clear();
  locals.set(key, local);
  return local;
}

/** 1 on average over a working week; `hour` is the start of an hour of UTC in milliseconds. */
export function load(shape: Shape, hour: number): number {
  if (shape.kind === "steady") return 1;
  const local = localTime(hour, shape.zone);
  const weekend = local.weekday >= 6;
  switch (shape.kind) {
    case "customers":
      return (customers[local.hour] ?? 0) * (local.weekday === 7 ? 1.15 : local.weekday === 6 ? 0.85 : 1);
    case "office":
      if (isHoliday(local, shape.holidays)) return 0;
      return (office[local.hour] ?? 0) * (weekend ? 0.02 : local.weekday === 5 ? 0.75 : 1.05);
    case "nightly": {
      const inside = local.hour >= shape.from && local.hour < shape.to;
      return inside && (shape.weekend || !weekend) ? 24 / (shape.to - shape.from) : 0;
    }
  }
}
