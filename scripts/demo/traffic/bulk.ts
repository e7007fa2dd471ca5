import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { load } from "./day-shape.ts";
import type { Call } from "./exchange.ts";
import { hourFolder, hourMs, hourName, objectName, type S3Place, startOfHour } from "./layout.ts";
import { at, openRandom, type Random } from "./random.ts";
import { recordOf, stamp } from "./record.ts";
import { type DeliveryTarget, targets } from "./targets.ts";
import { deliveryOf, openTraffic } from "./traffic.ts";

export interface BulkOptions {
  readonly seed: number;
  readonly now: number;
  readonly records: number;
  /** Default 30. */
  readonly days?: number;
  readonly onProgress?: (written: number) => void;
  /** Account, region and request id of each record, in the order of writing. */
  readonly onRecord?: (accountId: string, region: string, requestId: string) => void;
}

export interface BulkResult {
  readonly records: number;
  readonly objects: number;
  /** Uncompressed and on disk. */
  readonly textBytes: number;
  readonly zippedBytes: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** A record cut open where it changes from call to call. */
interface Mould {
  readonly pieces: readonly string[];
  /** What goes behind each piece but the last. */
  readonly holes: readonly ("time" | "id" | "folder" | "order")[];
  readonly inputTokens: number;
  readonly outputTokens: number;
}

interface BulkTarget extends DeliveryTarget {
  readonly s3: S3Place;
  readonly moulds: readonly Mould[];
}

const zip = promisify(gzip);
const sampledDays = 7;
const mouldsWanted = 400;
const writersAtOnce = 6;

function mouldOf(call: Call, target: DeliveryTarget, place: S3Place): Mould {
  const folder = hourFolder(call, place);
  const json = JSON.stringify(recordOf(call, deliveryOf(target)));
  const holes: Mould["holes"][number][] = [];
  const pieces: string[] = [];
  let from = 0;
  for (const match of json.matchAll(
    /"\d{4}-\d\d-\d\dT[\d:]{8}Z"|[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}|\d{4}\/\d\d\/\d\d\/\d\d\/|QM-\d{6}/g,
  )) {
    const [found] = match;
    const kind = found.startsWith("QM-")
      ? "order"
      : found === call.requestId
        ? "id"
        : found === `"${stamp(call.time)}"`
          ? "time"
          : folder.endsWith(found)
            ? "folder"
            : null;
    if (kind === null) continue;
    pieces.push(json.slice(from, match.index));
    holes.push(kind);
    from = match.index + found.length;
  }
  pieces.push(`${json.slice(from)}\n`);
  return { pieces, holes, inputTokens: call.usage.input, outputTokens: call.usage.output };
}

/** All of it is in its record: a body in an object of its own would have to be written, too. */
function isWhole({ inputBody, outputBody }: Call): boolean {
  return inputBody !== "s3" && outputBody !== "s3";
}

/** Real calls of random hours, as moulds for many more. */
function bulkTargets({ seed, now }: BulkOptions): BulkTarget[] {
  const traffic = openTraffic({ seed, now, days: sampledDays, recordsPerDay: 6_000 });
  return targets.flatMap((target) => {
    const { accountId, region, s3 } = target;
    if (s3 === null) return [];
    const random = openRandom(seed, "moulds", accountId, region);
    const moulds: Mould[] = [];
    for (let tries = 0; moulds.length < mouldsWanted && tries < sampledDays * 24; tries++) {
      const hour = hourName(now - random.int(1, sampledDays * 24) * hourMs);
      const calls = traffic.calls(accountId, region, hour).filter(isWhole);
      moulds.push(...calls.map((call) => mouldOf(call, target, s3)));
    }
    return [{ ...target, s3, moulds }];
  });
}

/** How many records each hour of each target gets, newest first: the shape of customers' days, exactly `records` in all. */
function plan(
  bulk: readonly BulkTarget[],
  { now, records, days = 30 }: BulkOptions,
): { target: BulkTarget; hour: number; count: number }[] {
  const end = startOfHour(now) - hourMs;
  const slots = Array.from({ length: days * 24 }, (_, index) => end - index * hourMs).flatMap((hour) =>
    bulk.map((target) => ({ target, hour, weight: load({ kind: "customers", zone: "America/New_York" }, hour) })),
  );
  const whole = slots.reduce((sum, slot) => sum + slot.weight, 0);
  let before = 0;
  return slots.map(({ target, hour, weight }) => {
    const from = Math.round((before / whole) * records);
    before += weight;
    return { target, hour, count: Math.round((before / whole) * records) - from };
  });
}

interface Made {
  readonly text: string;
  readonly ids: readonly string[];
  readonly inputTokens: number;
  readonly outputTokens: number;
}

function makeHour(random: Random, target: BulkTarget, hour: number, count: number): Made {
  const folder = hourFolder({ ...target, time: hour }, target.s3).slice(-14);
  const ids: string[] = [];
  let [text, inputTokens, outputTokens] = ["", 0, 0];
  for (let index = 0; index < count; index++) {
    const mould = at(target.moulds, random.int(0, target.moulds.length - 1));
    const id = random.uuid();
    const second = hour + Math.floor((index / count) * 3600) * 1000;
    const order = `QM-${random.int(204_100, 998_899)}`;
    for (let hole = 0; hole < mould.holes.length; hole++) {
      const kind = mould.holes[hole];
      text += mould.pieces[hole] ?? "";
      text += kind === "id" ? id : kind === "order" ? order : kind === "folder" ? folder : `"${stamp(second)}"`;
    }
    text += mould.pieces.at(-1) ?? "";
    ids.push(id);
    inputTokens += mould.inputTokens;
    outputTokens += mould.outputTokens;
  }
  return { text, ids, inputTokens, outputTokens };
}

async function writeZipped(path: string, text: Buffer): Promise<number> {
  const bytes = await zip(text, { level: 1 });
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, bytes);
  return bytes.length;
}

/**
 * Writes exactly `records` records below `<dir>/<bucket>/`, in the layout of S3, one object an hour and target. Their texts come from
 * a few thousand real calls of the generator, of those whose bodies lie in the record; ids, times and order numbers are new for each.
 */
export async function writeTraffic(dir: string, options: BulkOptions): Promise<BulkResult> {
  const bulk = bulkTargets(options);
  const result = { records: 0, objects: 0, textBytes: 0, zippedBytes: 0, inputTokens: 0, outputTokens: 0 };
  const writing = new Set<Promise<void>>();
  for (const { target, hour, count } of plan(bulk, options)) {
    if (count === 0) continue;
    const { accountId, region, s3 } = target;
    const random = openRandom(options.seed, "bulk", accountId, region, hour);
    const made = makeHour(random, target, hour, count);
    const delivered = hour + hourMs + random.int(35_000, 85_000);
    const path = join(
      dir,
      s3.bucket,
      hourFolder({ accountId, region, time: hour }, s3),
      objectName(delivered, random.hex(16)),
    );
    const text = Buffer.from(made.text);
    const job = writeZipped(path, text).then((bytes) => {
      result.zippedBytes += bytes;
      writing.delete(job);
    });
    writing.add(job);
    result.records += count;
    result.objects++;
    result.textBytes += text.length;
    result.inputTokens += made.inputTokens;
    result.outputTokens += made.outputTokens;
    for (const id of made.ids) options.onRecord?.(accountId, region, id);
    if (writing.size >= writersAtOnce) await Promise.race(writing);
    options.onProgress?.(result.records);
  }
  await Promise.all(writing);
  return result;
}
