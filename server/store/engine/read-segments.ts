import { createHash } from "node:crypto";
import { type TableName, tableNames } from "../tables.ts";
import type { TableSegments } from "./protocol.ts";

/** UTC days, `YYYY-MM-DD`, both in. */
export interface DaySpan {
  readonly fromDay: string;
  readonly toDay: string;
}

/** Segments of one table and UTC day. */
export interface DaySegments extends TableSegments {
  readonly dt: string;
}

/** All segments of one snapshot: by table, its days. */
export type SnapshotSegments = Readonly<Record<string, readonly DaySegments[]>>;

/** What a statement can read, whatever the snapshot. */
export interface Reach {
  readonly tables: readonly TableName[];
  /** Null: all days. */
  readonly days: DaySpan | null;
}

/** The segments within a reach. */
export interface ReadSegments {
  readonly tables: Readonly<Record<string, TableSegments>>;
  /** Names them all. Segments never change: one statement has one answer for as long as this is the same. */
  readonly key: string;
}

const words = tableNames.map((name) => [name, new RegExp(`\\b(?:from|join)\\s+"?${name}\\b`, "i")] as const);

export function reachOf(text: string, days: DaySpan | null): Reach {
  return { days, tables: words.flatMap(([name, word]) => (word.test(text) ? [name] : [])) };
}

/** What was seen before a day is part of what they say of it. */
const lookBack: ReadonlySet<TableName> = new Set(["sightings"]);

export function readSegments(all: SnapshotSegments, { days, tables }: Reach): ReadSegments {
  const read = tables.map((name) => {
    const within = (all[name] ?? []).filter(
      ({ dt }) => days === null || (dt <= days.toDay && (dt >= days.fromDay || lookBack.has(name))),
    );
    return [name, { files: within.flatMap(({ files }) => files), old: within.some(({ old }) => old) }] as const;
  });
  return {
    tables: Object.fromEntries(read),
    key: createHash("sha256").update(JSON.stringify(read)).digest("base64"),
  };
}
