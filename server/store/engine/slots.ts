import { EngineError } from "./engine-error.ts";

export interface SlotLimits {
  readonly slots: number;
  readonly waiting: number;
  readonly waitMs: number;
}

/** So many at a time, so many waiting, none for longer than `waitMs`: beyond that the engine is busy. */
export class Slots {
  readonly #limits: SlotLimits;
  #taken = 0;
  readonly #queue: (() => void)[] = [];

  constructor(limits: SlotLimits) {
    this.#limits = limits;
  }

  /** Waits for a slot; the caller must `release` it. */
  async take(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#taken < this.#limits.slots) {
      this.#taken += 1;
      return;
    }
    if (this.#queue.length >= this.#limits.waiting) throw new EngineError("ENGINE_BUSY");
    await this.#wait(signal);
  }

  release(): void {
    const next = this.#queue.shift();
    if (next === undefined) this.#taken -= 1;
    else next();
  }

  #wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = (error: unknown) => {
        this.#queue.splice(this.#queue.indexOf(enter), 1);
        done();
        reject(error);
      };
      const onAbort = () => leave(signal.reason);
      const timer = setTimeout(() => leave(new EngineError("ENGINE_BUSY")), this.#limits.waitMs);
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", onAbort);
      };
      const enter = () => {
        done();
        resolve();
      };
      signal.addEventListener("abort", onAbort, { once: true });
      this.#queue.push(enter);
    });
  }
}
