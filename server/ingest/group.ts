import type { Invocation, InvocationContent } from "../domain/invocation.ts";
import type { Features, Signal } from "../domain/signal.ts";
import { compareCopies } from "./copies.ts";
import { identityWords, writeIdentity } from "./identity.ts";
import {
  type BodyNote,
  verdicts,
  type Claim,
  type ConflictNote,
  type Copy,
  type QuarantinedBytes,
  type StagedGroup,
  type UnitDamage,
  type UnitResult,
} from "./protocol.ts";
import { dayOf, type IngestRecord, type Judged } from "./record.ts";
import { unexplained } from "./unexplained.ts";
import { LakeRows, loggedFields } from "./rows.ts";
import type { StagedSegment } from "../store/lake.ts";
import type { Tally } from "./unit.ts";
import { askAhead, type BodyDeps, sidesElsewhere } from "./whole-record.ts";

export interface GroupDeps {
  /** Asks the coordinator which records are fresh. */
  readonly claim: (claim: Claim) => Promise<{ verdicts: Uint8Array; copies: ReadonlyMap<number, Copy> }>;
  readonly scan: (
    invocation: Invocation,
    content: InvocationContent,
  ) => { readonly signals: readonly Signal[]; readonly features: Features };
  readonly price: (invocation: Invocation) => { readonly key: string | null; readonly flags: readonly string[] };
  readonly write: (rows: LakeRows) => Promise<readonly StagedSegment[]>;
  readonly batch: { readonly rows: number; readonly bytes: number };
  readonly bodies: BodyDeps;
  /** Whether this copy was the current one in the store that this one is rebuilt from. */
  readonly isPreferred: (record: Pick<IngestRecord, "invocation" | "recordHash">) => boolean;
}

/** Each becomes a call to AWS: a group that names more is read on without them. */
const maxUnexplained = 100;

/** Each becomes a unit of the ledger that says so: a group that has more is counted on without them. */
const maxRefusedPaths = 100;

/** Of quarantined bytes, until the group is committed. */
const maxHeldBytes = 64 * 2 ** 20;

/** Each becomes a file that is synced: of a text that is no log every line would be one. */
export const maxHeldPieces = 10_000;

/** Rows of a unit that failed were written already: nothing of the group can be used. */
export class SpoiledError extends Error {
  override readonly name = "SpoiledError";
}

/** A record that was read; null: it is judged with bodies that lie beside it, which only a fresh record is worth asking for. */
interface Pending {
  readonly record: IngestRecord;
  readonly judged: Judged | null;
}

/** Units that are committed together: their records are claimed, judged and written batch by batch. */
export class Group {
  readonly #id: number;
  readonly #deps: GroupDeps;
  readonly #tallies = new Map<number, Tally>();
  readonly #damaged: UnitDamage[] = [];
  readonly #files: StagedSegment[] = [];
  readonly #conflicts: ConflictNote[] = [];
  readonly #unexplained = new Set<string>();
  readonly #bodies: BodyNote[] = [];
  #refusedPaths = 0;
  readonly #added = new Map<number, { stored: number; duplicates: number }>();
  #quarantine: QuarantinedBytes[] = [];
  #heldBytes = 0;
  #heldPieces = 0;
  #pending: Pending[] = [];
  #pendingBytes = 0;
  #writing: Promise<void> = Promise.resolve();
  #writtenUnits = new Set<number>();

  constructor(id: number, deps: GroupDeps) {
    this.#id = id;
    this.#deps = deps;
  }

