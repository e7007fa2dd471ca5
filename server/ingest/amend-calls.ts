import type { Invocation, Side } from "../domain/invocation.ts";
import { wholeJson } from "../lib/canonical-json.ts";
import type { NormalizeDeps } from "../normalize/read-line.ts";
import { readLine } from "../normalize/read-line.ts";
import type { FetchedBodies } from "../normalize/bodies.ts";
import type { NormalizedRecord } from "../normalize/read-record.ts";
import { anomaliesAgain, restoredRecord, type KeptBodies } from "../normalize/restored-record.ts";
import { withModel } from "../normalize/with-model.ts";
import { compareCopies } from "./copies.ts";
import { copyOf, judge, type GroupDeps } from "./group.ts";
import type { AmendCall, BodyNote, Copy, PendingCopy, StagedAmendment } from "./protocol.ts";
import { dayOf, type IngestRecord, type Judged } from "./record.ts";
import { LakeRows, loggedFields } from "./rows.ts";
import { storedCall } from "./stored-call.ts";
import { askBodies, sidesElsewhere } from "./whole-record.ts";

export interface AmendDeps extends Pick<GroupDeps, "bodies" | "isPreferred" | "price" | "scan" | "write"> {
  readonly normalize: NormalizeDeps;
}

const bothSides: readonly Side[] = ["input", "output"];

/** Reads stored calls of one day again, with what has become known since, and writes what then takes their place. */
export async function amendCalls(calls: readonly AmendCall[], deps: AmendDeps): Promise<StagedAmendment> {
  const day = openDay(deps);
  for (const call of calls) {
    const before = storedCall(call.row);
    if (call.copies.length > 0) await day.addCopies(before, call);
    else if (call.sides.length > 0) await day.addBodies(before, call);
    else day.addModel(before);
  }
  return day.finish();
}

/** How a call is read again: the record that stands for it, and whose it is. */
interface Reading {
  readonly record: NormalizedRecord["redacted"];
  readonly fetched: FetchedBodies;
  readonly origin: Omit<IngestRecord, "invocation" | "content" | "again">;
}

