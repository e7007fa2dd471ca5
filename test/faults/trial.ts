import { randomBytes } from "node:crypto";
import path from "node:path";
import { rmSync } from "node:fs";
import { expect, onTestFinished } from "vitest";
import type { Fault } from "../../scripts/demo/aws/faults.ts";
import { simulatedCredentials } from "../../scripts/demo/aws/keys.ts";
import type { PageSize } from "../../scripts/demo/aws/operation.ts";
import { type SimulatedAws, startSimulatedAws } from "../../scripts/demo/aws/simulated-aws.ts";
import { openAws } from "../../server/aws/aws.ts";
import type { IngestStatus, TargetCoverage } from "../../server/domain/coverage.ts";
import { discoverSources } from "../../server/ingest/discovery.ts";
import { modelLookup } from "../../server/ingest/model-lookup.ts";
import { ingest, type IngestOptions, type IngestRun } from "../../server/ingest.ts";
import { silentLog } from "../../server/lib/log.ts";
import { findSources } from "../../server/setup.ts";
import { ingestStatus } from "../../server/store/catalog/coverage.ts";
import type { Disk } from "../../server/store/disk.ts";
import { takeLease } from "../../server/store/lease.ts";
import { openStore } from "../../server/store/open-store.ts";
import { type Sql, sql } from "../../server/store/sql.ts";
import type { Store } from "../../server/store/store.ts";
import { verify } from "../../server/store/verify.ts";
import { account } from "../aws/small-world.ts";
import { tempFolder } from "../store/temp-store.ts";
import { inProcessEngine, inProcessReader } from "./in-process.ts";
import { type Delivery, homeRegion, nameOf, Stage } from "./stage.ts";
import { hour, minute, VirtualTime } from "./virtual-time.ts";

/*
 * One store beside one simulated AWS: a test delivers logs on the stage, plans faults, lets time pass and runs ingest with the real SDK.
 * The oracle is what was delivered: `exact` holds the whole store against it, and after every run "complete through" must be true.
 */

export const trialStart = Date.parse("2026-11-20T12:30:00Z");

export interface TrialOptions {
  /** By region; default: one log group in `homeRegion`. */
  readonly deliveries?: Readonly<Record<string, Delivery>>;
  readonly start?: number;
  readonly faults?: readonly Fault[];
  readonly seed?: number;
  readonly pageSize?: Partial<PageSize>;
  readonly disk?: Disk;
  /** How far back the first start reads. */
  readonly since?: string;
}

export interface RunOptions extends Partial<IngestOptions> {
  /** Asks AWS which models stand behind profiles. */
  readonly profiles?: boolean;
  /** Of the quota; default: so much that no call waits. */
  readonly quotaShare?: number;
  /** By how much the machine's clock goes wrong; AWS keeps the time of the trial. */
  readonly clockOffMs?: number;
  /** The region whose source alone is read, and alone is open. */
  readonly only?: string;
  /** Other sources than those that discovery finds. */
  readonly find?: (aws: ReturnType<typeof openAws>) => ReturnType<typeof discoverSources>;
}

/** Opens a trial that ends with its test; one of several at once says by its context which test that is. */
export async function openTrial(options: TrialOptions = {}, finished = onTestFinished): Promise<Trial> {
  const time = new VirtualTime(options.start ?? trialStart);
  const stage = new Stage(options.deliveries ?? { [homeRegion]: "cloudwatch" }, () => time.now);
  const faults = { seed: options.seed ?? 1, faults: options.faults ?? [] };
  const aws = await startSimulatedAws(stage.world, {
    clock: () => time.now,
    faults,
    pageSize: { keys: 7, events: 7, ...options.pageSize },
  });
  const trial = new Trial(time, stage, aws, options);
  finished(() => trial.end());
  return trial;
}

