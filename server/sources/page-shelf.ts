import { createHash } from "node:crypto";
import type { UnitRef, Window } from "./source.ts";

export interface LogEvent {
  readonly id: string;
  readonly timestamp: number;
  readonly logStream: string;
  readonly message: string;
}

/** Pages that were listed and wait to be opened. Bounded: the oldest give way, and are fetched again when they are wanted. */
export interface PageShelf {
  put(events: readonly LogEvent[], window: Window): UnitRef;
  take(unit: UnitRef): readonly LogEvent[] | null;
}

export function openPageShelf(maxBytes = 32 * 1024 * 1024): PageShelf {
  const pages = new Map<string, { readonly events: readonly LogEvent[]; readonly bytes: number }>();
  let held = 0;

  function drop(key: string): void {
    held -= pages.get(key)?.bytes ?? 0;
    pages.delete(key);
  }

  return {
    put(events, window) {
      const unit = pageUnit(events, window);
      drop(unit.key);
      pages.set(unit.key, { events, bytes: unit.size });
      held += unit.size;
      for (const key of pages.keys()) {
        if (held <= maxBytes || key === unit.key) break;
        drop(key);
      }
      return unit;
    },
    take({ key }) {
      const page = pages.get(key);
      drop(key);
      return page?.events ?? null;
    },
  };
}

/** Its key is the span of its events and a hash of their ids: the same events make the same unit, in whatever order. */
function pageUnit(events: readonly LogEvent[], window: Window): UnitRef {
  const eventIds = events.map(({ id }) => id);
  const hash = createHash("sha256").update(JSON.stringify(eventIds.toSorted())).digest("hex");
  const times = events.map(({ timestamp }) => timestamp);
  const span = `${times.reduce((a, b) => Math.min(a, b), Infinity)}-${times.reduce((a, b) => Math.max(a, b), 0)}`;
  const size = events.reduce((sum, { message }) => sum + Buffer.byteLength(message), 0);
  return {
    kind: "page",
    key: `${span}/${hash.slice(0, 16)}`,
    version: hash,
    size,
    lastModified: null,
    window: window.start,
    ignored: null,
    eventIds,
  };
}

/** From the first to the last event's time: `[from, to)`. */
export function spanOf({ key }: UnitRef): readonly [number, number] {
  const [first, last] = (key.split("/")[0] ?? "").split("-").map(Number);
  return [first ?? 0, (last ?? 0) + 1];
}
