import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import type { Fault } from "../../scripts/demo/aws/faults.ts";
import { simulatedCredentials } from "../../scripts/demo/aws/keys.ts";
import { compareUtf8 } from "../../scripts/demo/aws/services/s3-list.ts";
import { type SimulatedAws, startSimulatedAws } from "../../scripts/demo/aws/simulated-aws.ts";
import type { SimulatedLogEvent, SimulatedObject, World } from "../../scripts/demo/aws/world.ts";
import { openAws } from "../../server/aws/aws.ts";
import type { AwsAccount } from "../../server/aws/clients.ts";
import type { SourceKind } from "../../server/domain/coverage.ts";
import { silentLog } from "../../server/lib/log.ts";
import { cloudWatchSource } from "../../server/sources/cloudwatch.ts";
import { folderSources } from "../../server/sources/folder.ts";
import { s3Source } from "../../server/sources/s3.ts";
import { type Bucket, openBucket } from "../../server/sources/s3-bucket.ts";
import type { Source, UnitRef, Window } from "../../server/sources/source.ts";
import { aBucket, account, aLogGroup, anAccount, anEvent, anObject, aWorld, hourMs, now } from "../aws/small-world.ts";

export const scope = { accountId: account, region: "us-east-1" };
const range = { from: new Date(now - 48 * hourMs).toISOString(), to: new Date(now + hourMs).toISOString() };
export const forever = new AbortController().signal;

/** One delivered record: of an hour, so many hours ago. */
export interface Entry {
  readonly name: string;
  readonly text: string;
  readonly hoursAgo: number;
}

export function entry(name: string, hoursAgo = 2): Entry {
  return { name, text: JSON.stringify({ name }), hoursAgo };
}

export function hourStart({ hoursAgo }: Entry): number {
  return Math.floor((now - hoursAgo * hourMs) / hourMs) * hourMs;
}

/** A place of one kind, which the suite can change while a source reads it. */
export interface Place {
  /** As a process that starts anew would open it. */
  open(): Promise<Source>;
  add(entry: Entry): Promise<void>;
  remove(entry: Entry): Promise<void>;
  /** The whole bucket, log group or folder. */
  removeAll(): Promise<void>;
  readonly close: () => Promise<void>;
}

export interface Kit {
  readonly kind: SourceKind;
  /** Entries on a page of its listing. */
  readonly pageSize: number;
  place(entries: readonly Entry[], faults?: readonly Fault[]): Promise<Place>;
  /** What the bytes of a unit say, as the texts of its entries. */
  texts(bytes: Buffer): readonly string[];
}

const pageSize = 3;

export async function startAws(
  world: World,
  faults: readonly Fault[] = [],
): Promise<{ readonly simulated: SimulatedAws; readonly own: AwsAccount }> {
  const simulated = await startSimulatedAws(world, {
    clock: () => now,
    faults: { seed: 1, faults },
    pageSize: { keys: pageSize, events: pageSize },
  });
  const credentials = async () => simulatedCredentials(account);
  const options = { endpoint: simulated.url, region: "us-east-1", quotaShare: 1_000, clock: Date.now, log: silentLog };
  return { simulated, own: await openAws({ ...options, credentials }).account(account) };
}

export function keyOf(entry: Entry): string {
  const hour = new Date(hourStart(entry)).toISOString().slice(0, 13).replaceAll("-", "/").replace("T", "/");
  return `AWSLogs/${account}/BedrockModelInvocationLogs/us-east-1/${hour}/${entry.name}.json`;
}

const wholeText = (bytes: Buffer) => [bytes.toString("utf8").trimEnd()];

