import { api } from "../../server/domain/api.ts";
import type { Filter } from "../../server/domain/metric.ts";
import { ask } from "./ask.ts";

const week = { from: "now-7d", to: "now" };

interface LookedAt {
  readonly id: string;
  /** The address, with a window that the demo fills. */
  readonly path: (url: string) => Promise<string>;
}

/** The pages that are looked at. */
export const pages: readonly LookedAt[] = [
  { id: "overview", path: async () => "/overview?v=1&from=now-7d&to=now" },
  { id: "findings", path: async () => "/findings?v=1&from=now-7d&to=now" },
  { id: "finding", path: async (url) => `/findings/${await findingWithExcerpts(url)}?v=1` },
  { id: "invocations", path: async () => "/invocations?v=1&from=now-7d&to=now" },
  { id: "invocation", path: recordPath },
  { id: "models", path: async () => "/models?v=1&from=now-30d&to=now" },
  { id: "compliance", path: async () => "/compliance" },
  { id: "control", path: async () => "/compliance/s3-log-retention" },
];

export async function findingWithExcerpts(url: string): Promise<string> {
  const { items } = await ask(url, api.findings, { range: week, limit: 200 });
  const found = items.find(({ evidence }) => evidence.some(({ excerpt }) => excerpt !== null));
  if (found === undefined) throw new Error("no finding of the demo has an excerpt");
  return found.id;
}

/** A record in which a rule saw something: it has texts. */
export async function recordPath(url: string): Promise<string> {
  const signal: Filter = { field: "signal", op: "notNull", values: [] };
  const { items } = await ask(url, api.invocations, { range: week, filters: [signal], limit: 1 });
  const [record] = items;
  if (record === undefined) throw new Error("no record of the demo has a signal");
  return `/invocations/${encodeURIComponent(record.id)}?v=1&time=${record.time}`;
}
