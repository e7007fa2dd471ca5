import {
  type CloudWatchLogsClient,
  FilterLogEventsCommand,
  type FilterLogEventsCommandOutput,
} from "@aws-sdk/client-cloudwatch-logs";
import { Readable } from "node:stream";
import type { Target } from "../domain/target.ts";
import type { Clock } from "../lib/clock.ts";
import { unlessAborted } from "../lib/concurrency.ts";
import { sourceError } from "./aws-error.ts";
import { eventsRest } from "./cloudwatch-rest.ts";
import { hourMs, hoursBack, hourWindow } from "./hours.ts";
import { type LogEvent, openPageShelf, spanOf } from "./page-shelf.ts";
import { openSmallDays } from "./small-days.ts";
import { sourceId } from "./source-id.ts";
import { type BodyPlace, type Source, SourceError, type UnitRef, type Window } from "./source.ts";
import { toRange } from "./time-range.ts";

export interface CloudWatchSourceOptions {
  readonly client: CloudWatchLogsClient;
  readonly logGroup: string;
  readonly logGroupArn: string;
  readonly scope: Target;
  /** Where large bodies of this log group's records are delivered; default: nowhere. */
  readonly bodies?: readonly BodyPlace[];
  /** Source time. */
  readonly now: Clock;
}

type Range = readonly [from: number, to: number];
type IsWanted = (eventId: string) => boolean;

const minuteMs = 60_000;

