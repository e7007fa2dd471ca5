/** Work that several callers wait for; it is given up when the last of them has left. */
interface Flight<T> {
  readonly result: Promise<T>;
  readonly abort: AbortController;
  waiting: number;
}

/** Equal work in flight at the same time is done once. */
export class SharedWork<T> {
  readonly #flights = new Map<string, Flight<T>>();

  /** `work`, or the same work of another caller under this key. Rejects with the signal's reason when the caller leaves. */
  run(key: string, work: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    const flight = this.#flights.get(key) ?? this.#begin(key, work);
    flight.waiting += 1;
    if (signal === undefined) return flight.result;
    return new Promise<T>((resolve, reject) => {
      const leave = () => {
        flight.waiting -= 1;
        if (flight.waiting === 0) this.#giveUp(key, flight);
        reject(signal.reason as Error);
      };
      signal.addEventListener("abort", leave, { once: true });
      flight.result.then(resolve, reject).finally(() => signal.removeEventListener("abort", leave));
    });
  }

  #begin(key: string, work: (signal: AbortSignal) => Promise<T>): Flight<T> {
    const abort = new AbortController();
    const flight: Flight<T> = { result: work(abort.signal), abort, waiting: 0 };
    this.#flights.set(key, flight);
    const forget = () => {
      if (this.#flights.get(key) === flight) this.#flights.delete(key);
    };
    flight.result.then(forget, forget);
    return flight;
  }

  #giveUp(key: string, flight: Flight<T>): void {
    this.#flights.delete(key);
    flight.abort.abort();
  }
}
