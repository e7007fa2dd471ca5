import { type BatchDays, type BucketPlace, isUnreadable, type Unreadable, type Usage } from "../facts.ts";
import { logFolders } from "../lifecycle-classes.ts";
import { type TrafficDay, trafficDays } from "../usage-sums.ts";
import { type Ask, call, type Collector } from "./collector.ts";

const list = call("s3", "ListObjectsV2", "s3:ListBucket");
const streams = call("logs", "DescribeLogStreams");
const stream = "aws/bedrock/modelinvocations";
const dayMs = 86_400_000;

/** What lies in the stores, day by day. Keys are listed, no object is read. */
export const batches: Collector<"batches"> = {
  fact: "batches",
  calls: [list, streams],
  restsOn: ["loggingConfig", "s3Store", "usage"],
  async collect(ask) {
    const [config, usage] = await Promise.all([ask.fact("loggingConfig"), ask.fact("usage")]);
    if (isUnreadable(config)) return config;
    if (isUnreadable(usage)) return usage;
    const [s3, lastIngestion] = await Promise.all([
      config.s3 === null ? null : batchDays(ask, config.s3, usage),
      config.cloudWatch === null ? null : ingestion(ask, config.cloudWatch.logGroup),
    ]);
    return { s3, lastIngestion };
  },
};

async function batchDays(ask: Ask, place: BucketPlace, usage: Usage): Promise<BatchDays | null | Unreadable> {
  const { attempt, fact, reads, target } = ask;
  const { bucket } = place;
  const store = await fact("s3Store");
  if (store === null || (!isUnreadable(store) && store.owner !== "own")) return null;
  // Bedrock delivers to buckets of the same region only.
  const region = isUnreadable(store) || isUnreadable(store.region) ? target.region : store.region;
  const days = trafficDays(usage);
  const holding: Holding = (folder, prefixes) =>
    reads.prefixesHolding({ bucket, region }, { folder, prefixes, isWanted: (object) => isBatch(folder, object) });
  return attempt(
    "batches.s3",
    list,
    async () => ({
      asked: days.map(({ day }) => day),
      folders: await Promise.all(
        logFolders(place.prefix, target.account, target.region).map(async (folder) => ({
          folder,
          days: (await heldDays(folder, days, holding)).map(({ day }) => day),
        })),
      ),
    }),
    (used) => ({ used: { bucket, ...used } }),
  );
}

type Holding = (folder: string, prefixes: readonly string[]) => Promise<ReadonlySet<string>>;

/** Those with a batch in their own folder, or, of their last hour, in the next day's. */
async function heldDays(folder: string, days: readonly TrafficDay[], holding: Holding): Promise<readonly TrafficDay[]> {
  const own = (day: TrafficDay): string => dayPrefix(folder, day.from);
  const behind = (day: TrafficDay): string => `${dayPrefix(folder, day.from + dayMs)}00/`;
  const inDay = await holding(folder, days.map(own));
  const late = days.filter((day) => isLate(day) && !inDay.has(own(day)));
  const inNext = await holding(folder, late.map(behind));
  return days.filter((day) => inDay.has(own(day)) || inNext.has(behind(day)));
}

function dayPrefix(folder: string, time: number): string {
  return `${folder}${new Date(time).toISOString().slice(0, 10).replaceAll("-", "/")}/`;
}

/** Records of its last hour may lie in the first hour of the next day. */
function isLate({ from, to }: TrafficDay): boolean {
  return to > from + dayMs;
}

/** A file of records: not one body of them under `data/`, nor the empty object that a Put of the configuration leaves. */
function isBatch(folder: string, { key, sizeBytes }: { readonly key: string; readonly sizeBytes: number }): boolean {
  const isFile = /^\d{4}(\/\d\d){3}\/[^/]+\.json\.gz$/.test(key.slice(folder.length));
  return sizeBytes > 0 && key.startsWith(folder) && isFile;
}

function ingestion({ attempt, reads }: Ask, group: string): Promise<number | null | Unreadable> {
  return attempt(
    "batches.lastIngestion",
    streams,
    () => reads.lastIngestion(group, stream),
    (lastIngestion) => ({ used: { group, lastIngestion } }),
  );
}