/** The events of one log group. A page is fetched by `scan`; `open` gives it as one line, like a subscription's envelope. */
export function cloudWatchSource({
  bodies = [],
  client,
  logGroup,
  logGroupArn,
  now,
  scope,
}: CloudWatchSourceOptions): Source {
  const shelf = openPageShelf();
  const failures = new Map<string, number>();
  const days = openSmallDays<LogEvent>({ now, read: readDay, isIn: isInWindow });

  async function fetch(range: Range, token: string | null, signal: AbortSignal): Promise<Answer> {
    const input = { logGroupName: logGroup, ...toRange("FilterLogEvents", range) };
    const command = new FilterLogEventsCommand(token === null ? input : { ...input, nextToken: token });
    return validAnswer(await unlessAborted(client.send(command, { abortSignal: signal }), signal));
  }

  async function readDay(range: Range, signal: AbortSignal): Promise<readonly LogEvent[] | null> {
    const { events, next } = await fetch(range, null, signal);
    return next === null ? events : null;
  }

  async function* pages(range: Range, signal: AbortSignal): AsyncGenerator<readonly LogEvent[]> {
    const tokens = new Set<string>();
    let token: string | null = null;
    do {
      const answer: Answer = await fetch(range, token, signal);
      token = answer.next;
      if (token !== null && tokens.has(token))
        throw new SourceError("transport", "RepeatedToken", "The listing makes no progress.");
      if (token !== null) tokens.add(token);
      if (answer.events.length > 0) yield answer.events;
    } while (token !== null);
  }

  /** All pages of a range. A token that has expired begins it again, once: the reader knows events by their ids. */
  async function* pass(range: Range, signal: AbortSignal): AsyncGenerator<readonly LogEvent[]> {
    try {
      return yield* pages(range, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (sourceError(error).code !== "InvalidParameterException") throw sourceError(error);
    }
    try {
      yield* pages(range, signal);
    } catch (error) {
      signal.throwIfAborted();
      throw sourceError(error);
    }
  }

  async function* scan(window: Window, signal: AbortSignal): AsyncGenerator<readonly UnitRef[]> {
    const whole: Range = [Date.parse(window.start), Date.parse(window.end)];
    for await (const events of patiently(window.start, whole, signal, () => days.hour(window, signal)))
      if (events.length > 0) yield [shelf.put(events, window)];
  }

  async function* tail(range: Range, signal: AbortSignal): AsyncGenerator<readonly UnitRef[]> {
    for await (const events of patiently("tail", range, signal, async () => null))
      yield byHour(events).map((hour) => shelf.put(hour.events, hour.window));
  }

  /** Pages of a range that is read in ever smaller pieces after failures; `quick` may know a way without them. */
  async function* patiently(
    name: string,
    range: Range,
    signal: AbortSignal,
    quick: () => Promise<readonly LogEvent[] | null>,
  ): AsyncGenerator<readonly LogEvent[]> {
    const failed = failures.get(name) ?? 0;
    try {
      const known = failed === 0 ? await quick() : null;
      if (known === null) for (const piece of pieces(range, failed)) yield* pass(piece, signal);
      else yield known;
    } catch (error) {
      signal.throwIfAborted();
      failures.set(name, failed + 1);
      throw sourceError(error);
    }
    failures.delete(name);
  }

  /** The events of a page that is not at hand any more: looked up by their span of time, and known by their ids. */
  async function fetchAgain(unit: UnitRef, isWanted: IsWanted, signal: AbortSignal): Promise<readonly LogEvent[]> {
    const found = new Map<string, LogEvent>();
    for await (const events of pass(spanOf(unit), signal))
      for (const event of events) if (isWanted(event.id)) found.set(event.id, event);
    return [...found.values()];
  }

  return {
    kind: "cloudwatch",
    id: sourceId("cloudwatch", logGroupArn, scope),
    scope,
    place: logGroupArn,
    name: `${logGroup} ${scope.accountId} ${scope.region}`,
    async *windows({ from, to }, now) {
      yield* hoursBack(Date.parse(from), Math.min(Date.parse(to), now));
    },
    scan,
    bodies,
    tail,
    rest: eventsRest(pass),
    forget: (unit) => void shelf.take(unit),
    async open(unit, signal, isWanted = ownEvents(unit)) {
      const events = shelf.take(unit)?.filter(({ id }) => isWanted(id)) ?? (await fetchAgain(unit, isWanted, signal));
      if (events.length === 0)
        throw new SourceError("gone", "EventsGone", "The events of the page are not there any more.");
      const line = envelope(events, logGroup, scope);
      const eventIds = events.map(({ id }) => id);
      return { bytes: Readable.from([line]), length: line.byteLength, version: unit.version, eventIds };
    },
  };
}

function ownEvents({ eventIds }: UnitRef): IsWanted {
  const own = eventIds === undefined ? null : new Set(eventIds);
  return (id) => own?.has(id) ?? true;
}

/** From the second failure on a window is read in halves, then quarters, down to a minute. */
export function pieces([from, to]: Range, failures: number): readonly Range[] {
  const count = Math.max(1, Math.min(2 ** Math.max(0, failures - 1), Math.floor((to - from) / minuteMs)));
  const edge = (n: number) => from + Math.floor(((to - from) * n) / count);
  return Array.from({ length: count }, (_, n) => [edge(n), edge(n + 1)]);
}

/** Events by the hour of their time, oldest hour first. */
function byHour(events: readonly LogEvent[]): { readonly window: Window; readonly events: readonly LogEvent[] }[] {
  const hours = new Map<number, LogEvent[]>();
  for (const event of events) {
    const start = Math.floor(event.timestamp / hourMs) * hourMs;
    const hour = hours.get(start) ?? [];
    hours.set(start, hour);
    hour.push(event);
  }
  return [...hours].toSorted(([a], [b]) => a - b).map(([start, of]) => ({ window: hourWindow(start), events: of }));
}

function isInWindow({ timestamp }: LogEvent, { end, start }: Window): boolean {
  return timestamp >= Date.parse(start) && timestamp < Date.parse(end);
}

interface Answer {
  readonly events: readonly LogEvent[];
  readonly next: string | null;
}

/** The SDK makes `{}` of an empty 200: an answer without a list of events says nothing. */
function validAnswer({ events, nextToken }: FilterLogEventsCommandOutput): Answer {
  if (!Array.isArray(events)) throw malformed();
  // An event that comes twice on a page is one.
  const found = new Map<string, LogEvent>();
  for (const { eventId, timestamp, message, logStreamName } of events) {
    if (eventId === undefined || timestamp === undefined || message === undefined) throw malformed();
    found.set(eventId, { id: eventId, timestamp, message, logStream: logStreamName ?? "" });
  }
  return { events: [...found.values()], next: nextToken ?? null };
}

function malformed(): SourceError {
  return new SourceError("transport", "NoEvents", "CloudWatch Logs answered in an unknown shape.");
}

function envelope(events: readonly LogEvent[], logGroup: string, scope: Target): Buffer {
  const streams = new Set(events.map(({ logStream }) => logStream));
  const [logStream = ""] = streams.size === 1 ? streams : [];
  const logEvents = events.map(({ id, timestamp, message }) => ({ id, timestamp, message }));
  const data = { messageType: "DATA_MESSAGE", owner: scope.accountId, logGroup, logStream, logEvents };
  return Buffer.from(`${JSON.stringify(data)}\n`);
}