export class Trial {
  readonly root = tempFolder();
  #store: Store | null = null;
  #dataDir = path.join(this.root, "data");
  #clockOffMs = 0;
  /** The source has not shown all that the truth says it did: "complete through" cannot be held against it any more. */
  #hides = false;
  /** By how much the source may have shown things later than the truth says. */
  #lateMs = 0;
  #firstRunAt = Infinity;
  /** A false claim that a run ended with, which its caller may have taken for a failure of the run. */
  #untrue: unknown = null;
  readonly time: VirtualTime;
  readonly stage: Stage;
  readonly aws: SimulatedAws;
  readonly options: TrialOptions;

  constructor(time: VirtualTime, stage: Stage, aws: SimulatedAws, options: TrialOptions) {
    this.time = time;
    this.stage = stage;
    this.aws = aws;
    this.options = options;
  }

  /** The machine's clock. */
  readonly clock = (): number => this.time.now + this.#clockOffMs;

  plan(faults: readonly Fault[]): void {
    this.#hides ||= faults.some(({ do: deed }) => deed.kind === "hide");
    this.#lateMs = Math.max(this.#lateMs, ...faults.map(({ do: deed }) => (deed.kind === "late" ? deed.ms : 0)));
    this.aws.plan({ seed: this.options.seed ?? 1, faults });
  }

