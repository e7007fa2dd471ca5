import { text } from "node:stream/consumers";
import { paceOf } from "../../server/aws/budget.ts";
import { controls } from "../../server/controls/list.ts";
import { type Arrival, startBenchAws } from "./check-aws.ts";
import { accountIds } from "./check-world.ts";
import { startProgram } from "./program.ts";

interface Ran {
  readonly seconds: number;
  /** Of all threads of the process; what it takes is this at least, however idle the machine. */
  readonly cpuSeconds: number;
  readonly rssMegabytes: number;
  readonly targets: { readonly evaluated: number; readonly unknown: number };
}

interface Round extends Ran {
  readonly requests: number;
  /** The most that was asked of one budget, as a share of it. */
  readonly budgetUse: number;
  readonly fullest: string;
  /** Seconds from the first call to the last one of each account. */
  readonly accounts: ReadonlyMap<string, number>;
}

const slow = accountIds.at(-1) ?? "";

/** 10 accounts × 17 regions at 100 ms a call: seconds with and without history, memory, budgets, and what one throttled account costs. */
export async function benchCheck(rounds: number): Promise<Readonly<Record<string, string | number>>> {
  const without = await repeated(rounds, "without", null);
  const throttled = await repeated(rounds, "without", slow);
  const hasHistory = controls.some(({ id }) => id === "logging-unbroken");
  const history = hasHistory ? await repeated(rounds, "with", null) : [];
  const all = [...without, ...history];
  const busiest = all.toSorted((a, b) => b.budgetUse - a.budgetUse)[0];
  const evenly = spans(without);
  const unevenly = spans(throttled);
  return {
    targets: without[0]?.targets.evaluated ?? 0,
    unknownTargets: Math.max(...all.map(({ targets }) => targets.unknown)),
    secondsWithoutHistory: median(without.map(({ seconds }) => seconds)),
    secondsWithHistory: hasHistory ? median(history.map(({ seconds }) => seconds)) : "no control reads history",
    cpuSeconds: median(without.map(({ cpuSeconds }) => cpuSeconds)),
    peakRssMegabytes: Math.max(...all.map(({ rssMegabytes }) => rssMegabytes)),
    requests: median(without.map(({ requests }) => requests)),
    requestsWithHistory: hasHistory ? median(history.map(({ requests }) => requests)) : "–",
    fullestBudgetPercent: Math.round((busiest?.budgetUse ?? Number.NaN) * 100),
    fullestBudget: busiest?.fullest ?? "",
    throttledAccountRatio: ratio(unevenly.slow, evenly.slow),
    otherAccountsRatio: ratio(unevenly.others, evenly.others),
  };
}

function spans(rounds: readonly Round[]): { readonly slow: number; readonly others: number } {
  const of = (isSlow: boolean) =>
    rounds.map(({ accounts }) =>
      Math.max(...[...accounts].flatMap(([id, s]) => ((id === slow) === isSlow ? [s] : []))),
    );
  return { slow: median(of(true)), others: median(of(false)) };
}

const ratio = (a: number, b: number): number => Number((a / b).toFixed(2));

function median(values: readonly number[]): number {
  return Number((values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN).toFixed(2));
}

async function repeated(rounds: number, history: "with" | "without", throttled: string | null): Promise<Round[]> {
  const done: Round[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const aws = await startBenchAws(throttled);
    try {
      const ran = await runOnce(aws.url, history);
      done.push({ ...ran, ...measured(await aws.arrivals()) });
    } finally {
      await aws.close();
    }
  }
  return done;
}

async function runOnce(url: string, history: string): Promise<Ran> {
  const child = await startProgram("check-run", [url, history], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" },
  });
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const out = child.stdout === null ? "" : await text(child.stdout);
  if ((await ended) !== 0) throw new Error("the check ended badly");
  return JSON.parse(out) as Ran;
}

/** CloudWatch signs under another name than its client's. */
const clientNames: Readonly<Record<string, string>> = { monitoring: "cloudwatch" };

function measured(arrivals: readonly Arrival[]): Pick<Round, "requests" | "budgetUse" | "fullest" | "accounts"> {
  const keyOf = ({ account, region, service }: Arrival) => `${account} ${region} ${service}`;
  const uses = [...grouped(arrivals, keyOf)].map(([key, calls]) => {
    const service = calls[0]?.service ?? "";
    return {
      key,
      use: useOf(
        calls.map(({ at }) => at),
        paceOf(clientNames[service] ?? service),
      ),
    };
  });
  const [fullest] = uses.toSorted((a, b) => b.use - a.use);
  const first = Math.min(...arrivals.map(({ at }) => at));
  const byAccount = [...grouped(arrivals, ({ account }) => account)];
  const lasts = byAccount.map(([id, calls]) => [id, (Math.max(...calls.map(({ at }) => at)) - first) / 1_000] as const);
  return {
    requests: arrivals.length,
    budgetUse: fullest?.use ?? 0,
    fullest: fullest?.key ?? "",
    accounts: new Map(lasts),
  };
}

function grouped(arrivals: readonly Arrival[], keyOf: (one: Arrival) => string): Map<string, Arrival[]> {
  const groups = new Map<string, Arrival[]>();
  for (const one of arrivals) groups.set(keyOf(one), [...(groups.get(keyOf(one)) ?? []), one]);
  return groups;
}

/** Of any stretch of time: the calls in it, over what the budget allows in it. */
function useOf(times: readonly number[], { burst, perSecond }: { readonly perSecond: number; readonly burst: number }) {
  const uses = times.flatMap((from, first) =>
    times.slice(first).map((to, more) => (more + 1) / (burst + (perSecond * (to - from)) / 1_000)),
  );
  return Math.max(...uses);
}
