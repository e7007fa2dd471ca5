import type { z } from "zod";
import type { Endpoint } from "../../server/domain/endpoint.ts";

/** Asks the server beside the page: for what a test has to know before, or to act as somebody else. */
export async function ask<E extends Endpoint>(
  url: string,
  endpoint: E,
  input: z.input<E["input"]>,
): Promise<z.output<E["output"]>> {
  const given = input as Readonly<Record<string, unknown>>;
  const path = endpoint.path.replaceAll(/:(\w+)/g, (_, name: string) => encodeURIComponent(String(given[name])));
  const named = new Set(endpoint.path.match(/(?<=:)\w+/g) ?? []);
  const rest = Object.fromEntries(Object.entries(given).filter(([key]) => !named.has(key)));
  const body = endpoint.method === "GET" ? {} : { body: JSON.stringify(rest) };
  const headers = { "content-type": "application/json", "x-bedrock-audit": "1" };
  const response = await fetch(url + path, { method: endpoint.method, headers, ...body });
  if (!response.ok) throw new Error(`${endpoint.path} answered ${response.status}`);
  return endpoint.output.parse(await response.json()) as z.output<E["output"]>;
}
