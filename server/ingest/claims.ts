import { type IdentityTable, identityWords } from "./identity.ts";
import { verdicts, type Claim } from "./protocol.ts";
import { shiftedDay } from "../lib/time.ts";

const maxTableBytes = 128 * 2 ** 20;

interface Day {
  readonly table: IdentityTable;
  /** Groups that look things up in it, or have claims that are not settled: the table must stay. */
  readonly groups: Set<number>;
}

interface OpenGroup {
  readonly settled: Promise<void>;
  readonly settle: () => void;
  /** It asks for nothing more: what is left is its commit. */
  closing: boolean;
}

/**
 * Decides which of the records that workers read are stored: the first of each identity over all groups. A group claims its records
 * before its rows are written and keeps them when it is committed. One that meets an older group's claim waits for its end; one that
 * meets a younger group's claim undoes that group, so that no two wait for each other.
 */
export class Claims {
  readonly #load: (dt: string) => Promise<IdentityTable>;
  /** In the order of their last use. */
  readonly #days = new Map<string, Day>();
  readonly #loading = new Map<string, Promise<void>>();
  readonly #groups = new Map<number, OpenGroup>();
  readonly #undone = new Set<number>();
  /** Whether the last commit was written is not known: nothing can be judged until all is asked for anew. */
  #inDoubt = false;
  /** What was asked for before this changed is not kept. */
  #loads = 0;

  /** `load` gives the committed identities of a day. */
  constructor(load: (dt: string) => Promise<IdentityTable>) {
    this.#load = load;
  }

  open(group: number): void {
    let settle = (): void => undefined;
    const settled = new Promise<void>((resolve) => (settle = resolve));
    this.#groups.set(group, { settled, settle, closing: false });
    if (this.#inDoubt) this.#undone.add(group);
  }

  /** One verdict a record. Without a right to its claims, an undone group is told that all is fresh: its rows are thrown away. */
  async judge(claim: Claim): Promise<Uint8Array> {
    for (;;) {
      if (this.#undone.has(claim.group)) return new Uint8Array(claim.dayOf.length);
      const missing = this.#use(claim.days);
      if (missing.length > 0) {
        await this.#loadDays(missing, claim.group);
        continue;
      }
      // From here to the claims nothing else runs: what is looked up is what is taken.
      const others = this.#rivals(claim);
      if (others.length === 0) return this.#take(claim);
      for (const other of others) await this.#passBy(other, claim.group);
    }
  }

  /** No more claims come from the group; false if it was undone. */
  close(group: number): boolean {
    const open = this.#groups.get(group);
    if (open !== undefined) open.closing = true;
    return !this.#undone.has(group);
  }

  /** The group's records are committed, or nothing of it is kept. */
  settle(group: number, kept: boolean): void {
    this.#release(group, kept);
    this.#groups.get(group)?.settle();
    this.#groups.delete(group);
    this.#undone.delete(group);
    this.#shrink();
  }

  /**
   * A commit had no answer, and may have been written: what its group had claimed would be fresh for all others. Until `reload` every group
   * is undone, but for those that have no more to claim: what they were told stood while that group's claims did.
   */
  doubt(): void {
    this.#inDoubt = true;
    for (const [group, { closing }] of this.#groups) {
      if (closing) continue;
      this.#undone.add(group);
      this.#release(group, false);
    }
  }

  /** What is committed is asked for anew. No group may be open. */
  reload(): void {
    this.#days.clear();
    this.#loads += 1;
    this.#inDoubt = false;
  }

  #release(group: number, kept: boolean): void {
    for (const day of this.#days.values()) if (day.groups.delete(group)) day.table.settle(group, kept);
  }

  async #passBy(other: number, group: number): Promise<void> {
    const open = this.#groups.get(other);
    if (open === undefined) return;
    if (other < group || open.closing) return open.settled;
    this.#undone.add(other);
    this.#release(other, false);
  }

  /** Other groups with claims on the same identities. */
  #rivals(claim: Claim): number[] {
    const found = new Set<number>();
    const own = claim.days.map((day) => this.#around(day));
    for (let record = 0; record < claim.dayOf.length; record += 1) {
      for (const { table } of own[claim.dayOf[record] ?? 0] ?? []) {
        const owner = table.find(claim.words, record * identityWords)?.owner ?? 0;
        if (owner !== 0 && owner !== claim.group) found.add(owner);
      }
    }
    return [...found];
  }

  #take(claim: Claim): Uint8Array {
    const answer = new Uint8Array(claim.dayOf.length);
    const own = claim.days.map((day) => this.#around(day));
    for (let record = 0; record < answer.length; record += 1) {
      const at = record * identityWords;
      const tables = own[claim.dayOf[record] ?? 0] ?? [];
      const known = tables.map(({ table }) => table.find(claim.words, at)).filter((found) => found !== null);
      if (known.length === 0) {
        const [day] = tables;
        day?.groups.add(claim.group);
        day?.table.add(claim.words, at, claim.group);
      } else if (known.some(({ equal }) => equal)) answer[record] = verdicts.duplicate;
      else answer[record] = known.some(({ owner }) => owner === claim.group) ? verdicts.differsHere : verdicts.differs;
    }
    return answer;
  }

  /** Marks the days around as used last; returns those that are not loaded. */
  #use(days: readonly string[]): string[] {
    const wanted = [...new Set(days.flatMap(around))];
    for (const dt of wanted) {
      const day = this.#days.get(dt);
      if (day === undefined) continue;
      this.#days.delete(dt);
      this.#days.set(dt, day);
    }
    return wanted.filter((dt) => !this.#days.has(dt));
  }

  /** One after the other: a batch may touch many days, and the engine answers few questions at a time. */
  async #loadDays(days: readonly string[], group: number): Promise<void> {
    for (const dt of days) {
      await this.#loadDay(dt);
      // It stays while the others are loaded.
      this.#days.get(dt)?.groups.add(group);
    }
  }

  #loadDay(dt: string): Promise<void> {
    const known = this.#loading.get(dt);
    if (known !== undefined) return known;
    const asked = this.#loads;
    const loading = this.#load(dt)
      .then((table) => {
        if (asked === this.#loads) this.#days.set(dt, { table, groups: new Set() });
      })
      .finally(() => this.#loading.delete(dt));
    this.#loading.set(dt, loading);
    return loading;
  }

  #around(day: string): Day[] {
    return around(day)
      .map((dt) => this.#days.get(dt))
      .filter((found) => found !== undefined);
  }

  /** Drops the days that were used longest ago, as long as nobody has claims on them. */
  #shrink(): void {
    let bytes = [...this.#days.values()].reduce((sum, { table }) => sum + table.bytes, 0);
    for (const [dt, { groups, table }] of this.#days) {
      if (bytes <= maxTableBytes) return;
      if (groups.size > 0) continue;
      this.#days.delete(dt);
      bytes -= table.bytes;
    }
  }
}

/** A day first, then the days before and after: a second copy can carry a slightly other time. */
function around(day: string): string[] {
  return [...new Set([day, shiftedDay(day, -1), shiftedDay(day, 1)])];
}
