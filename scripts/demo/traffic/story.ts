import { callOf, type Request } from "./calls.ts";
import type { Call } from "./exchange.ts";
import { hourMs } from "./layout.ts";
import { openRandom, type Random } from "./random.ts";

/** What a detection should find in a story, in the words of its findings. */
export interface Truth {
  readonly detection: string;
  /** Principal key, `<account>/<principal>`. */
  readonly subject: string;
  /** ISO 8601; the records that show it lie in `[from, to]`. */
  readonly from: string;
  readonly to: string;
  /** False: it may be found, and it would not be wrong. */
  readonly required: boolean;
}

/** Calls outside the daily round: an attack, or something harmless that looks like one. */
export interface Story {
  readonly id: string;
  readonly calls: readonly Call[];
  readonly truth: readonly Truth[];
}

export interface StoryDraft {
  readonly requests: readonly Request[];
  readonly hints: readonly { readonly detection: string; readonly subject: string; readonly required?: boolean }[];
}

/** Tells a story relative to the present, in milliseconds. */
export interface Plot {
  readonly id: string;
  tell(random: Random, now: number): StoryDraft;
}

export const hoursBefore = (now: number, hours: number): number => Math.floor((now - hours * hourMs) / 1000) * 1000;

export function storyOf(plot: Plot, seed: number, now: number): Story {
  const random = openRandom(seed, "story", plot.id);
  const { requests, hints } = plot.tell(random, now);
  const past = requests.filter((request) => request.time <= now);
  const times = past.map((request) => request.time);
  const from = new Date(Math.min(...times)).toISOString();
  const to = new Date(Math.max(...times)).toISOString();
  return {
    id: plot.id,
    calls: past.map((request) => callOf(random, request)),
    truth: past.length === 0 ? [] : hints.map(({ required = true, ...hint }) => ({ ...hint, from, to, required })),
  };
}