  async store(): Promise<Store> {
    const { disk } = this.options;
    this.#store ??= await openStore({
      dataDir: this.#dataDir,
      clock: this.clock,
      random: (bytes) => randomBytes(bytes),
      log: silentLog,
      engineOf: inProcessEngine,
      ...(disk === undefined ? {} : { disk }),
    });
    return this.#store;
  }

  /** As when the process ends: the next use opens the store anew. */
  async close(): Promise<void> {
    await this.#store?.close();
    this.#store = null;
  }

  /** Goes on with another store, which lies in this folder or is made there. */
  async moveTo(dataDir: string): Promise<void> {
    await this.close();
    this.#dataDir = dataDir;
  }

  /** Discovers, takes the lease and ingests with clients of its own, as a process would; once unless `once` is false. */
  async run({
    clockOffMs = 0,
    find,
    only,
    profiles = false,
    quotaShare = 1e6,
    ...options
  }: RunOptions = {}): Promise<IngestRun> {
    this.#clockOffMs = clockOffMs;
    this.#firstRunAt = Math.min(this.#firstRunAt, this.time.now);
    const store = await this.store();
    const signal = options.signal ?? new AbortController().signal;
    const { sleep } = this.time;
    const aws = this.openAws(quotaShare);
    const found = () =>
      findSources(store, aws, () => find?.(aws) ?? discoverSources(aws, { regions: [...this.#regions()], signal }));
    const { sources } = await found();
    const open = sources.filter(({ source }) => only === undefined || source.scope?.region === only);
    const lease = await takeLease(store, "trial");
    try {
      const defaults = { once: true, since: this.options.since ?? "3d", signal, workers: 1 };
      const moreSources = async () => (await found()).sources;
      return await ingest(
        {
          store,
          lease,
          sources: open,
          sleep,
          moreSources,
          startThread: inProcessReader,
          sourceTime: () => aws.toldTime(),
          ...(profiles ? { lookup: modelLookup(aws) } : {}),
        },
        { ...defaults, ...options },
      );
    } finally {
      await lease.release();
      this.#clockOffMs = 0;
      await this.expectTrueT().catch((error: unknown) => {
        this.#untrue ??= error;
        throw error;
      });
    }
  }

  /** Clients of their own, as a process would have them. */
  openAws(quotaShare = 1e6): ReturnType<typeof openAws> {
    return openAws({
      endpoint: this.aws.url,
      region: homeRegion,
      credentials: async () => simulatedCredentials(account),
      quotaShare,
      clock: this.clock,
      sleep: this.time.sleep,
      // As often as the SDK would try by itself, without its pauses: they are no virtual ones.
      patience: { attempts: 3, pauseMs: 0, longestPauseMs: 0, callMs: Infinity },
      log: silentLog,
    });
  }

  #regions(): Iterable<string> {
    return this.stage.world.accounts.flatMap(({ regions }) => [...regions.keys()]);
  }

  async status(): Promise<IngestStatus> {
    return ingestStatus(await this.store());
  }

  async target(region = homeRegion): Promise<TargetCoverage> {
    const found = (await this.status()).targets.find((target) => target.region === region);
    if (found === undefined) throw new Error(`the status knows no target in ${region}`);
    return found;
  }

  async rows(statement: Sql): Promise<readonly Record<string, unknown>[]> {
    return (await (await this.store()).batch.query(statement, { maxRows: 1_000_000 })).rows;
  }

  /** `account/region/requestId` of every stored call. */
  async storedNames(): Promise<readonly string[]> {
    const rows = await this.rows(
      sql`select account_id || '/' || region || '/' || request_id as name from invocations where dt >= '0000'`,
    );
    return rows.map((row) => String(row["name"])).toSorted();
  }

  /**
   * The store is what the sources have shown by now: the same identities and sums in rows and rollups, the law holds everywhere.
   * Deliveries that are no part of the truth must stand in quarantine or be ignored; `quarantined` says how many do.
   */
  async expectExact({ quarantined = 0 }: { readonly quarantined?: number } = {}): Promise<void> {
    if (this.#untrue !== null) throw this.#untrue;
    const truth = this.stage.truth(this.time.now);
    expect(await this.storedNames()).toEqual(truth.map(nameOf).toSorted());
    const tokens = truth.reduce((sum, call) => sum + call.inputTokens, 0);
    const sums = [truth.length, tokens].map(String);
    for (const statement of [
      sql`select count(*) as calls, coalesce(sum(input_tokens), 0) as tokens from invocations where dt >= '0000'`,
      sql`select coalesce(sum(invocations), 0) as calls, coalesce(sum(input_tokens), 0) as tokens from rollups where dt >= '0000'`,
    ]) {
      const [row] = await this.rows(statement);
      expect([row?.["calls"], row?.["tokens"]].map(String)).toEqual(sums);
    }
    const { counts, findings } = await this.status();
    expect([counts.stored, counts.quarantined]).toEqual([truth.length, quarantined]);
    // The daily count of identities has raised no false alarm.
    expect(findings.filter(({ key }) => key?.startsWith("What is stored is not"))).toEqual([]);
    expect((await verify(await this.store(), { hashes: false })).faults).toEqual([]);
    await this.expectTrueT();
  }

  /**
   * "Complete through T": each call before T that its source showed in time, and by the time of the scan, is accounted for; so is all
   * that was there at the first run. What comes later than the delay that T allows for is late, and no part of the claim; of what has
   * settled it is, when it came within the time that settling takes. Where the source may show things late, the worst is supposed.
   */
  async expectTrueT(): Promise<void> {
    const { counts, targets } = await this.status();
    const claims = targets.filter(({ readThrough }) => readThrough !== null);
    if (claims.length === 0 || counts.quarantined > 0 || this.#hides) return;
    const stored = new Set(await this.storedNames());
    for (const { accountId, asOf, readThrough, region, settledThrough } of claims) {
      const [through, scanned] = [Date.parse(readThrough ?? ""), Date.parse(asOf ?? "")];
      expect(scanned).toBeLessThanOrEqual(this.time.now);
      expect(settledThrough === null || Date.parse(settledThrough) <= through).toBe(true);
      const settled = settledThrough === null ? -Infinity : Date.parse(settledThrough);
      const promised = this.stage
        .truth(scanned - this.#lateMs)
        .filter((call) => call.accountId === accountId && call.region === region)
        .filter(({ shownAt, time }) => {
          const shown = shownAt + this.#lateMs;
          const isKnown = time < through && (shown - time <= inTimeMs || shown <= this.#firstRunAt);
          return isKnown || (time < settled && shown - time <= settlingMs);
        });
      expect(promised.map(nameOf).filter((name) => !stored.has(name))).toEqual([]);
    }
  }

  async end(): Promise<void> {
    await this.close();
    await this.aws.close();
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** How long after its call a record may be shown that no look misses. */
const inTimeMs = 2 * minute;
/** An hour has settled by two passes, of which the second comes so long after its end at least. */
const settlingMs = 12 * hour;
