import { AsyncLocalStorage } from "node:async_hooks";

/** One answer of AWS, to an attempt that failed too: by its id AWS finds the call again. */
export interface AwsAnswer {
  /** As the SDK names it: `ListObjectsV2`. */
  readonly operation: string;
  /** Where it was asked. */
  readonly region: string;
  readonly requestId: string | null;
  readonly httpStatus: number | null;
}

export interface Answered<T> {
  readonly settled: PromiseSettledResult<T>;
  /** In the order in which they came. */
  readonly answers: readonly AwsAnswer[];
}

const heard = new AsyncLocalStorage<AwsAnswer[]>();

/** Tells those who listen to the work that made this call. */
export function noteAnswer(answer: AwsAnswer): void {
  heard.getStore()?.push(answer);
}

/** Runs it, and tells which answers came to the calls that it made. Never rejects. */
export async function withAnswers<T>(work: () => Promise<T>): Promise<Answered<T>> {
  const answers: AwsAnswer[] = [];
  const [settled] = await Promise.allSettled([heard.run(answers, async () => work())]);
  return { settled, answers };
}

/** One call for all who ask: each of them hears its answers. */
export function shared<T>(work: () => Promise<T>): () => Promise<T> {
  const asked = withAnswers(work);
  return async () => {
    const { answers, settled } = await asked;
    for (const answer of answers) noteAnswer(answer);
    if (settled.status === "rejected") throw settled.reason;
    return settled.value;
  };
}