export const s3Kit: Kit = {
  kind: "s3",
  pageSize,
  texts: wholeText,
  async place(entries, faults) {
    const objectOf = (entry: Entry): SimulatedObject => anObject(`bedrock/${keyOf(entry)}`, `${entry.text}\n`);
    const objects = entries.map(objectOf);
    const list = (prefix: string) =>
      objects.filter(({ key }) => key.startsWith(prefix)).toSorted((a, b) => compareUtf8(a.key, b.key));
    const buckets = [{ ...aBucket("logs", []), list }];
    const { simulated, own } = await startAws(aWorld({ buckets }), faults);
    return {
      open: async () => s3Source({ places: [{ bucket: bucketOf(own), prefix: "bedrock" }], scope, now: () => now }),
      async add(entry) {
        objects.push(objectOf(entry));
      },
      async remove(entry) {
        objects.splice(
          objects.findIndex(({ key }) => key === `bedrock/${keyOf(entry)}`),
          1,
        );
      },
      async removeAll() {
        buckets.pop();
      },
      close: simulated.close,
    };
  },
};

export function bucketOf(own: AwsAccount, over: Partial<Parameters<typeof openBucket>[0]> = {}): Bucket {
  return openBucket({ bucket: "logs", owner: account, region: "us-east-1", clientFor: own.s3, ...over });
}

export const cloudWatchKit: Kit = {
  kind: "cloudwatch",
  pageSize,
  texts(bytes) {
    const envelope = JSON.parse(bytes.toString("utf8")) as { logEvents: { message: string }[] };
    return envelope.logEvents.map(({ message }) => message);
  },
  async place(entries, faults) {
    const eventOf = (entry: Entry): SimulatedLogEvent => anEvent(entry.name, hourStart(entry) + 5, entry.text);
    const events = entries.map(eventOf);
    const logGroups = [{ ...aLogGroup("/logs", []), events: inRange }];
    function inRange(from: number, to: number) {
      return events
        .filter(({ timestamp }) => timestamp >= from && timestamp < to)
        .toSorted((a, b) => a.timestamp - b.timestamp);
    }
    const { simulated, own } = await startAws(aWorld({ accounts: [anAccount(account, { logGroups })] }), faults);
    const logGroupArn = `arn:aws:logs:us-east-1:${account}:log-group:/logs`;
    return {
      open: async () =>
        cloudWatchSource({ client: own.logs("us-east-1"), logGroup: "/logs", logGroupArn, scope, now: () => now }),
      async add(entry) {
        events.push(eventOf(entry));
      },
      async remove(entry) {
        events.splice(
          events.findIndex(({ id }) => id === entry.name),
          1,
        );
      },
      async removeAll() {
        logGroups.pop();
      },
      close: simulated.close,
    };
  },
};

export const folderKit: Kit = {
  kind: "folder",
  pageSize: 1_000,
  texts: wholeText,
  async place(entries) {
    const root = await mkdtemp(join(tmpdir(), "source-"));
    const pathOf = (entry: Entry) => join(root, "download", keyOf(entry));
    const add = async (entry: Entry) => {
      await mkdir(dirname(pathOf(entry)), { recursive: true });
      await writeFile(pathOf(entry), `${entry.text}\n`);
    };
    for (const entry of entries) await add(entry);
    return {
      // A clock ahead of the disk's: every file has stood still for long.
      open: async () => {
        const sources = await folderSources({ path: root, clock: () => Date.now() + 60_000 });
        return sources.find((source) => source.scope !== null) ?? lastOf(sources);
      },
      add,
      remove: (entry) => rm(pathOf(entry)),
      removeAll: () => rm(root, { recursive: true }),
      close: () => rm(root, { recursive: true, force: true }),
    };
  },
};

function lastOf(sources: readonly Source[]): Source {
  const source = sources.at(-1);
  if (source === undefined) throw new Error("a folder has at least the source of its flat files");
  return source;
}

export async function windowsOf(source: Source): Promise<Window[]> {
  const windows: Window[] = [];
  for await (const window of source.windows(range, now)) windows.push(window);
  return windows;
}

export async function scanned(source: Source, window: Window, signal = forever): Promise<UnitRef[]> {
  const units: UnitRef[] = [];
  for await (const page of source.scan(window, signal)) units.push(...page);
  return units;
}

export async function allUnits(source: Source): Promise<UnitRef[]> {
  const units: UnitRef[] = [];
  for (const window of await windowsOf(source)) units.push(...(await scanned(source, window)));
  return units;
}

export async function readAll(bytes: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of bytes) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
