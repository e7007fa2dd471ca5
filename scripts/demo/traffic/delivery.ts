import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import type { Call, JsonObject } from "./exchange.ts";
import { hourFolder, hourMs, objectName, type S3Place } from "./layout.ts";
import { openRandom } from "./random.ts";
import { type Delivery, inputBodyOf, outputBodyOf, recordOf } from "./record.ts";
import { passages } from "./texts/passages.ts";

/** An object as it lies in S3. Its bytes are made when asked for, and are the same each time. */
export interface TrafficObject {
  readonly key: string;
  /** Milliseconds: when it was delivered. */
  readonly lastModified: number;
  readonly etag: string;
  body(): Uint8Array;
}

export const etagOf = (text: string): string => createHash("md5").update(text).digest("hex");

const zip = (text: string, level = 5): Uint8Array => gzipSync(text, { level });

/** Calls of one object and where it goes; late ones lie in the folder of the hour in which they came. */
interface Batch {
  readonly calls: readonly Call[];
  readonly folderTime: number;
  readonly delivered: number;
}

const minuteMs = 60_000;

/** Busy and fresh hours come in more pieces. */
function slotMinutes(count: number, fresh: boolean): number {
  if (fresh) return 5;
  return count <= 60 ? 60 : count <= 160 ? 30 : count <= 400 ? 15 : 10;
}

/** The batches of one hour of calls. One hour in thirty has a straggler, half an hour late and in the next folder. */
function batches(calls: readonly Call[], hour: number, fresh: boolean, name: string): Batch[] {
  const slotMs = slotMinutes(calls.length, fresh) * minuteMs;
  const late = openRandom("late", name, hour).chance(0.033);
  const slots = new Map<number, Call[]>();
  for (const call of calls) {
    const slot = Math.floor((call.time - hour) / slotMs);
    slots.set(slot, [...(slots.get(slot) ?? []), call]);
  }
  const last = Math.max(...slots.keys());
  return [...slots].map(([slot, inSlot]) => {
    const end = hour + (slot + 1) * slotMs;
    const straggler = late && slot === last;
    const delay = openRandom("delay", name, end).int(35_000, 85_000) + (straggler ? 31 * minuteMs : 0);
    return { calls: inSlot, folderTime: straggler ? hour + hourMs : hour, delivered: end + delay };
  });
}

function recordObject(
  batch: Batch,
  at: { accountId: string; region: string },
  place: S3Place,
  delivery: Delivery,
): TrafficObject {
  const hex = openRandom("object", at.accountId, at.region, batch.delivered).hex(16);
  const key = hourFolder({ ...at, time: batch.folderTime }, place) + objectName(batch.delivered, hex);
  const lines = (): string => batch.calls.map((call) => `${JSON.stringify(recordOf(call, delivery))}\n`).join("");
  return { key, lastModified: batch.delivered, etag: etagOf(key), body: () => zip(lines()) };
}

/** A body that was too long for its record: the request, with the long text that stands in it. */
function longBody(call: Call, delivery: Delivery): JsonObject {
  const random = openRandom("long body", call.requestId);
  const pages = Array.from({ length: 400 }, () => random.pick(passages)).join("\n\n");
  const [first, ...rest] = call.exchange.turns;
  const turns =
    first === undefined
      ? rest
      : [{ ...first, parts: [{ kind: "text", text: pages } as const, ...first.parts] }, ...rest];
  return inputBodyOf({ ...call, exchange: { ...call.exchange, turns } }, delivery);
}

const minimalPdf =
  "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n";

/** What lies in `data/` for one call: long bodies, and media that Converse lifted out of the request. */
function dataObjects(call: Call, place: S3Place, delivery: Delivery): TrafficObject[] {
  if (call.errorCode !== null || !delivery.text) return [];
  const folder = `${hourFolder(call, place)}data/`;
  const object = (name: string, body: () => Uint8Array): TrafficObject => {
    const key = `${folder}${call.requestId}_${name}`;
    return { key, lastModified: call.time + call.latencyMs + 40_000, etag: etagOf(key), body };
  };
  const files = call.operation.startsWith("Converse")
    ? call.exchange.turns.flatMap((turn) => turn.parts.filter((part) => part.kind === "document"))
    : [];
  return [
    ...(call.inputBody === "s3"
      ? [object("input.json.gz", () => zip(JSON.stringify(longBody(call, delivery)), 1))]
      : []),
    ...(call.outputBody === "s3" ? [object("output.json.gz", () => zip(JSON.stringify(outputBodyOf(call))))] : []),
    ...files.map((file, index) =>
      object(`input_media_${String(index).padStart(2, "0")}.${file.kind === "document" ? file.format : "bin"}`, () =>
        Buffer.from(minimalPdf),
      ),
    ),
  ];
}

/** The objects that carry one hour of calls, by key. */
export function objectsOf(
  calls: readonly Call[],
  at: { readonly accountId: string; readonly region: string; readonly hour: number; readonly fresh: boolean },
  place: S3Place,
  delivery: Delivery,
): TrafficObject[] {
  if (calls.length === 0) return [];
  const records = batches(calls, at.hour, at.fresh, `${at.accountId} ${at.region}`).map((batch) =>
    recordObject(batch, at, place, delivery),
  );
  const data = calls.flatMap((call) => dataObjects(call, place, delivery));
  return [...records, ...data].sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** The empty object that Bedrock leaves when a configuration is put. */
export function permissionCheck(key: string, time: number): TrafficObject {
  return { key, lastModified: time, etag: etagOf(""), body: () => new Uint8Array() };
}
