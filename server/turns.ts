import { performance } from "node:perf_hooks";
import type { Request } from "express";
import { viewerHeader, type Endpoint } from "./domain/endpoint.ts";
import { FairTurns } from "./lib/fair-turns.ts";
import { SharedWork } from "./lib/shared-work.ts";
import { JsonAnswer } from "./json-answer.ts";
import type { Call } from "./routes/route.ts";

/**
 * Requests that ask the query engine. A viewer leaves one slot of the engine to the others. A page asks for four answers at a time; those that
 * it has just given up, as another filter was chosen, may still be under way when the next four come.
 */
const limits = { atWork: 3, atWorkOfOne: 2, waiting: 16, ofOne: 8, waitMs: 2_000, lateMs: 10_000 };

/** Those who made up no name for themselves count as one. */
export function viewerOf(request: Request): string {
  const name = request.get(viewerHeader) ?? "";
  return /^[\w-]{1,40}$/.test(name) ? name : "";
}

/** One request of a viewer. */
export interface Asked {
  readonly endpoint: Endpoint;
  readonly viewer: string;
  readonly call: Call<unknown>;
}

export interface Turns {
  /** Answers when it is the viewer's turn. Equal requests at the same time are answered once, and take one turn. @throws {NoTurn} */
  shared(asked: Asked, answer: (call: Call<unknown>) => Promise<unknown>): Promise<JsonAnswer>;
  /** As `shared`, for what leaves a trace: each is answered by itself. @throws {NoTurn} */
  own(asked: Asked, answer: (call: Call<unknown>) => Promise<unknown>): Promise<JsonAnswer>;
}

export function openTurns(): Turns {
  const turns = new FairTurns(limits, () => performance.now());
  const underWay = new SharedWork<JsonAnswer>();
  const take = ({ call, viewer }: Asked, answer: (call: Call<unknown>) => Promise<unknown>, signal: AbortSignal) =>
    turns.run(viewer, async () => new JsonAnswer(await answer({ ...call, signal })), signal);
  return {
    shared(asked, answer) {
      const { actor, input, permissions, signal } = asked.call;
      const key = JSON.stringify([asked.endpoint.path, actor, permissions, input]);
      return underWay.run(key, (last) => take(asked, answer, last), signal);
    },
    own: (asked, answer) => take(asked, answer, asked.call.signal),
  };
}
