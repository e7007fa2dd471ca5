import type { z } from "zod";
import type { Endpoint, Permission } from "../domain/endpoint.ts";

/** One checked request: the input is parsed, the permission is there. */
export interface Call<Input> {
  readonly input: Input;
  readonly actor: string;
  readonly permissions: readonly Permission[];
  /** Ends when the client is gone. */
  readonly signal: AbortSignal;
}

export interface Route {
  readonly endpoint: Endpoint;
  readonly answer: (call: Call<unknown>) => Promise<unknown>;
}

/** Joins an endpoint of the table with the code that answers it, typed on both sides. */
export function handle<E extends Endpoint>(
  endpoint: E,
  answer: (call: Call<z.output<E["input"]>>) => Promise<z.output<E["output"]>>,
): Route {
  // `app.ts` parses the input by this endpoint's own schema before it calls.
  return { endpoint, answer: (call) => answer(call as Call<z.output<E["input"]>>) };
}

/** What was asked for does not exist, or is out of the caller's scope. */
export class NotFoundError extends Error {
  override readonly name = "NotFoundError";
}
