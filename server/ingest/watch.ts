import { LeftOut } from "./left-out.ts";
import { look, lookAtTail, openRange, windowOf, type ListDeps, type LookEnd } from "./look.ts";
import { growing, hotRange, hourMs, isHot, tailRange, wholeRange, type Backlog } from "./schedule.ts";
import { isClosed, SourceError, type Source } from "../sources/source.ts";
import { noteCleanLook, noteTail, setSourceState, tailEnd } from "../store/catalog/sources.ts";
import { dueAtOnce, dueWindows } from "../store/catalog/windows.ts";

/** One look at a source, and what it leaves. */
export interface Looked {
  /** All that was due was listed whole. */
  readonly whole: boolean;
  /** Something was listed, or nothing was due. */
  readonly some: boolean;
  /** When to look again: at once (0) while windows are due that there was no time for. */
  readonly waitMs: number;
}

export interface WatchOptions {
  /** How far back the first look goes. */
  readonly since: number;
  /** True for a source that nothing is delivered to any more: it is looked at only when a window is due. */
  readonly cold: boolean;
  readonly pollMs: number;
  readonly signal: AbortSignal;
  /** Called before anything is listed of a source that has other places than before. */
  readonly onMoved: (source: Source) => Promise<void>;
}

const deniedAgainMs = 5 * 60_000;
const tooMuch = "too much for CloudWatch Logs: deliver to S3";

/** Looks at one source, each time at what is newest first, then at the windows that are due. */
export class Watch {
  readonly #deps: ListDeps;
  #source: Source;
  /** The same source with other places: the next look begins with it. */
  #moved: Source | null = null;
  readonly #options: WatchOptions;
  readonly #leftOut: LeftOut;
  /** Windows up to here were opened: from here the next look goes on, however long it has been. */
  #openedTo: number | null = null;
  #backlogs: readonly Backlog[] = [];
  #cold: boolean;

  constructor(deps: ListDeps, source: Source, options: WatchOptions) {
    this.#deps = deps;
    this.#source = source;
    this.#options = options;
    this.#cold = options.cold;
    this.#leftOut = new LeftOut(deps, options);
  }

  get sourceId(): string {
    return this.#source.id;
  }

  /** Nothing is delivered to the source any more, or something is again; or it has other places. */
  turn({ cold, source }: { readonly cold: boolean; readonly source: Source }): void {
    this.#cold = cold;
    if (source.place !== (this.#moved ?? this.#source).place) this.#moved = source;
  }

  /** No window is begun after `until`: what is newest must not wait for a long back-fill. */
  async look(until: number): Promise<Looked> {
    await this.#move();
    const newest = await this.#newest();
    if (newest === null) return this.#ended({ whole: false, some: false, error: null }, false);
    if (isClosed(newest.error)) return this.#ended(newest, false);
    const rest = await this.#rest(until);
    const some = newest.some || rest.some;
    const read = { whole: newest.whole && rest.whole, some, error: rest.error ?? newest.error };
    const ended = read.whole ? await this.#count(read, until) : read;
    return this.#ended(ended, ended.error === null && !ended.whole);
  }

  async #move(): Promise<void> {
    if (this.#moved === null) return;
    await this.#options.onMoved(this.#moved);
    [this.#source, this.#moved] = [this.#moved, null];
    this.#leftOut.beginAnew();
  }

  /** What is older than what is read comes last. */
  async #count(read: LookEnd, until: number): Promise<LookEnd> {
    if (this.#cold) return read;
    const { done, error } = await this.#leftOut.count(this.#source, until);
    return { ...read, whole: done, error };
  }

  /** All windows that are due, many at a time. */
  async #rest(until: number): Promise<LookEnd> {
    for (let some = false; ;) {
      const windows = await this.#due();
      const ended = await look(this.#deps, this.#source, { windows, until }, this.#signal);
      some ||= ended.some;
      if (!ended.whole || windows.length < dueAtOnce) return { ...ended, some };
    }
  }

  get #signal(): AbortSignal {
    return this.#options.signal;
  }

  /** Null: the source can't tell its windows. */
  async #newest(): Promise<LookEnd | null> {
    const { kind, tail } = this.#source;
    const { catalog, clock } = this.#deps;
    const { since } = this.#options;
    const at = clock();
    const hot = hotRange(kind, at);
    const from = this.#openedTo === null ? wholeRange(kind, since, at).from : Math.min(this.#openedTo, hot.from);
    const opened = await openRange(this.#deps, this.#source, { from, to: hot.to }, this.#signal);
    if (opened === null) return null;
    this.#openedTo = hot.to;
    if (this.#cold) return { whole: true, some: false, error: null };
    if (tail !== undefined) return this.#tail(at);
    const windows = opened.filter((window) => isHot(window, hot));
    const ended = await look(this.#deps, this.#source, { windows, until: Infinity }, this.#signal);
    if (ended.whole) await noteCleanLook(catalog, this.#source.id, at);
    return ended;
  }

  async #tail(at: number): Promise<LookEnd> {
    const { catalog } = this.#deps;
    const { id } = this.#source;
    const range = tailRange(await tailEnd(catalog, id), at);
    const ended = await lookAtTail(this.#deps, this.#source, range, this.#signal);
    if (ended.whole) await noteTail(catalog, id, at);
    return ended;
  }

  async #due() {
    const { catalog, clock } = this.#deps;
    const ended = this.#source.tail !== undefined;
    return (await dueWindows(catalog, this.#source.id, { now: clock(), ended })).map(windowOf);
  }

  async #ended({ error, some, whole }: LookEnd, more: boolean): Promise<Looked> {
    const { catalog, clock } = this.#deps;
    if (error === null && this.#openedTo !== null && !this.#signal.aborted) {
      const behind = await this.#isFallingBehind();
      const state = behind ? ("degraded" as const) : ("active" as const);
      await setSourceState(catalog, this.#source.id, { state, reason: behind ? tooMuch : null, at: clock() });
    }
    return { whole, some: whole || some, waitMs: more ? 0 : waitAfter(error, this.#options.pollMs) };
  }

  /** What is not read yet has grown for an hour: more is written than CloudWatch Logs gives back. */
  async #isFallingBehind(): Promise<boolean> {
    const { catalog, clock } = this.#deps;
    if (this.#source.tail === undefined || this.#cold) return false;
    const at = clock();
    const unread = (await this.#due()).length * hourMs + (at - ((await tailEnd(catalog, this.#source.id)) ?? at));
    this.#backlogs = [...this.#backlogs.filter((past) => at - past.at <= 2 * hourMs), { at, unread }];
    return growing(this.#backlogs);
  }
}

/** A place that refuses us, or is not there, is asked less often. */
function waitAfter(error: unknown, pollMs: number): number {
  if (!(error instanceof SourceError) || error.isPart) return pollMs;
  if (error.class === "gone") return Math.max(pollMs, hourMs);
  return error.class === "refused" ? Math.max(pollMs, deniedAgainMs) : pollMs;
}