function openDay({ bodies, isPreferred, normalize, price, scan, write }: AmendDeps) {
  const rows = new LakeRows();
  const replaced: string[] = [];
  const rescanned: string[] = [];
  const contents: string[] = [];
  const unsettled: string[] = [];
  const notes: BodyNote[] = [];

  function read({ fetched, origin, record }: Reading): IngestRecord {
    const again = (more?: FetchedBodies): NormalizedRecord | null => {
      const [outcome] = readLine(wholeJson(record), { ...normalize, fetched: { ...fetched, ...more } });
      return outcome?.kind === "record" ? outcome : null;
    };
    const outcome = again();
    if (outcome === null) throw new Error("a stored call can't be read as a record");
    return { ...origin, invocation: outcome.invocation, content: outcome.content, again };
  }

  /** The bodies of these sides that are there by now. */
  async function ask(record: IngestRecord, sides: readonly Side[]): Promise<FetchedBodies> {
    const asked = await askBodies(bodies, record, sides);
    notes.push(...asked.notes);
    return asked.fetched;
  }

  function replace(before: Judged, record: IngestRecord, sides: readonly Side[]): void {
    const { id } = before.record.invocation;
    rows.day(record).amend(before, judge(record, { price, scan }), sides);
    replaced.push(id);
    rescanned.push(id);
  }

  async function addBodies(before: Judged, call: AmendCall): Promise<void> {
    const fetched = await ask(before.record, call.sides);
    if (Object.keys(fetched).length === 0) return;
    const reading = { ...restoredRecord(before.record.invocation, call.bodies), origin: before.record };
    const { inputBodyState, outputBodyState } = before.record.invocation;
    complete(before, call.bodies, reading, { fetched, states: { inputBodyState, outputBodyState } });
  }

  /** Reads the call with more bodies than it had. */
  function complete(
    before: Judged,
    kept: KeptBodies,
    { fetched, origin, record }: Reading,
    more: { readonly fetched: FetchedBodies; readonly states?: Pick<Invocation, "inputBodyState" | "outputBodyState"> },
  ): void {
    const after = read({ record, fetched: { ...fetched, ...more.fetched }, origin });
    const { anomalies, id } = before.record.invocation;
    const marks = anomaliesAgain(anomalies, after.invocation.anomalies);
    const invocation = { ...after.invocation, ...more.states, id, anomalies: marks };
    const added = bothSides.filter((side) => kept[side] === null);
    replace(before, { ...after, invocation }, added);
  }

  /** The row that they are compared with is replaced once: those that come after that wait. */
  async function addCopies(before: Judged, call: AmendCall): Promise<void> {
    for (const [index, copy] of call.copies.entries()) {
      const replacedBefore = replaced.length;
      await addCopy(before, call, copy);
      if (replaced.length === replacedBefore) continue;
      unsettled.push(...call.copies.slice(index + 1).map(({ name }) => name));
      return;
    }
  }

  async function addCopy(before: Judged, call: AmendCall, copy: PendingCopy): Promise<void> {
    const other = read({ record: JSON.parse(copy.record) as Reading["record"], fetched: {}, origin: originOf(copy) });
    const verdict = compareCopies(currentCopy(before, call), copyOf(other));
    // Rows are replaced within one day.
    const sameDay = dayOf(other.invocation.time) === dayOf(before.record.invocation.time);
    if (verdict === "conflicting" && sameDay && isPreferred(other)) await takePlace(before, call, other, verdict);
    else if (verdict === "conflicting" || verdict === "mask-change")
      rows.day(other).addCopy(call.keepsContent ? other : { ...other, content: null }, verdict);
    else if (verdict === "completes" && call.keepsContent) await completeFrom(before, call, other);
    else if (verdict === "unmasks") await takePlace(before, call, other, "mask-change");
  }

  /** Takes over the bodies, or the paths to them, that the current record lacks. */
  async function completeFrom(before: Judged, call: AmendCall, other: IngestRecord): Promise<void> {
    const current = restoredRecord(before.record.invocation, call.bodies);
    const record = withBodiesOf(current.record, other.again()?.redacted ?? {}, call.bodies);
    const reading = { record, fetched: current.fetched, origin: before.record };
    const now = read(reading);
    const fetched = await ask(now, sidesElsewhere(now));
    complete(before, call.bodies, reading, { fetched });
  }

  /** The other copy becomes the current one; what was current is kept beside it. */
  async function takePlace(
    before: Judged,
    call: AmendCall,
    other: IngestRecord,
    reason: "conflicting" | "mask-change",
  ): Promise<void> {
    const old = restoredRecord(before.record.invocation, call.bodies);
    const shared = reason === "mask-change" ? old.fetched : {};
    const fetched = { ...shared, ...(await ask(other, call.keepsContent ? sidesElsewhere(other) : [])) };
    const read = other.again(fetched) ?? other;
    const content = call.keepsContent ? read.content : null;
    const after = { ...other, invocation: read.invocation, content };
    const oldRead = readOld(old.record);
    rows.day(after).addCopy({ ...before.record, content: oldRead?.content ?? null, again: () => oldRead }, reason);
    contents.push(before.record.invocation.id);
    replace(before, after, bothSides);
  }

  function readOld(record: NormalizedRecord["redacted"]): NormalizedRecord | null {
    const [outcome] = readLine(wholeJson(record), normalize);
    return outcome?.kind === "record" ? outcome : null;
  }

  function addModel(before: Judged): void {
    const invocation = withModel(before.record.invocation, normalize);
    if (invocation === before.record.invocation) return;
    const { flags, key } = price(invocation);
    const after = { ...before, record: { ...before.record, invocation }, priceKey: key, priceFlags: flags };
    rows.day(after.record).amend(before, after, []);
    replaced.push(invocation.id);
  }

  return {
    addBodies,
    addCopies,
    addModel,
    finish: async (): Promise<StagedAmendment> => ({
      files: await write(rows),
      calls: replaced,
      rescanned,
      contents,
      unsettled,
      bodies: notes,
    }),
  };
}

function originOf({ ingestedAt, position, recordHash, sourceId, unitId }: PendingCopy): Reading["origin"] {
  return { ingestedAt, position, recordHash, sourceId, unitId };
}

function currentCopy({ record: { invocation } }: Judged, { bodies }: AmendCall): Copy {
  return {
    fields: loggedFields(invocation),
    inputBody: bodies.input,
    outputBody: bodies.output,
    inputPath: invocation.inputBodyS3Path,
    outputPath: invocation.outputBodyS3Path,
  };
}

type Fields = Readonly<Record<string, unknown>>;

/** The record, with the bodies and body paths of another copy on the sides where it has no body at hand. */
function withBodiesOf(record: Fields, other: Fields, kept: KeptBodies): Fields {
  const merged: Record<string, unknown> = { ...record };
  for (const side of bothSides) {
    if (kept[side] !== null) continue;
    const mine = (record[side] ?? {}) as Fields;
    const theirs = (other[side] ?? {}) as Fields;
    const body = theirs[`${side}BodyJson`] ?? null;
    const path = mine[`${side}BodyS3Path`] ?? theirs[`${side}BodyS3Path`] ?? null;
    if (body === null && path === null) continue;
    merged[side] = {
      ...mine,
      ...(body === null ? {} : { [`${side}BodyJson`]: body }),
      ...(path === null ? {} : { [`${side}BodyS3Path`]: path }),
    };
  }
  return merged;
}
