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
  const holdsBatch = async (folder: string, day: TrafficDay): Promise<boolean> => {
    for (const prefix of prefixesOf(folder, day))
      if (await reads.holdsObject({ bucket, region }, prefix, (object) => isBatch(folder, object))) return true;
    return false;
  };
  return attempt(
    "batches.s3",
    list,
    async () => ({
      asked: days.map(({ day }) => day),
      folders: await Promise.all(
        logFolders(place.prefix, target.account, target.region).map(async (folder) => {
          const found = await Promise.all(days.map((day) => holdsBatch(folder, day)));
          return { folder, days: days.filter((_, at) => found[at] === true).map(({ day }) => day) };
        }),
      ),
    }),
    (used) => ({ used: { bucket, ...used } }),
  );
}

/** The day's folder, and the first hour of the next where records of the last hour may lie. */
function prefixesOf(folder: string, { day, from, to }: TrafficDay): readonly string[] {
  const next = new Date(from + dayMs).toISOString().slice(0, 10);
  const inDay = `${folder}${day.replaceAll("-", "/")}/`;
  return to > from + dayMs ? [inDay, `${folder}${next.replaceAll("-", "/")}/00/`] : [inDay];
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
