import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import type { Call } from "./exchange.ts";
import { dataFolder, hourFolder, hourMs, objectName, type S3Place } from "./layout.ts";
import { at, openRandom } from "./random.ts";
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

const etagOf = (text: string): string => createHash("md5").update(text).digest("hex");

/** As fast as can be: nobody keeps it. */
const zip = (text: string): Uint8Array => gzipSync(text, { level: 1 });

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
  where: { accountId: string; region: string },
  place: S3Place,
  delivery: Delivery,
): TrafficObject {
  const hex = openRandom("object", where.accountId, where.region, batch.delivered).hex(16);
  const key = hourFolder({ ...where, time: batch.folderTime }, place) + objectName(batch.delivered, hex);
  const lines = (): string => batch.calls.map((call) => `${JSON.stringify(recordOf(call, delivery))}\n`).join("");
  return { key, lastModified: batch.delivered, etag: etagOf(key), body: () => zip(lines()) };
}

const longText = "[the long text]";

/** Some hundred kilobytes of pages, packed once: gzip lets members follow each other. */
const packedPages = Array.from({ length: 4 }, (_, variant) => {
  const random = openRandom("pages", variant);
  const pages = Array.from({ length: 520 }, () => random.pick(passages)).join("\n\n");
  return zip(JSON.stringify(pages).slice(1, -1));
});

/** A body that was too long for its record: the request, with the long text that stands in it. */
function longBody(call: Call, delivery: Delivery): Uint8Array {
  const [first, ...rest] = call.exchange.turns;
  const long = { kind: "text", text: longText } as const;
  const turns = first === undefined ? rest : [{ ...first, parts: [long, ...first.parts] }, ...rest];
  const [before = "", after = ""] = JSON.stringify(
    inputBodyOf({ ...call, exchange: { ...call.exchange, turns } }, delivery),
  ).split(longText);
  const pages = at(packedPages, call.requestId.charCodeAt(0) % packedPages.length);
  return Buffer.concat([zip(before), pages, zip(after)]);
}

const minimalPdf =
  "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n";

/** What lies in `data/` for one call: long bodies, and media that Converse lifted out of the request. */
function dataObjects(call: Call, place: S3Place, delivery: Delivery): TrafficObject[] {
  if (call.errorCode !== null || !delivery.text) return [];
  const object = (name: string, body: () => Uint8Array): TrafficObject => {
    const key = `${dataFolder(call, place)}${call.requestId}_${name}`;
    return { key, lastModified: call.time + call.latencyMs + 40_000, etag: etagOf(key), body };
  };
  const files = call.operation.startsWith("Converse")
    ? call.exchange.turns.flatMap((turn) => turn.parts.filter((part) => part.kind === "document"))
    : [];
  return [
    ...(call.inputBody === "s3" ? [object("input.json.gz", () => longBody(call, delivery))] : []),
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
  where: { readonly accountId: string; readonly region: string; readonly hour: number; readonly fresh: boolean },
  place: S3Place,
  delivery: Delivery,
): TrafficObject[] {
  if (calls.length === 0) return [];
  const records = batches(calls, where.hour, where.fresh, `${where.accountId} ${where.region}`).map((batch) =>
    recordObject(batch, where, place, delivery),
  );
  const data = calls.flatMap((call) => dataObjects(call, place, delivery));
  return [...records, ...data].sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** The empty object that Bedrock leaves when a configuration is put. */
export function permissionCheck(key: string, time: number): TrafficObject {
  return { key, lastModified: time, etag: etagOf(""), body: () => new Uint8Array() };
}
