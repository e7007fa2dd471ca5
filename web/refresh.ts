import { useSyncExternalStore } from "react";

let everyMs = 0;
const listeners = new Set<() => void>();

/** How often the page follows the store, in milliseconds; 0: only when asked. It holds until the product is left. */
export function useRefreshEvery(): number {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => everyMs,
  );
}

export function setRefreshEvery(ms: number): void {
  everyMs = ms;
  for (const listener of listeners) listener();
}
