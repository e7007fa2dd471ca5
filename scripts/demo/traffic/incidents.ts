import type { Weather } from "./calls.ts";
import { hourMs } from "./layout.ts";
import { accounts } from "./targets.ts";

interface Incident {
  readonly regions: readonly string[];
  /** Empty: every account. */
  readonly accounts: readonly string[];
  /** Hours before the present. */
  readonly from: number;
  readonly to: number;
  readonly weather: Partial<Weather>;
}

const dayHours = 24;

/** What went wrong in the last month, by hours before the present. */
const incidents: readonly Incident[] = [
  // A region that could not answer for three quarters of an hour.
  {
    regions: ["us-west-2"],
    accounts: [],
    from: 9 * dayHours + 3,
    to: 9 * dayHours + 2.25,
    weather: { unavailable: 0.85 },
  },
  // A launch that nobody had asked a quota for.
  {
    regions: ["us-east-1"],
    accounts: [accounts.shop],
    from: 5 * dayHours + 8,
    to: 5 * dayHours + 6,
    weather: { throttled: 0.5 },
  },
  { regions: ["us-east-1"], accounts: [accounts.lab], from: 30, to: 28, weather: { throttled: 0.42 } },
  { regions: ["eu-central-1"], accounts: [accounts.shop], from: 16, to: 15, weather: { throttled: 0.35 } },
];

const fair: Weather = { throttled: 0.004, unavailable: 0.0015, invalid: 0.0015 };

export function weatherAt(accountId: string, region: string, time: number, now: number): Weather {
  const ago = (now - time) / hourMs;
  const storms = incidents.filter(
    (incident) =>
      incident.regions.includes(region) &&
      (incident.accounts.length === 0 || incident.accounts.includes(accountId)) &&
      ago <= incident.from &&
      ago > incident.to,
  );
  return storms.reduce<Weather>((weather, storm) => ({ ...weather, ...storm.weather }), fair);
}
