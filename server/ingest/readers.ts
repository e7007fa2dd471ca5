import type { Worker } from "node:worker_threads";
import { startWorker } from "../lib/worker.ts";
import type { Claims } from "./claims.ts";
import {
  type AmendCall,
  type BodyAnswer,
  verdicts,
  type Claim,
  type Copy,
  type FromWorker,
  type StagedAmendment,
  type StagedGroup,
  type ToWorker,
  type UnitDamage,
  type UnitJob,
  type WorkerSetup,
} from "./protocol.ts";
import type { Target } from "../domain/target.ts";
import type { ResolvedModel } from "../normalize/endpoint.ts";
import type { OpenedUnit } from "../sources/source.ts";

/** A unit of a group, and how its bytes are had. */
export interface GroupUnit {
  readonly job: UnitJob;
  /** Listed size, in bytes. */
  readonly size: number;
  readonly open: (signal: AbortSignal) => Promise<OpenedUnit>;
}

export interface ReadGroup {
  readonly id: number;
  readonly units: readonly GroupUnit[];
}

/** Everything that became of a group. */
export interface GroupReading {
  readonly staged: StagedGroup;
  /** Units that the source did not give. */
  readonly failed: ReadonlyMap<number, unknown>;
}

/** Nothing of the group can be used; `unitId` is the unit that is to blame, if it is known. */
export class GroupSpoiled extends Error {
  override readonly name = "GroupSpoiled";
  readonly unitId: number | null;
  readonly damage: UnitDamage | null;
  readonly code: string;
  /** The thread died after it had started: what it was reading is to blame. */
  readonly died: boolean;

  constructor(told: {
    readonly unitId: number | null;
    readonly damage: UnitDamage | null;
    readonly code: string;
    died: boolean;
  }) {
    super(`group spoiled: ${told.code}`);
    this.unitId = told.unitId;
    this.damage = told.damage;
    this.code = told.code;
    this.died = told.died;
  }
}

/** A thread that runs `worker.ts`, or what stands for one. */
export type ReaderThread = Pick<Worker, "postMessage" | "on" | "terminate">;

export interface ReadersDeps {
  /** Default: a thread of its own. */
  readonly startThread?: (setup: WorkerSetup) => ReaderThread;
  readonly setup: WorkerSetup;
  readonly claims: Claims;
  /** Characters of stored copies that are held for one claim: those beyond are compared when the stored record is read again. Default: 16 Mi. */
  readonly inHand?: number;
  /** The stored record of a claim's identity, for a comparison of values; null if it is not the same call. */
  readonly storedCopy: (claim: Claim, record: number) => Promise<Copy | null>;
  readonly onProgress: (records: number, bytes: number) => void;
  /** What lies under the path of a body. Never rejects. */
  readonly fetchBody: (target: Target, path: string) => Promise<BodyAnswer>;
}

export interface Readers {
  /** Reads a group in the thread that has the least to do. At the signal the rest of it stays unread; what comes back is of no use then. */
  read(group: ReadGroup, signal: AbortSignal): Promise<GroupReading>;
  /** Reads stored calls again; nothing of a group is kept until it is committed. Throws `GroupSpoiled`. */
  amend(group: number, calls: readonly AmendCall[]): Promise<StagedAmendment>;
  /** Groups that can be taken on without waiting. */
  free(): number;
  /** Tells all threads of models that have become known; one that starts later has them from the setup. */
  learn(models: ReadonlyMap<string, ResolvedModel>): void;
  close(): Promise<void>;
}

/** One is written to its end while the next one is read. */
const groupsPerThread = 2;
const inFlightBytes = 8 * 2 ** 20;
const prefetchedUnits = 8;
const prefetchedBytes = 2 ** 20;
const oldSpaceMb = 512;
/** Most of what is read dies young. A larger nursery makes collecting it no quicker, and all of it stays resident. */
const youngSpaceMb = 48;

export function openReaders(threads: number, deps: ReadersDeps): Readers {
  const all = Array.from({ length: threads }, () => openThread(deps));
  return {
    free: () => all.reduce((sum, thread) => sum + groupsPerThread - thread.groups(), 0),
    learn(models) {
      for (const thread of all) thread.learn(models);
    },
    read: (group, signal) => leastBusy(all).read(group, signal),
    amend: (group, calls) => leastBusy(all).amend(group, calls),
    async close() {
      await Promise.all(all.map((thread) => thread.close()));
    },
  };
}

