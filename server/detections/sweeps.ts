import { z } from "zod";
import { sql, type Sql } from "../store/sql.ts";
import { time, type ReadRange } from "./detection-rule.ts";
import { attempts, within } from "./fragments.ts";
import { groupBy, hourMs, minuteMs, stretches, type Stretch } from "./windows.ts";

/** The settings of a sweep, shared by the rules that speak of one. */
export const sweepSettings = {
  windowMinutes: z.number().min(1).default(15),
  minimumDeniedModels: z.int().min(1).default(5),
  minimumFailedShare: z.number().min(0).max(1).default(0.6),
  minimumModelsADay: z.int().min(1).default(10),
  minimumDeniedModelsADay: z.int().min(1).default(3),
};
export interface SweepSettings {
  readonly windowMinutes: number;
  readonly minimumDeniedModels: number;
  readonly minimumFailedShare: number;
  readonly minimumModelsADay: number;
  readonly minimumDeniedModelsADay: number;
}

export const Attempt = z.object({
  principal_key: z.string(),
  model: z.string(),
  region: z.string(),
  time,
  last_time: time,
  succeeded: z.number(),
  denied: z.number(),
  records: z.number(),
});
export type Attempt = z.infer<typeof Attempt>;

/** Attempts of the principals that were denied several models. */
export function sweepAttempts(name: Sql, range: ReadRange, { minimumDeniedModelsADay }: SweepSettings): Sql {
  const suspects = sql`
    select principal_key from invocations
    where ${within(range)} and status = 'client-error'
    group by principal_key
    having count(distinct coalesce(model, model_id)) >= ${minimumDeniedModelsADay}`;
  return sql`${name}
    select principal_key, model, region, time, last_time, succeeded, denied, records
    from (${attempts(range, suspects)}) as attempts
    order by principal_key, time, model, region`;
}

/** Failed for want of a right or a valid request; a call that met a full or broken service is no failed attempt. */
function isDenial({ succeeded, denied }: Attempt): boolean {
  return succeeded === 0 && denied === 1;
}

function models(attempts: readonly Attempt[]): number {
  return new Set(attempts.map(({ model }) => model)).size;
}

export interface Sweep extends Stretch<Attempt> {
  readonly principal: string;
  readonly denied: readonly Attempt[];
}

/** Sweeps of each principal, in order of time; `attempts` are sorted by principal, then time. */
export function sweepsIn(attempts: readonly Attempt[], settings: SweepSettings): readonly Sweep[] {
  const quick = (window: readonly Attempt[]): boolean => {
    const denied = window.filter(isDenial);
    return (
      models(denied) >= settings.minimumDeniedModels && denied.length >= settings.minimumFailedShare * window.length
    );
  };
  const slow = (window: readonly Attempt[]): boolean =>
    models(window) >= settings.minimumModelsADay && models(window.filter(isDenial)) >= settings.minimumDeniedModelsADay;
  return [...groupBy(attempts, ({ principal_key }) => principal_key)].flatMap(([principal, own]) => {
    const quickOnes = stretches(own, settings.windowMinutes * minuteMs, quick);
    const quickDays = new Set(quickOnes.map(({ day }) => day));
    // A quick sweep says more of its day than the slow one that holds it.
    const slowOnes = stretches(own, 24 * hourMs, slow).filter(({ day }) => !quickDays.has(day));
    return ofDay([...quickOnes, ...slowOnes]).map((stretch) => ({
      ...stretch,
      principal,
      denied: stretch.items.filter(isDenial),
    }));
  });
}

/** Stretches that begin on one day are one sweep. */
function ofDay(found: readonly Stretch<Attempt>[]): readonly Stretch<Attempt>[] {
  return [...groupBy(found, ({ day }) => day)].map(([day, stretchesOfDay]) => ({
    day,
    items: [...new Set(stretchesOfDay.flatMap(({ items }) => items))].sort((a, b) => (a.time < b.time ? -1 : 1)),
  }));
}
