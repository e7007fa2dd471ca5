import { realSleep } from "../../server/lib/concurrency.ts";
import type { Sleep } from "../../server/lib/clock.ts";

export const [second, minute, hour, day] = [1_000, 60_000, 3_600_000, 86_400_000];

/** How much faster than ours a sleep goes by while time stands. */
const standingSpeed = 500;
/** Nor is it shorter than this, in ms: what looks again each second would look again and again. */
const shortestSleep = 25;

/** Time that stands until it is moved, or runs so many times as fast as ours. */
export class VirtualTime {
  #at: number;
  #speed = 0;
  #since = performance.now();

  constructor(at: number) {
    this.#at = at;
  }

  get now(): number {
    return Math.floor(this.#at + (performance.now() - this.#since) * this.#speed);
  }

  pass(ms: number): void {
    this.set(this.now + ms);
  }

  set(at: number): void {
    this.#at = at;
    this.#since = performance.now();
  }

  /** 0: it stands. */
  run(speed: number): void {
    this.set(this.now);
    this.#speed = speed;
  }

  readonly sleep: Sleep = (ms, signal) =>
    realSleep(this.#speed === 0 ? Math.max(shortestSleep, ms / standingSpeed) : ms / this.#speed, signal);
}