function leastBusy(all: readonly ReturnType<typeof openThread>[]) {
  const [least] = all.toSorted((a, b) => a.groups() - b.groups());
  if (least === undefined) throw new Error("no reader threads");
  return least;
}

const identitiesUnread = { unitId: null, damage: null, code: "IDENTITIES_UNREADABLE", died: false } as const;

interface Waiting<T> {
  readonly resolve: (staged: T) => void;
  readonly reject: (error: GroupSpoiled) => void;
}

function startReader(setup: WorkerSetup): ReaderThread {
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  return startWorker(new URL(`./worker.${extension}`, import.meta.url), {
    workerData: setup,
    resourceLimits: { maxOldGenerationSizeMb: oldSpaceMb, maxYoungGenerationSizeMb: youngSpaceMb },
    env: { TZ: "UTC" },
  });
}

/** A worker thread that is started again when it has died. */
function openThread({
  claims,
  inHand = 2 ** 24,
  fetchBody,
  onProgress,
  setup,
  startThread = startReader,
  storedCopy,
}: ReadersDeps) {
  const groups = new Map<number, Waiting<StagedGroup>>();
  const amendments = new Map<number, Waiting<StagedAmendment>>();
  /** Nobody can say which of their records are fresh: they fail when the thread has come to their end. */
  const unjudged = new Set<number>();
  let worker: ReaderThread | null = null;
  let unread = 0;
  let wake: () => void = () => undefined;
  let feeding: Promise<unknown> = Promise.resolve();
  let closing = false;

  function start(): ReaderThread {
    const started = startThread(setup);
    let code = "WORKER_EXIT";
    let ready = false;
    started.on("message", (message: FromWorker) => {
      if (message.type === "ready") ready = true;
      else take(message);
    });
    started.on("error", (error: Error & { code?: unknown }) => {
      code = typeof error.code === "string" ? error.code : error.name;
    });
    started.on("exit", () => {
      worker = null;
      unread = 0;
      wake();
      if (closing) return;
      for (const { reject } of [...groups.values(), ...amendments.values()])
        reject(new GroupSpoiled({ unitId: null, damage: null, code, died: ready }));
    });
    return started;
  }

  function send(message: ToWorker): void {
    worker ??= start();
    worker.postMessage(message);
  }

  function take(message: Exclude<FromWorker, { type: "ready" }>): void {
    if (message.type === "consumed") {
      unread -= message.bytes;
      wake();
    } else if (message.type === "progress") onProgress(message.records, message.bytes);
    else if (message.type === "claim") void judge(message.claim);
    else if (message.type === "fetch") void giveBody(message);
    else if (message.type !== "amended" && unjudged.delete(message.group))
      groups.get(message.group)?.reject(new GroupSpoiled(identitiesUnread));
    else if (message.type === "staged") groups.get(message.group)?.resolve(message.result);
    else if (message.type === "amended") amendments.get(message.group)?.resolve(message.result);
    else
      (groups.get(message.group) ?? amendments.get(message.group))?.reject(
        new GroupSpoiled({ ...message, died: false }),
      );
  }

  async function giveBody({ path, target, ticket }: Extract<FromWorker, { type: "fetch" }>): Promise<void> {
    const asked = worker;
    answer(asked, { type: "fetched", ticket, answer: await fetchBody(target, path) });
  }

  /** A thread that has started since knows nothing of the question, and none is started for an answer. */
  function answer(asked: ReaderThread | null, message: ToWorker): void {
    if (worker !== null && worker === asked) send(message);
  }

  async function judge(claim: Claim): Promise<void> {
    const asked = worker;
    try {
      const judged = await claims.judge(claim);
      const copies = new Map<number, Copy>();
      // Of one call there can be many copies; the store is asked for it once.
      const stored = new Map<string, Copy | null>();
      let held = 0;
      for (const [record, verdict] of judged.entries()) {
        if (verdict !== verdicts.differs) continue;
        const name = `${claim.dayOf[record]} ${claim.ids[record]}`;
        if (!stored.has(name) && held > inHand) continue;
        const copy = stored.has(name) ? (stored.get(name) ?? null) : await storedCopy(claim, record);
        if (!stored.has(name)) held += (copy?.inputBody?.length ?? 0) + (copy?.outputBody?.length ?? 0);
        stored.set(name, copy);
        if (copy === null) judged[record] = verdicts.fresh;
        else copies.set(record, copy);
      }
      answer(asked, { type: "verdicts", group: claim.group, verdicts: judged, copies });
    } catch {
      unjudged.add(claim.group);
      // It waits for an answer, and what it writes now is thrown away.
      const none = new Uint8Array(claim.dayOf.length);
      answer(asked, { type: "verdicts", group: claim.group, verdicts: none, copies: new Map() });
    }
  }

  /** Gives the group's units to the thread, one after the other, while the next ones are fetched already. */
  async function feed({ id, units }: ReadGroup, signal: AbortSignal): Promise<Map<number, unknown>> {
    const failed = new Map<number, unknown>();
    const fetched = new Map<number, Promise<Fetched>>();
    for (const [index, { job }] of units.entries()) {
      // What is read of the group is given back: the rest of it would only delay the end.
      if (signal.aborted) break;
      // The thread has died, and a new one knows nothing of this group.
      if (!groups.has(id)) return failed;
      for (const [ahead, unit] of units.slice(index, index + prefetchedUnits).entries()) {
        if (!fetched.has(index + ahead)) fetched.set(index + ahead, fetch(unit, signal));
      }
      const unit = await fetched.get(index);
      fetched.delete(index);
      if (unit === undefined || !groups.has(id)) return failed;
      send({ type: "unit", group: id, job });
      const error = await pass(id, unit);
      if (error !== null) failed.set(job.unitId, error);
      if (groups.has(id)) send({ type: "unit-end", whole: error === null });
    }
    if (groups.has(id)) send({ type: "group-end", group: id });
    return failed;
  }

  /** The error of the source, or null. */
  async function pass(group: number, unit: Fetched): Promise<unknown> {
    if ("error" in unit) return unit.error;
    try {
      for await (const chunk of unit.chunks) {
        while (unread >= inFlightBytes && worker !== null) await new Promise<void>((resolve) => (wake = resolve));
        if (!groups.has(group)) return null;
        unread += chunk.length;
        const own = new Uint8Array(chunk);
        worker?.postMessage({ type: "bytes", chunk: own } satisfies ToWorker, [own.buffer]);
      }
      return null;
    } catch (error) {
      return error;
    }
  }

  return {
    groups: () => groups.size,
    learn(models: ReadonlyMap<string, ResolvedModel>): void {
      worker?.postMessage({ type: "models", models } satisfies ToWorker);
    },
    async read(group: ReadGroup, signal: AbortSignal): Promise<GroupReading> {
      const staged = new Promise<StagedGroup>((resolve, reject) => groups.set(group.id, { resolve, reject }));
      staged.catch(() => undefined);
      const fed = feeding.then(() => feed(group, signal));
      feeding = fed.catch(() => undefined);
      // What waits before the thread is megabytes, which would be read to their end.
      const drop = () => worker?.postMessage({ type: "group-drop", group: group.id } satisfies ToWorker);
      signal.addEventListener("abort", drop, { once: true });
      try {
        const failed = await Promise.race([fed, staged.then(() => fed)]);
        return { staged: await staged, failed };
      } finally {
        signal.removeEventListener("abort", drop);
        groups.delete(group.id);
        unjudged.delete(group.id);
      }
    },
    async amend(group: number, calls: readonly AmendCall[]): Promise<StagedAmendment> {
      const staged = new Promise<StagedAmendment>((resolve, reject) => amendments.set(group, { resolve, reject }));
      send({ type: "amend", group, calls });
      try {
        return await staged;
      } finally {
        amendments.delete(group);
      }
    },
    async close(): Promise<void> {
      closing = true;
      await worker?.terminate();
    },
  };
}

type Fetched = { readonly chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array> } | { readonly error: unknown };

/** A small unit is fetched whole, a large one when it is read. Never rejects. */
async function fetch({ open, size }: GroupUnit, signal: AbortSignal): Promise<Fetched> {
  try {
    const { bytes } = await open(signal);
    if (size > prefetchedBytes) return { chunks: bytes as AsyncIterable<Uint8Array> };
    const chunks: Uint8Array[] = [];
    for await (const chunk of bytes as AsyncIterable<Uint8Array>) chunks.push(chunk);
    return { chunks };
  } catch (error) {
    return { error };
  }
}
