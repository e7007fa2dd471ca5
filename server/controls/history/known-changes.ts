import {
  type EarlierLook,
  type Facts,
  isUnreadable,
  type TrailChange,
  type TrailChanges,
  type Unreadable,
} from "../facts.ts";

/** Changes that did happen, in order, and from when on all of them are known. */
export interface KnownChanges {
  readonly changes: readonly TrailChange[];
  readonly since: number;
  /** Younger ones, of which there may be more: what is now need not have been before them. */
  readonly later: readonly TrailChange[];
}

/** Those that CloudTrail tells now, and as far back as earlier runs join on without a hole. */
export function knownChanges(now: TrailChanges, earlier: readonly TrailChanges[]): KnownChanges {
  const joined = [now, ...joining(now.wholeSince, earlier)];
  const byId = new Map(joined.flatMap(({ changes }) => changes).map((change) => [change.id, change]));
  const since = Math.min(...joined.map(({ wholeSince }) => wholeSince));
  const all = [...byId.values()]
    .filter(({ errorCode, time }) => errorCode === null && time >= since)
    .toSorted((a, b) => a.time - b.time || (a.id < b.id ? -1 : 1));
  return {
    changes: all.filter(({ time }) => time < now.to),
    since,
    later: all.filter(({ time }) => time >= now.to),
  };
}

/** The range that ends latest joins on first. */
function joining(since: number, earlier: readonly TrailChanges[]): readonly TrailChanges[] {
  const older = earlier.filter(({ to, wholeSince }) => to >= since && wholeSince < since);
  const [next] = older.toSorted((a, b) => a.wholeSince - b.wholeSince);
  return next === undefined ? [] : [next, ...joining(next.wholeSince, earlier)];
}

type Remembered = keyof EarlierLook["facts"];

export interface Memory<T> {
  readonly time: number;
  readonly value: T;
}

/** What earlier runs read of one fact, with the time; newest first. */
export function remembered<F extends Remembered>(
  looks: readonly EarlierLook[],
  fact: F,
): readonly Memory<NonNullable<Exclude<Facts[F], Unreadable>>>[] {
  return looks
    .toSorted((a, b) => b.time - a.time)
    .flatMap(({ facts, time }) => {
      const value: Facts[F] | undefined = facts[fact];
      if (value === undefined || value === null || isUnreadable(value)) return [];
      return [{ time, value: value as NonNullable<Exclude<Facts[F], Unreadable>> }];
    });
}
