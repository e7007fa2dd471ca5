import type { Target } from "../domain/target.ts";
import { errorCode } from "../lib/errors.ts";
import { type BodyPlace, SourceError, type Source } from "../sources/source.ts";
import type { UnitLimits } from "./gunzip.ts";
import type { BodyAnswer } from "./protocol.ts";

/** Fetches bodies that records name by path, from the places where their own target's bodies lie and from nowhere else. */
export interface BodyFetcher {
  add(sources: readonly Source[]): void;
  /** Of all that were added. */
  sourceIds(): readonly string[];
  /** Never rejects: what did not come is an answer. */
  fetch(target: Target, path: string): Promise<BodyAnswer>;
  /** Null: it is there, as far as its first bytes tell. Else why it is not; never rejects. */
  whyNotThere(target: Target, path: string): Promise<BodyFailure | null>;
}

export type BodyFailure = Extract<BodyAnswer, { failure: unknown }>;

/** Where no source is open: a body waits for the next run that reads. */
export const askNobody = async (): Promise<BodyAnswer> => ({ failure: "transport", code: "NotAsked" });

/** When several places could hold a body, what is said is what gives most hope. */
const hope: readonly string[] = ["transport", "throttle", "refused", "archived", "too-large", "gone"];

export function openBodies(limits: UnitLimits, signal: AbortSignal): BodyFetcher {
  const places = new Map<string, Source["bodies"]>();

  /** `take` reads as much as it wants; the rest is not fetched. */
  async function fetchFrom<T>(place: BodyPlace, key: string, take: Take<T>): Promise<T | BodyFailure> {
    try {
      const { bytes } = await place.open(key, { maxBytes: limits.bodyBytes, signal });
      return await take(bytes as AsyncIterable<Uint8Array>);
    } catch (error) {
      return { failure: error instanceof SourceError ? error.class : "transport", code: errorCode(error) };
    }
  }

  /** What the first place gives that has it; else the failure that gives most hope. */
  async function ask<T extends object>(target: Target, path: string, take: Take<T>): Promise<T | BodyFailure> {
    const failures: BodyFailure[] = [];
    for (const place of [...places.values()].flat()) {
      const key = place.keyOf(path, target);
      if (key === null) continue;
      const answer = await fetchFrom(place, key, take);
      if (!isFailure(answer)) return answer;
      failures.push(answer);
    }
    const [best] = failures.toSorted((a, b) => hope.indexOf(a.failure) - hope.indexOf(b.failure));
    return best ?? { failure: "path", code: "BodyPathRefused" };
  }

  return {
    add(sources) {
      for (const { bodies, id } of sources) places.set(id, bodies);
    },
    sourceIds: () => [...places.keys()],
    fetch: (target, path) => ask(target, path, whole),
    async whyNotThere(target, path) {
      const answer = await ask(target, path, begun);
      return isFailure(answer) ? answer : null;
    },
  };
}

type Take<T> = (bytes: AsyncIterable<Uint8Array>) => Promise<T>;

async function whole(bytes: AsyncIterable<Uint8Array>): Promise<{ readonly bytes: Uint8Array }> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return { bytes: Buffer.concat(chunks) };
}

async function begun(bytes: AsyncIterable<Uint8Array>): Promise<{ readonly begun: true }> {
  // Leaving the loop closes the stream.
  for await (const _ of bytes) break;
  return { begun: true };
}

function isFailure(answer: object): answer is BodyFailure {
  return "failure" in answer;
}
