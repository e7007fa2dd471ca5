/** Values that a log line may hold: counts, ids and fixed words. Never content, headers, URLs or messages of errors. */
export type LogFields = { readonly event: string } & Readonly<Record<string, string | number | boolean | null>>;

/** One JSON object a line, of allow-listed fields; event names are fixed words. */
export interface Log {
  info(fields: LogFields): void;
  warn(fields: LogFields): void;
  error(fields: LogFields): void;
}

export const silentLog: Log = { info() {}, warn() {}, error() {} };
