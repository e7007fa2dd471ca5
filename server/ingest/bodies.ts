import type { Target } from "../domain/target.ts";
import { errorCode } from "../lib/errors.ts";
import { SourceError, type Source } from "../sources/source.ts";
import type { UnitLimits } from "./gunzip.ts";
import type { BodyAnswer } from "./protocol.ts";

/** Fetches bodies that records name by path, from the places where their own target's bodies lie and from nowhere else. */
export interface BodyFetcher {
  add(sources: readonly Source[]): void;
  /** Never rejects: what did not come is an answer. */
  fetch(target: Target, path: string): Promise<BodyAnswer>;
}

/** When several places could hold a body, what is said is what gives most hope. */
const hope: readonly string[] = ["transport", "throttle", "refused", "archived", "too-large", "gone"];

export function openBodies(limits: UnitLimits, signal: AbortSignal): BodyFetcher {
  const places = new Map<string, Source["bodies"]>();

  async function fetchFrom(place: Source["bodies"][number], key: string): Promise<BodyAnswer> {
    try {
      const { bytes } = await place.open(key, { maxBytes: limits.bodyBytes, signal });
      const chunks: Uint8Array[] = [];
      for await (const chunk of bytes as AsyncIterable<Uint8Array>) chunks.push(chunk);
      return { bytes: Buffer.concat(chunks) };
    } catch (error) {
      return { failure: error instanceof SourceError ? error.class : "transport", code: errorCode(error) };
    }
  }

  return {
    add(sources) {
      for (const { bodies, id } of sources) places.set(id, bodies);
    },
    async fetch(target, path) {
      const failures: Extract<BodyAnswer, { failure: unknown }>[] = [];
      for (const place of [...places.values()].flat()) {
        const key = place.keyOf(path, target);
        if (key === null) continue;
        const answer = await fetchFrom(place, key);
        if ("bytes" in answer) return answer;
        failures.push(answer);
      }
      const [best] = failures.toSorted((a, b) => hope.indexOf(a.failure) - hope.indexOf(b.failure));
      return best ?? { failure: "path", code: "BodyPathRefused" };
    },
  };
}
