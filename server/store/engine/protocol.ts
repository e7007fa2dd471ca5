import type { SqlValue } from "../sql.ts";
import type { EngineErrorCode } from "./engine-error.ts";

/** Segments of one table. */
export interface TableSegments {
  readonly files: readonly string[];
  /** Some lack columns that the table has today. */
  readonly old: boolean;
}

export interface EngineSettings {
  readonly lake: string;
  readonly temp: string;
  readonly slots: number;
  readonly threads: number;
  readonly memoryMb: number;
}

export interface QueryMessage {
  readonly type: "query";
  readonly id: number;
  readonly sql: string;
  readonly params: readonly SqlValue[];
  /** Of each table that it reads. */
  readonly tables: Readonly<Record<string, TableSegments>>;
  readonly maxRows: number;
  readonly maxBytes: number;
}

/** To the engine. `more` gives credit for one more chunk. */
export type ToEngine =
  | { readonly type: "open"; readonly settings: EngineSettings }
  | QueryMessage
  | { readonly type: "more"; readonly id: number }
  | { readonly type: "cancel"; readonly id: number };

/** From the engine. `ready` comes once it has opened; `rows` hold one array a column. Every query ends with `end` or `error`. */
export type FromEngine =
  | { readonly type: "ready" }
  | { readonly type: "columns"; readonly id: number; readonly names: readonly string[] }
  | { readonly type: "rows"; readonly id: number; readonly columns: readonly (readonly unknown[])[] }
  | { readonly type: "end"; readonly id: number }
  | { readonly type: "error"; readonly id: number; readonly code: EngineErrorCode; readonly detail: string | null };

/** Chunks that the engine may have sent before the reader has taken the first of them. */
export const chunkCredit = 4;
