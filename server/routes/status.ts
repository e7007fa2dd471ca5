import { latestCheck } from "../controls/check-runs.ts";
import { api } from "../domain/api.ts";
import type { Status } from "../domain/status.ts";
import type { CheckReport, Verdict } from "../domain/compliance.ts";
import type { PriceLookup } from "../domain/price.ts";
import { lastRun, openFindings } from "../findings/query.ts";
import { errorCode } from "../lib/errors.ts";
import { isoTime } from "../lib/time.ts";
import { answerMetric } from "../metrics/answer.ts";
import { counts, openQuarantine } from "../store/catalog/ledger-report.ts";
import type { Moment } from "../store/moments.ts";
import type { Store } from "../store/store.ts";
import { wholeCoverage } from "./hour-coverage.ts";
import { metricDeps } from "./metrics.ts";
import { handle, type Route } from "./route.ts";

interface Deps {
  readonly store: Store;
  readonly prices: PriceLookup;
  readonly moment: () => Promise<Moment>;
  readonly demo: boolean;
  readonly version: string;
  readonly timeZone: string;
  /** What the ingest of this server is doing; null when it does not run here. */
  readonly ingestProgress: () => Status["ingest"];
  /** Why this server writes nothing now; null: it does. */
  readonly notWriting: () => string | null;
}

export function statusRoutes(deps: Deps): readonly Route[] {
  const [pricedShare, coverage] = [rememberedShare(deps), rememberedCoverage(deps)];
  return [handle(api.status, async () => readStatus(deps, { pricedShare: pricedShare(), coverage: coverage() }))];
}

interface Remembered {
  readonly pricedShare: number | null;
  readonly coverage: Status["coverage"];
}

async function readStatus(deps: Deps, { coverage, pricedShare }: Remembered): Promise<Status> {
  const { catalog, clock } = deps.store;
  const [
    { coverage: targets, snapshot: shown },
    range,
    store,
    check,
    ledger,
    quarantineOpen,
    findingsOpen,
    detections,
  ] = await Promise.all([
    deps.moment(),
    dataRange(deps.store),
    deps.store.state(),
    latestCheck(catalog),
    counts(catalog),
    openQuarantine(catalog),
    openFindings(catalog, clock()),
    lastRun(catalog),
  ]);
  const notWriting = deps.notWriting();
  return {
    demo: deps.demo,
    version: deps.version,
    serverTime: isoTime(clock()),
    timeZone: deps.timeZone,
    snapshot: shown.snapshot,
    asOf: shown.asOf,
    dataRange: range,
    // What is being filled again is told first: its numbers are short.
    store: store === "ok" && notWriting !== null ? "read-only" : store,
    notWriting,
    targets: [...targets],
    logging: check === null ? null : loggingOf(check),
    prices: { date: deps.prices.date, pricedShare },
    coverage,
    counts: ledger,
    quarantineOpen,
    findingsOpen,
    detections,
    ingest: deps.ingestProgress(),
  };
}

/** A region that is proven to be unused needs no logging: it does not count. */
function loggingOf({ results, run }: CheckReport): NonNullable<Status["logging"]> {
  const verdicts = results
    .filter(({ control, code }) => control === "invocation-logging-enabled" && code !== "off-unused")
    .map(({ verdict }) => verdict);
  const having = (wanted: Verdict) => verdicts.filter((verdict) => verdict === wanted).length;
  return { on: having("PASS"), off: having("FAIL"), unknown: having("UNKNOWN"), checkedAt: run.finishedAt };
}

async function dataRange({ catalog }: Store): Promise<Status["dataRange"]> {
  const row = await catalog
    .selectFrom("segments")
    .select(({ fn }) => [fn.min("min_ts").as("from"), fn.max("max_ts").as("to")])
    .where("tbl", "=", "invocations")
    .where("replaced_snapshot", "is", null)
    .executeTakeFirst();
  if (row === undefined || row.from === null || row.to === null) return null;
  return { from: isoTime(Number(row.from)), to: isoTime(Number(row.to)) };
}

/** The share of tokens of the last 30 days that have a price. It is asked anew when there is a new snapshot. */
function rememberedShare(deps: Deps): () => number | null {
  return remembered<number | null>(deps.store, "priced-share-unknown", {
    now: async () => `${(await deps.moment()).snapshot.snapshot}`,
    async ask() {
      const query = api.metrics.input.parse({ measures: ["pricedShare"], range: { from: "now-30d", to: "now" } });
      const { totals } = await answerMetric(await metricDeps(deps), query, AbortSignal.timeout(10_000));
      return totals.values.pricedShare ?? null;
    },
  });
}

const restMs = 60_000;
const hourMs = 3_600_000;

/** The coverage of all targets. It is asked anew when there is a new snapshot or check, or an hour more to be covered, once a minute at most. */
function rememberedCoverage({ moment, store }: Deps): () => Status["coverage"] {
  let asked = -Infinity;
  let key = "";
  return remembered<Status["coverage"]>(store, "coverage-unknown", {
    async now() {
      if (store.clock() < asked + restMs) return key;
      const [{ snapshot }, newest] = await Promise.all([moment(), newestRun(store)]);
      return `${snapshot.snapshot} ${newest} ${Math.floor(store.clock() / hourMs)}`;
    },
    async ask(newKey) {
      [asked, key] = [store.clock(), newKey];
      return wholeCoverage(store);
    },
  });
}

async function newestRun({ catalog }: Store): Promise<string> {
  const row = await catalog.selectFrom("check_runs").select("id").orderBy("at", "desc").limit(1).executeTakeFirst();
  return row?.id ?? "";
}

interface Remembering<T> {
  /** What the answer depends on. */
  readonly now: () => Promise<string>;
  readonly ask: (key: string) => Promise<T>;
}

/** The last answer; null before the first. `event`: what the log calls one that failed. It is never waited for: the status must not queue behind queries. */
function remembered<T>({ log }: Store, event: string, { ask, now }: Remembering<T>): () => T | null {
  let known: { readonly key: string; readonly answer: T } | null = null;
  let asking = false;
  const renew = async (): Promise<void> => {
    const key = await now();
    if (known?.key !== key) known = { key, answer: await ask(key) };
  };
  return () => {
    if (!asking) {
      asking = true;
      renew()
        .catch((error: unknown) => log.warn({ event, code: errorCode(error) }))
        .finally(() => (asking = false));
    }
    return known?.answer ?? null;
  };
}
