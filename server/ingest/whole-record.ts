import type { Side } from "../domain/invocation.ts";
import type { BodyAnswer, BodyNote } from "./protocol.ts";
import { plainBody } from "./plain-body.ts";
import type { UnitLimits } from "./gunzip.ts";
import { dayOf, type IngestRecord } from "./record.ts";
import type { Target } from "../domain/target.ts";
import type { FetchedBodies } from "../normalize/bodies.ts";

export interface BodyDeps {
  /** Asks the coordinator for what lies under a path. */
  readonly fetch: (target: Target, path: string) => Promise<BodyAnswer>;
  readonly limits: UnitLimits;
}

/** Bodies that were asked for: those that came, and what is to be said of each. */
export interface AskedBodies {
  readonly fetched: FetchedBodies;
  readonly notes: readonly BodyNote[];
}

const bothSides: readonly Side[] = ["input", "output"];

/** Sides whose body lies beside the record. */
export function sidesElsewhere({ content, invocation }: Pick<IngestRecord, "content" | "invocation">): readonly Side[] {
  if (content === null) return [];
  return bothSides.filter(
    (side) =>
      invocation[`${side}BodyState`] === "s3" && content[`${side}Body`] === null && pathOf(invocation, side) !== null,
  );
}

function pathOf(invocation: IngestRecord["invocation"], side: Side): string | null {
  return invocation[`${side}BodyS3Path`];
}

/** Asks for the bodies of some sides of a call. */
export async function askBodies(
  { fetch, limits }: BodyDeps,
  { invocation, sourceId, unitId }: Pick<IngestRecord, "invocation" | "sourceId" | "unitId">,
  sides: readonly Side[],
): Promise<AskedBodies> {
  const fetched: { input?: Uint8Array; output?: Uint8Array } = {};
  const notes: BodyNote[] = [];
  const { accountId, id, region, time } = invocation;
  for (const side of sides) {
    const path = pathOf(invocation, side);
    if (path === null) continue;
    const body = await plainBody(await fetch({ accountId, region }, path), limits);
    const note = { sourceId, unitId, call: id, dt: dayOf(time), side, path };
    if ("bytes" in body) {
      fetched[side] = body.bytes;
      notes.push({ ...note, outcome: "done", code: "" });
    } else notes.push({ ...note, ...body });
  }
  return { fetched, notes };
}

/** The record as it reads with the bodies that came. */
export function withBodies(record: IngestRecord, fetched: FetchedBodies): IngestRecord {
  if (Object.keys(fetched).length === 0) return record;
  const read = record.again(fetched);
  return read === null ? record : { ...record, invocation: read.invocation, content: read.content };
}

/** Records that are asked for ahead of the one that is being written. */
const ahead = 4;

/**
 * Asks for the bodies that lie beside these records, for a few of them ahead. The answer gives each of them whole; it is to be asked in
 * their order.
 */
export function askAhead(
  deps: BodyDeps,
  records: readonly IngestRecord[],
  told: (notes: readonly BodyNote[]) => void,
): (record: IngestRecord) => Promise<IngestRecord> {
  const waiting = records.values();
  const asked = new Map<IngestRecord, Promise<AskedBodies>>();
  const askNext = () => {
    const { value: record } = waiting.next();
    if (record === undefined) return;
    const answer = askBodies(deps, record, sidesElsewhere(record));
    // A failure is told where the record is written.
    answer.catch(() => undefined);
    asked.set(record, answer);
  };
  for (let n = 0; n < ahead; n += 1) askNext();
  return async (record) => {
    const answer = await asked.get(record);
    if (answer === undefined) return record;
    asked.delete(record);
    askNext();
    told(answer.notes.filter(({ outcome }) => outcome !== "done"));
    return withBodies(record, answer.fetched);
  };
}
