import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { compareUtf8 } from "../../scripts/demo/aws/services/s3-list.ts";
import type {
  SimulatedAccount,
  SimulatedLogEvent,
  SimulatedLogGroup,
  SimulatedObject,
  SimulatedRegion,
  World,
} from "../../scripts/demo/aws/world.ts";
import { aBucket, account, anAccount, anEvent, region } from "../aws/small-world.ts";
import { lines, record, type RecordFields } from "../ingest/kit.ts";
import { minute } from "./virtual-time.ts";

/** Where a region delivers to. */
export type Delivery = "cloudwatch" | "s3" | "both";

/** A record as it was delivered once: an event, or a line of an object. */
export interface Delivered {
  readonly accountId: string;
  readonly region: string;
  readonly requestId: string;
  readonly time: number;
  readonly inputTokens: number;
  /** When the source begins to show it. */
  readonly shownAt: number;
}

/** How and when something is delivered. */
export interface How {
  readonly region?: string;
  /** Default: a minute after its time. */
  readonly shownAt?: number;
}

export const homeRegion = "us-east-1";

/** An AWS account whose logs a test writes while they are read, and what was written: the truth that a store is held against. */
export class Stage {
  readonly world: World;
  /** Every record that was delivered, each time that it was. */
  readonly delivered: Delivered[] = [];
  readonly #events = new Map<string, SimulatedLogEvent[]>();
  readonly #objects = new Map<string, Map<string, SimulatedObject>>();
  readonly #regions = new Map<string, SimulatedRegion>();
  readonly #groups: SimulatedLogGroup[] = [];
  readonly #buckets: World["buckets"][number][] = [];
  readonly #clock: () => number;
  #serial = 0;

  constructor(deliveries: Readonly<Record<string, Delivery>>, clock: () => number) {
    this.#clock = clock;
    for (const [name, delivery] of Object.entries(deliveries)) this.#open(name, delivery);
    const accounts: SimulatedAccount[] = [anAccount(account, { regions: this.#regions, logGroups: this.#groups })];
    this.world = { accounts, buckets: this.#buckets };
  }

  #open(name: string, delivery: Delivery): void {
    const cloudWatchConfig = { logGroupName: logGroupOf(name), roleArn: `arn:aws:iam::${account}:role/delivery` };
    const s3Config = { bucketName: bucketOf(name), keyPrefix: "" };
    this.#regions.set(
      name,
      region({
        loggingConfig: {
          ...(delivery === "s3" ? {} : { cloudWatchConfig }),
          ...(delivery === "cloudwatch" ? {} : { s3Config }),
          textDataDeliveryEnabled: true,
        },
      }),
    );
    if (delivery !== "s3") this.addGroup(logGroupOf(name), name);
    if (delivery !== "cloudwatch") this.addBucket(bucketOf(name), name);
  }

  addGroup(name: string, inRegion = homeRegion): void {
    const events: SimulatedLogEvent[] = this.#events.get(name) ?? [];
    this.#events.set(name, events);
    this.#groups.push({
      name,
      region: inRegion,
      retentionInDays: null,
      logGroupClass: "STANDARD",
      creationTime: 0,
      events: (from, to) =>
        events.filter((event) => event.timestamp >= from && event.timestamp < to).toSorted((a, b) => order(a, b)),
    });
  }

  /** Takes the events of calls away, as if they had never been there. Returns what puts them back. */
  removeEvents(requestIds: readonly string[], inRegion = homeRegion): () => void {
    const events = this.#events.get(logGroupOf(inRegion)) ?? [];
    const isOne = (text: string) => requestIds.some((id) => text.includes(`"${id}"`));
    const taken = events.filter(({ message }) => isOne(message));
    const untold = this.delivered.filter(({ requestId }) => requestIds.includes(requestId));
    events.splice(0, events.length, ...events.filter((event) => !taken.includes(event)));
    this.delivered.splice(0, this.delivered.length, ...this.delivered.filter((call) => !untold.includes(call)));
    return () => {
      const shownAt = this.#clock();
      events.push(...taken.map((event) => ({ ...event, ingestionTime: shownAt })));
      this.delivered.push(...untold.map((call) => ({ ...call, shownAt })));
    };
  }

  /** Gives the events of calls another time than that of their call. */
  moveEvents(requestIds: readonly string[], timestamp: number, inRegion = homeRegion): void {
    const events = this.#events.get(logGroupOf(inRegion)) ?? [];
    const isOne = (text: string) => requestIds.some((id) => text.includes(`"${id}"`));
    events.splice(0, events.length, ...events.map((event) => (isOne(event.message) ? { ...event, timestamp } : event)));
  }

