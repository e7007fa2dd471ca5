export interface TurnLimits {
  /** At work at the same time. */
  readonly atWork: number;
  /** Of these, of one party: where it is less, none can shut out the others by itself. */
  readonly atWorkOfOne: number;
  readonly waiting: number;
  /** At work and waiting, of one party. */
  readonly ofOne: number;
  /** Who would wait for others longer than this, as far as can be told, is refused at once. */
  readonly waitMs: number;
  /** Who was let in waits no longer than this, whatever it was thought to take. */
  readonly lateMs: number;
}

/** Why nothing was done. `greedy`: the party itself has too much under way. */
export class NoTurn extends Error {
  override readonly name = "NoTurn";
  readonly reason: "full" | "late" | "greedy";
  /** About how long what is under way will take. */
  readonly waitMs: number;

  constructor(reason: NoTurn["reason"], waitMs: number) {
    super(`no turn: ${reason}`);
    this.reason = reason;
    this.waitMs = waitMs;
  }
}

interface Waiting {
  readonly party: string;
  readonly enter: () => void;
}

/** The newest time a turn took counts for so much of what the next is expected to take. */
const newestShare = 0.2;

/**
 * So much work at a time, so much waiting: who comes beyond that is refused at once, before any work. Of those who wait, the party goes first
 * that has the least at work, then who came first.
 */
export class FairTurns {
  readonly #limits: TurnLimits;
  readonly #now: () => number;
  readonly #atWork = new Map<string, number>();
  #waiting: readonly Waiting[] = [];
  #taken = 0;
  #turnMs = 0;

  /** @param now a clock that is never set back, in ms */
  constructor(limits: TurnLimits, now: () => number) {
    this.#limits = limits;
    this.#now = now;
  }

  /** @throws {NoTurn} where there is no place for it. Rejects with the signal's reason while it waits. */
  async run<T>(party: string, work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    await this.#take(party, signal);
    const begun = this.#now();
    try {
      return await work();
    } finally {
      this.#note(this.#now() - begun);
      this.#release(party);
    }
  }

  async #take(party: string, signal: AbortSignal): Promise<void> {
    const { atWork, atWorkOfOne, ofOne, waiting, waitMs } = this.#limits;
    const own = this.#of(party);
    const ownWaiting = this.#waiting.filter((one) => one.party === party).length;
    if (own + ownWaiting >= ofOne) throw new NoTurn("greedy", ((own + ownWaiting) * this.#turnMs) / atWorkOfOne);
    if (this.#taken < atWork && this.#mayWork(party)) return this.#enter(party);
    const isFull = this.#waiting.length >= waiting || this.#msOf(this.#before(party)) > waitMs;
    if (isFull) throw new NoTurn("full", this.#msOf(this.#waiting.length + this.#taken));
    await this.#wait(party, signal);
  }

  /** Of other parties: waiting, and let in as soon as there is room. What one waits for of its own is no reason to refuse it. */
  #before(party: string): number {
    return this.#waiting.filter((one) => one.party !== party && this.#mayWork(one.party)).length;
  }

  #mayWork(party: string): boolean {
    return this.#of(party) < this.#limits.atWorkOfOne;
  }

  #of(party: string): number {
    return this.#atWork.get(party) ?? 0;
  }

  #enter(party: string): void {
    this.#taken += 1;
    this.#atWork.set(party, this.#of(party) + 1);
  }

  #release(party: string): void {
    this.#taken -= 1;
    const left = this.#of(party) - 1;
    if (left > 0) this.#atWork.set(party, left);
    else this.#atWork.delete(party);
    this.#next()?.enter();
  }

  #next(): Waiting | undefined {
    const may = this.#waiting.filter(({ party }) => this.#mayWork(party));
    const least = Math.min(...may.map(({ party }) => this.#of(party)));
    return may.find(({ party }) => this.#of(party) === least);
  }

  #wait(party: string, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", onAbort);
        this.#waiting = this.#waiting.filter((other) => other !== one);
      };
      const leave = (error: unknown) => {
        done();
        reject(error as Error);
      };
      const onAbort = () => leave(signal.reason);
      const timer = setTimeout(() => leave(new NoTurn("late", this.#msOf(this.#taken))), this.#limits.lateMs);
      const one: Waiting = {
        party,
        enter: () => {
          done();
          this.#enter(party);
          resolve();
        },
      };
      signal.addEventListener("abort", onAbort, { once: true });
      this.#waiting = [...this.#waiting, one];
    });
  }

  #note(ms: number): void {
    this.#turnMs = this.#turnMs === 0 ? ms : (1 - newestShare) * this.#turnMs + newestShare * ms;
  }

  /** How long so many turns take, about; 0 while nothing is known. */
  #msOf(turns: number): number {
    return (turns * this.#turnMs) / this.#limits.atWork;
  }
}
