/** Milliseconds since the epoch. Passed in, so that a test decides what time it is. */
export type Clock = () => number;

/** Ends after so many milliseconds, or early, without an error, when the signal is aborted. Passed in beside the clock. */
export type Sleep = (ms: number, signal?: AbortSignal) => Promise<void>;