  removeGroup(name: string): void {
    this.#groups.splice(
      this.#groups.findIndex((group) => group.name === name),
      1,
    );
  }

  addBucket(name: string, inRegion = homeRegion): void {
    const objects = this.#objects.get(name) ?? new Map<string, SimulatedObject>();
    this.#objects.set(name, objects);
    const list = (prefix: string) =>
      [...objects.values()].filter(({ key }) => key.startsWith(prefix)).toSorted((a, b) => compareUtf8(a.key, b.key));
    this.#buckets.push({ ...aBucket(name, [], { region: inRegion }), list });
  }

  /** A small valid record of its own, as the source would write it. */
  call(time: number, fields: RecordFields & { readonly region?: string } = {}): Record<string, unknown> {
    const requestId = fields.requestId ?? `call-${String(++this.#serial).padStart(6, "0")}`;
    const timestamp = new Date(time).toISOString();
    return record(requestId, { inputTokenCount: 10 + (this.#serial % 90), timestamp, ...fields });
  }

  /** Writes calls into a region's log group, one event each, and notes them as the truth. */
  log(calls: readonly Record<string, unknown>[], how: How & EventPlace = {}): void {
    for (const call of calls) {
      const time = Date.parse(String(call["timestamp"]));
      this.event(JSON.stringify(call), time, how);
      this.#note(call, how.shownAt ?? time + minute);
    }
  }

  /** Writes any text as one event; it is no part of the truth. */
  event(
    message: string,
    time: number,
    { group, id, region: inRegion = homeRegion, shownAt = time + minute, stream }: How & EventPlace = {},
  ): void {
    const event = anEvent(id ?? `event-${String(++this.#serial).padStart(8, "0")}`, time, message, shownAt);
    const events = this.#events.get(group ?? logGroupOf(inRegion));
    events?.push(stream === undefined ? event : { ...event, logStream: stream });
  }

  /** Puts calls as lines of one object into the folder of the hour of `at`, and notes them as the truth. Returns the key. */
  put(calls: readonly Record<string, unknown>[], at: number, how: How & ObjectPlace = {}): string {
    const {
      accountId = account,
      bucketIn,
      name,
      prefix = "",
      region: inRegion = homeRegion,
      shownAt = at + minute,
    } = how;
    const hourPath = new Date(at).toISOString().slice(0, 13).replaceAll("-", "/").replace("T", "/");
    const folder = `${prefix}AWSLogs/${accountId}/BedrockModelInvocationLogs/${inRegion}/${hourPath}`;
    const key = `${folder}/${name ?? `${String(++this.#serial).padStart(8, "0")}.json.gz`}`;
    this.object(key, gzipSync(lines(...calls)), { region: bucketIn ?? inRegion, shownAt });
    for (const call of calls) this.#note(call, shownAt);
    return key;
  }

  /** Puts any bytes under any key; they are no part of the truth. */
  object(
    key: string,
    body: Uint8Array,
    { over = {}, region: inRegion = homeRegion, shownAt = 0 }: How & { readonly over?: Partial<SimulatedObject> } = {},
  ): void {
    const etag = createHash("md5").update(body).digest("hex");
    const object = { key, size: body.byteLength, lastModified: shownAt, etag, body: () => body, ...over };
    this.#objects.get(bucketOf(inRegion))?.set(key, object);
  }

  removeObject(key: string, inRegion = homeRegion): void {
    this.#objects.get(bucketOf(inRegion))?.delete(key);
  }

  /** What Bedrock says of a region from now on. */
  configure(name: string, over: Partial<SimulatedRegion>): void {
    this.#regions.set(name, { ...(this.#regions.get(name) ?? region()), ...over });
  }

  #note(call: Record<string, unknown>, shownAt: number): void {
    const {
      accountId,
      input,
      region: inRegion,
      requestId,
      timestamp,
    } = call as Record<string, string> & {
      input: { inputTokenCount?: number };
    };
    this.delivered.push({
      accountId: accountId ?? "",
      region: inRegion ?? "",
      requestId: requestId ?? "",
      time: Date.parse(timestamp ?? ""),
      inputTokens: input.inputTokenCount ?? 0,
      // Nobody saw it before it was there.
      shownAt: Math.max(shownAt, this.#clock()),
    });
  }

  /** The calls that the sources have shown by a time, each once. */
  truth(at: number): readonly Delivered[] {
    const first = new Map<string, Delivered>();
    for (const call of this.delivered) {
      const known = first.get(nameOf(call));
      if (call.shownAt <= at && (known === undefined || call.shownAt < known.shownAt)) first.set(nameOf(call), call);
    }
    return [...first.values()];
  }
}

interface ObjectPlace {
  readonly name?: string;
  /** What stands before `AWSLogs/`; default: nothing. */
  readonly prefix?: string;
  /** Whose folder; default: that of the account of the stage. */
  readonly accountId?: string;
  /** The region whose bucket it is; default: that of the calls. */
  readonly bucketIn?: string;
}

interface EventPlace {
  readonly group?: string;
  readonly id?: string;
  readonly stream?: string;
}

export function nameOf(call: Pick<Delivered, "accountId" | "region" | "requestId">): string {
  return `${call.accountId}/${call.region}/${call.requestId}`;
}

export function logGroupOf(inRegion: string): string {
  return `/bedrock/${inRegion}`;
}

export function bucketOf(inRegion: string): string {
  return `logs-${inRegion}`;
}

function order(a: SimulatedLogEvent, b: SimulatedLogEvent): number {
  return a.timestamp - b.timestamp || (a.id < b.id ? -1 : 1);
}
