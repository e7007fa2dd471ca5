import { createHash, type Hash } from "node:crypto";
import type { ExportManifest, ExportTicket } from "../domain/export.ts";
import type { Clock } from "../lib/clock.ts";
import type { Random } from "../store/ulid.ts";
import { NotFoundError } from "./route.ts";

/** A file that can be made, piece by piece. */
export interface ReadyFile {
  readonly about: Omit<ExportManifest, "id" | "state" | "rows" | "bytes" | "sha256">;
  pieces(signal: AbortSignal): AsyncIterable<{ readonly text: string; readonly rows: number }>;
}

export interface DeskDeps {
  readonly clock: Clock;
  readonly random: Random;
  /** Before the first byte: when it throws, nothing is sent. */
  readonly onStart: (actor: string, manifest: ExportManifest) => Promise<void>;
  /** After the last byte is made and before it is sent; and when the file has broken off. */
  readonly onEnd: (actor: string, manifest: ExportManifest) => Promise<void>;
}

/** Too many files are under way already. */
export class TooManyExports extends Error {
  override readonly name = "TooManyExports";
}

const fetchMs = 60_000;
const keptMs = 10 * 60_000;
const ofOne = 2;
const inAll = 4;

interface Job {
  readonly actor: string;
  readonly file: ReadyFile;
  readonly until: number;
  manifest: ExportManifest;
  /** When it ended. */
  endedAt: number | null;
}

/** Files that have been asked for: each is fetched once, soon, and what it was is known for a while. It keeps no row of any. */
export class ExportDesk {
  readonly #deps: DeskDeps;
  readonly #jobs = new Map<string, Job>();

  constructor(deps: DeskDeps) {
    this.#deps = deps;
  }

  /** @throws {TooManyExports} */
  begin(actor: string, file: ReadyFile): ExportTicket {
    this.#forget();
    const open = [...this.#jobs.values()].filter(({ endedAt }) => endedAt === null);
    if (open.length >= inAll || open.filter((job) => job.actor === actor).length >= ofOne) throw new TooManyExports();
    const id = Buffer.from(this.#deps.random(16)).toString("hex");
    const until = this.#deps.clock() + fetchMs;
    const manifest: ExportManifest = { ...file.about, id, state: "waiting", rows: 0, bytes: 0, sha256: null };
    this.#jobs.set(id, { actor, file, until, manifest, endedAt: null });
    return { id, name: manifest.name, until: new Date(until).toISOString() };
  }

  /** @throws {NotFoundError} for another's, and for one that was fetched before or not in time */
  async fetch(actor: string, id: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    const job = this.#jobOf(actor, id);
    if (job.manifest.state !== "waiting") throw new NotFoundError("this file was fetched before");
    job.manifest = { ...job.manifest, state: "running" };
    try {
      await this.#deps.onStart(actor, job.manifest);
    } catch (error) {
      this.#broken(job);
      throw error;
    }
    // Who leaves before the first byte takes no piece at all.
    const leave = () => void this.#breakOff(job).catch(() => undefined);
    if (signal.aborted) leave();
    signal.addEventListener("abort", leave, { once: true });
    return this.#chunks(job, signal);
  }

  /** @throws {NotFoundError} */
  manifest(actor: string, id: string): ExportManifest {
    return this.#jobOf(actor, id).manifest;
  }

  async *#chunks(job: Job, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const hash = createHash("sha256");
    try {
      for await (const { rows, text } of job.file.pieces(signal)) {
        const chunk = Buffer.from(text);
        this.#count(job, hash, chunk, rows);
        if (chunk.length > 0) yield chunk;
      }
      await this.#finish(job, hash.digest("hex"));
    } finally {
      await this.#breakOff(job);
    }
  }

  async #finish(job: Job, sha256: string): Promise<void> {
    if (job.endedAt !== null) return;
    job.endedAt = this.#deps.clock();
    const whole = { ...job.manifest, state: "whole", sha256 } as const;
    try {
      await this.#deps.onEnd(job.actor, whole);
      job.manifest = whole;
    } catch (error) {
      this.#broken(job);
      throw error;
    }
  }

  /** Unless it has ended already. */
  async #breakOff(job: Job): Promise<void> {
    if (job.endedAt !== null) return;
    this.#broken(job);
    await this.#deps.onEnd(job.actor, job.manifest);
  }

  #broken(job: Job): void {
    job.manifest = { ...job.manifest, state: "broken" };
    job.endedAt = this.#deps.clock();
  }

  #count(job: Job, hash: Hash, chunk: Buffer, rows: number): void {
    hash.update(chunk);
    const { manifest } = job;
    job.manifest = { ...manifest, rows: manifest.rows + rows, bytes: manifest.bytes + chunk.length };
  }

  #jobOf(actor: string, id: string): Job {
    this.#forget();
    const job = this.#jobs.get(id);
    if (job?.actor !== actor) throw new NotFoundError("there is no such file to fetch");
    return job;
  }

  #forget(): void {
    const now = this.#deps.clock();
    for (const [id, { endedAt, manifest, until }] of this.#jobs) {
      const isOver = endedAt === null ? manifest.state === "waiting" && until <= now : endedAt + keptMs <= now;
      if (isOver) this.#jobs.delete(id);
    }
  }
}
