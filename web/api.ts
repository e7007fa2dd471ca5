import type { z } from "zod";
import { Problem, viewerHeader, type Endpoint } from "../server/domain/endpoint.ts";
import { openSlots } from "./slots.ts";

/** What the server refused, in its own words; `requestId` finds it in the log. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly problem: Problem;
  /** Seconds to wait before another try; null when the server does not say. */
  readonly retryAfter: number | null;

  constructor(problem: Problem, retryAfter: number | null) {
    super(problem.title);
    this.problem = problem;
    this.retryAfter = retryAfter;
  }
}

const slots = openSlots(4);

/** This page, among all that ask the server at the same time. */
const viewer = crypto.randomUUID();

/** Calls an endpoint of the table. Both sides are typed; what comes back is checked against the same schema. */
export function call<E extends Endpoint>(
  endpoint: E,
  input: z.input<E["input"]>,
  signal?: AbortSignal,
): Promise<z.output<E["output"]>> {
  return slots.run(signal, () => ask(endpoint, input, signal));
}

/** As `call`, of an endpoint that answers with a file. */
export function callForFile<E extends Endpoint>(
  endpoint: E,
  input: z.input<E["input"]>,
  signal?: AbortSignal,
): Promise<Blob> {
  return slots.run(signal, async () => {
    const response = await send(endpoint, input as Readonly<Record<string, unknown>>, signal);
    if (!response.ok) throw await refusal(response);
    return response.blob();
  });
}

async function ask<E extends Endpoint>(endpoint: E, input: z.input<E["input"]>, signal?: AbortSignal) {
  const response = await send(endpoint, input as Readonly<Record<string, unknown>>, signal);
  if (!response.ok) throw await refusal(response);
  const read = endpoint.output.safeParse(await response.json());
  if (!read.success) throw new ApiError(notUnderstood(response, endpoint), null);
  return read.data as z.output<E["output"]>;
}

function send(endpoint: Endpoint, input: Readonly<Record<string, unknown>>, signal?: AbortSignal): Promise<Response> {
  const { path, rest } = fillPath(endpoint.path, input);
  const common = { signal: signal ?? null, credentials: "same-origin", headers: { [viewerHeader]: viewer } } as const;
  if (endpoint.method === "GET") {
    const search = new URLSearchParams(rest.map(([key, value]) => [key, String(value)])).toString();
    return fetch(search === "" ? path : `${path}?${search}`, common);
  }
  const headers = { ...common.headers, "content-type": "application/json", "x-bedrock-audit": "1" };
  return fetch(path, { ...common, method: endpoint.method, headers, body: JSON.stringify(Object.fromEntries(rest)) });
}

/** Puts the parameters of the path in their place; what is left goes into the query string or the body. */
export function fillPath(path: string, input: Readonly<Record<string, unknown>>) {
  const used = new Set<string>();
  const filled = path.replaceAll(/:(\w+)/g, (_, name: string) => {
    used.add(name);
    return encodeURIComponent(String(input[name]));
  });
  const rest = Object.entries(input).filter(([key, value]) => !used.has(key) && value !== undefined);
  return { path: filled, rest };
}

async function refusal(response: Response): Promise<ApiError> {
  const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
  const read = Problem.safeParse(await response.json().catch(() => null));
  const problem = read.success ? read.data : noWords(response);
  return new ApiError(problem, Number.isFinite(seconds) ? seconds : null);
}

function noWords(response: Response): Problem {
  const { status } = response;
  const requestId = response.headers.get("x-request-id") ?? "";
  return { type: "internal", title: `The server answered ${status}`, status, detail: "", requestId, errors: [] };
}

function notUnderstood(response: Response, endpoint: Endpoint): Problem {
  return {
    ...noWords(response),
    type: "not_understood",
    title: "The answer has a form that this page does not know",
    detail: `${endpoint.method} ${endpoint.path}: reload the page, it may be older than the server.`,
  };
}