  /** Waits when a whole batch is full and the one before it is still being written. */
  record(record: IngestRecord): void | Promise<void> {
    this.#pending.push(this.#pendingOf(record));
    const arn = unexplained(record.invocation);
    if (arn !== null && this.#unexplained.size < maxUnexplained) this.#unexplained.add(arn);
    this.#pendingBytes += bodyBytes(record);
    const { bytes, rows } = this.#deps.batch;
    if (this.#pending.length >= rows || this.#pendingBytes >= bytes) return this.#flush();
  }

  /** Judged at once: of thousands of records that wait, what is found out is far less to hold than their texts once more. */
  #pendingOf(record: IngestRecord): Pending {
    if (sidesElsewhere(record).length > 0) return { record, judged: null };
    const judged = judge(record, this.#deps);
    return { record: judged.record, judged };
  }

  /** Beyond what one group may hold, place and hash alone are kept: what is refused must not fill the memory. */
  quarantine(entry: QuarantinedBytes): void {
    const size = entry.bytes?.length ?? 0;
    const fits = this.#heldBytes + size <= maxHeldBytes && this.#heldPieces < maxHeldPieces;
    if (fits) [this.#heldBytes, this.#heldPieces] = [this.#heldBytes + size, this.#heldPieces + 1];
    this.#quarantine.push(fits ? entry : { ...entry, bytes: null });
  }

  /** Half a batch at the end of a unit is written, so that few units lie in two batches. */
  async unitRead(unitId: number, tally: Tally): Promise<void> {
    this.#tallies.set(unitId, tally);
    const { bytes, rows } = this.#deps.batch;
    if (this.#pending.length * 2 >= rows || this.#pendingBytes * 2 >= bytes) await this.#flush();
  }

  /** Forgets what a unit gave so far. */
  dropUnit(unitId: number, damage: UnitDamage | null): void {
    if (this.#writtenUnits.has(unitId)) throw new SpoiledError(`unit ${unitId} was written in part`);
    this.#pending = this.#pending.filter(({ record }) => record.unitId !== unitId);
    this.#pendingBytes = this.#pending.reduce((sum, { record }) => sum + bodyBytes(record), 0);
    this.#quarantine = this.#quarantine.filter((entry) => entry.unitId !== unitId);
    const held = this.#quarantine.flatMap(({ bytes }) => (bytes === null ? [] : [bytes.length]));
    [this.#heldBytes, this.#heldPieces] = [held.reduce((sum, size) => sum + size, 0), held.length];
    if (damage !== null) this.#damaged.push(damage);
  }

  /** Nothing of the group is used: resolves when nothing of it is being written any more. */
  async abandon(): Promise<void> {
    await this.#writing.catch(() => undefined);
  }

  async finish(): Promise<StagedGroup> {
    await this.#flush();
    await this.#writing;
    return {
      units: [...this.#tallies].map(([unitId, tally]) => this.#result(unitId, tally)),
      damaged: this.#damaged,
      files: this.#files,
      quarantine: this.#quarantine,
      conflicts: this.#conflicts,
      unexplained: [...this.#unexplained],
      bodies: this.#bodies,
    };
  }

  #result(unitId: number, { bytes, counts, firstAt, ignoredBy, state }: Tally): UnitResult {
    const { duplicates, stored } = this.#added.get(unitId) ?? { stored: 0, duplicates: 0 };
    return {
      unitId,
      state,
      counts: { ...counts, stored, duplicates },
      ignoredBy: Object.fromEntries(ignoredBy),
      bytes,
      firstAt,
    };
  }

  /** Begins to write the pending records, after the batch before them. */
  async #flush(): Promise<void> {
    if (this.#pending.length === 0) return;
    const batch = this.#pending;
    this.#pending = [];
    this.#pendingBytes = 0;
    for (const { record } of batch) this.#writtenUnits.add(record.unitId);
    const before = this.#writing;
    await before;
    this.#writing = this.#write(batch);
    // Its failure is told by the next flush or by `finish`.
    this.#writing.catch(() => undefined);
  }

  async #write(batch: readonly Pending[]): Promise<void> {
    const records = batch.map(({ record }) => record);
    const claim = claimOf(this.#id, records);
    const answer = await this.#deps.claim(claim);
    const fresh: Pending[] = [];
    const copies = new LakeRows();
    const currentOf = currentCopies(records, answer.verdicts);
    for (const [index, pending] of batch.entries()) {
      const { record } = pending;
      const verdict = answer.verdicts[index];
      this.#count(record.unitId, verdict === verdicts.fresh);
      if (verdict === verdicts.fresh) fresh.push(pending);
      else if (verdict === verdicts.differs) this.#addCopy(copies, record, answer.copies.get(index) ?? null);
      else if (verdict === verdicts.differsHere) this.#addCopy(copies, record, currentOf(record));
    }
    await this.#writeFresh(fresh, copies);
  }

  /** In pieces, when bodies that lay beside their records make the batch large. */
  async #writeFresh(fresh: readonly Pending[], copies: LakeRows): Promise<void> {
    let rows = copies;
    let bytes = 0;
    const unjudged = fresh.flatMap(({ judged, record }) => (judged === null ? [record] : []));
    const whole = askAhead(this.#deps.bodies, unjudged, (notes) => this.#note(notes));
    for (const { judged: known, record } of fresh) {
      const judged = known ?? judge(await whole(record), this.#deps);
      rows.day(judged.record).add(judged);
      bytes += bodyBytes(judged.record);
      if (bytes < this.#deps.batch.bytes * 2) continue;
      this.#files.push(...(await this.#deps.write(rows)));
      [rows, bytes] = [new LakeRows(), 0];
    }
    this.#files.push(...(await this.#deps.write(rows)));
  }

  #note(notes: readonly BodyNote[]): void {
    for (const note of notes) {
      if (note.outcome === "path" && ++this.#refusedPaths > maxRefusedPaths) continue;
      this.#bodies.push(note);
    }
  }

  #count(unitId: number, fresh: boolean): void {
    const added = this.#added.get(unitId) ?? { stored: 0, duplicates: 0 };
    added[fresh ? "stored" : "duplicates"] += 1;
    this.#added.set(unitId, added);
  }

  /** What cannot be judged here, or would change the current record, is kept until the current one is read again. */
  #addCopy(rows: LakeRows, record: IngestRecord, current: Copy | null): void {
    const verdict = current === null ? "pending" : compareCopies(current, copyOf(record));
    if (verdict === "delivery") return;
    const stays = verdict === "conflicting" && !this.#deps.isPreferred(record);
    const isFinal = stays || verdict === "mask-change";
    rows.day(record).addCopy(record, isFinal ? verdict : "pending");
    if (verdict === "conflicting") this.#conflicts.push({ unitId: record.unitId, id: record.invocation.id });
  }
}

/** What is found out about a record; of one without content, what its row says. The segments have then served. */
export function judge(record: IngestRecord, { price, scan }: Pick<GroupDeps, "price" | "scan">): Judged {
  const { content, invocation } = record;
  const { key, flags } = price(invocation);
  const { features, signals } = scan(invocation, content ?? noContent(invocation));
  const kept = content === null ? null : { ...content, segments: [] };
  return { record: { ...record, content: kept }, signals, features, priceKey: key, priceFlags: flags };
}

function noContent({ id }: Invocation): InvocationContent {
  return { id, segments: [], inputBody: null, outputBody: null, complete: true };
}

function claimOf(group: number, records: readonly IngestRecord[]): Claim {
  const days = [...new Set(records.map(({ invocation }) => dayOf(invocation.time)))];
  const index = new Map(days.map((day, at) => [day, at]));
  const words = new Uint32Array(records.length * identityWords);
  const dayIndex = new Uint16Array(records.length);
  for (const [at, { invocation, recordHash }] of records.entries()) {
    writeIdentity(words, at * identityWords, invocation.id, recordHash);
    dayIndex[at] = index.get(dayOf(invocation.time)) ?? 0;
  }
  return { group, days, dayOf: dayIndex, words, ids: records.map(({ invocation }) => invocation.id) };
}

/** Gives the fresh record of the batch that has the same id; null: it is in a batch before this one. */
function currentCopies(records: readonly IngestRecord[], judged: Uint8Array): (record: IngestRecord) => Copy | null {
  let fresh: Map<string, IngestRecord> | null = null;
  return ({ invocation }) => {
    fresh ??= new Map(
      records.filter((_, index) => judged[index] === verdicts.fresh).map((record) => [record.invocation.id, record]),
    );
    const current = fresh.get(invocation.id);
    return current === undefined ? null : copyOf(current);
  };
}

export function copyOf({ content, invocation }: Pick<IngestRecord, "content" | "invocation">): Copy {
  return {
    fields: loggedFields(invocation),
    inputBody: content?.inputBody ?? null,
    outputBody: content?.outputBody ?? null,
    // What is too old to be kept is not fetched either.
    inputPath: content === null ? null : invocation.inputBodyS3Path,
    outputPath: content === null ? null : invocation.outputBodyS3Path,
  };
}

function bodyBytes({ content }: IngestRecord): number {
  return (content?.inputBody?.length ?? 0) + (content?.outputBody?.length ?? 0);
}
