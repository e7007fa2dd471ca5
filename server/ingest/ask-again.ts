import { canRecover, type RecoverDeps } from "./recover.ts";
import { errorCode } from "../lib/errors.ts";
import { findLost, isElsewhere } from "../store/find-lost.ts";

const firstAgainMs = 60_000;
const lastAgainMs = 3_600_000;
const lookAgainMs = 3_600_000;

/** Looks, while a run goes on, whether rows are lost that can be read again: nothing may be read while they are. */
export interface AskAgain {
  /** Asks when it is time to, ever less often. True: reading is to end and to begin anew. */
  due(deps: RecoverDeps, signal: AbortSignal): Promise<boolean>;
}

/** One for all rounds of a run: what has just been tried in vain is not tried again at once. */
export function openAskAgain(startedAt: number): AskAgain {
  let [askAt, waitMs] = [startedAt + firstAgainMs, firstAgainMs];
  let lookAt = startedAt + lookAgainMs;

  async function isLost({ store }: RecoverDeps): Promise<boolean> {
    if (store.clock() < lookAt) return false;
    lookAt = store.clock() + lookAgainMs;
    const found = await findLost(store);
    return found.lost.length > 0 && !isElsewhere(store, found);
  }

  async function canAsk(deps: RecoverDeps, signal: AbortSignal): Promise<boolean> {
    const { clock } = deps.store;
    if (clock() < askAt) return false;
    waitMs = Math.min(waitMs * 2, lastAgainMs);
    askAt = clock() + waitMs;
    return canRecover(deps, signal);
  }

  return {
    async due(deps, signal) {
      try {
        return (await canAsk(deps, signal)) || (await isLost(deps));
      } catch (error) {
        if (!signal.aborted) deps.store.log.warn({ event: "lost-rows-unasked", code: errorCode(error) });
        return false;
      }
    },
  };
}
