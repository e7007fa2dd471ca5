import { listingFailed, type ListDeps, patiently } from "./look.ts";
import { hourMs } from "./schedule.ts";
import { type Rest, SourceError, type Source } from "../sources/source.ts";
import { noteLeftOut, noteLoose } from "../store/catalog/left-out.ts";
import { countedAt, noteCounted } from "../store/catalog/sources.ts";

const countedEveryMs = 7 * 24 * hourMs;

export interface LeftOutOptions {
  /** What begins earlier is not read. In ms. */
  readonly since: number;
  readonly signal: AbortSignal;
}

/** How far a count has come: it is done, or nothing was due; `error` is what it has ended with. */
export interface Counted {
  readonly done: boolean;
  readonly error: unknown;
}

const done: Counted = { done: true, error: null };

/** Counts what a source holds from before the time since when it is read, and in no hour's folder, once a week, a day at a time. */
export class LeftOut {
  readonly #deps: ListDeps;
  readonly #options: LeftOutOptions;
  /** Days that are to be counted, newest last; null: none is due. */
  #days: number[] | null = null;
  #failed: { readonly error: unknown; readonly at: number } | null = null;

  constructor(deps: ListDeps, options: LeftOutOptions) {
    this.#deps = deps;
    this.#options = options;
  }

  /** Its source has other places: what was begun is worth nothing. */
  beginAnew(): void {
    [this.#days, this.#failed] = [null, null];
  }

  /** Goes on where it was; no day is begun after `until`. */
  async count(source: Source, until: number): Promise<Counted> {
    const { rest } = source;
    const { clock } = this.#deps;
    if (rest === undefined) return done;
    if (this.#failed !== null && clock() - this.#failed.at < hourMs) return { done: false, error: this.#failed.error };
    this.#failed = null;
    const error = (await this.#begin(source, rest)) ?? (await this.#goOn(source, rest, until));
    if (this.#options.signal.aborted) return { done: false, error };
    if (error !== null) return this.#fail(source, error);
    return { done: this.#days === null, error: null };
  }

  /** Null, or the error that it met. */
  async #begin({ id }: Source, rest: Rest): Promise<unknown> {
    const { catalog, clock } = this.#deps;
    const { signal, since } = this.#options;
    if (this.#days !== null) return null;
    const last = await countedAt(catalog, id);
    if (last !== null && clock() - last < countedEveryMs && last <= clock()) return null;
    return patiently(this.#deps, signal, async () => {
      const { days, loose } = await rest.days({ from: last ?? 0, to: since }, signal);
      await noteLoose(catalog, id, loose, clock());
      this.#days = days.toReversed();
    });
  }

  async #goOn({ id }: Source, rest: Rest, until: number): Promise<unknown> {
    const { catalog, clock } = this.#deps;
    const { signal, since } = this.#options;
    for (let day = this.#days?.at(-1); day !== undefined; day = this.#days?.at(-1)) {
      if (signal.aborted || clock() > until) return null;
      const of = day;
      const error = await patiently(this.#deps, signal, async () => {
        const { hours, loose } = await rest.day(of, since, signal);
        const left = hours.map(({ window: { end, start }, ...hour }) => {
          return { ...hour, start: Date.parse(start), end: Date.parse(end) };
        });
        await noteLeftOut(catalog, id, left, clock());
        await noteLoose(catalog, id, loose, clock());
      });
      if (error !== null) return error;
      this.#days?.pop();
    }
    if (this.#days !== null) await noteCounted(catalog, id, clock());
    this.#days = null;
    return null;
  }

  async #fail(source: Source, error: unknown): Promise<Counted> {
    const { signal } = this.#options;
    const ofPart = asPart(error);
    this.#days = null;
    this.#failed = { error: ofPart, at: this.#deps.clock() };
    await listingFailed(this.#deps, source, ofPart, signal);
    return { done: false, error: ofPart };
  }
}

/** What is newer was listed: the source is open. */
function asPart(error: unknown): unknown {
  if (!(error instanceof SourceError)) return error;
  return new SourceError(error.class, error.code, error.message, { isPart: true, cause: error });
}
