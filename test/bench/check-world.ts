import { aBucket, anAccount, anObject, aWorld, hourMs, region } from "../aws/small-world.ts";
import type { SimulatedMetric, SimulatedRegion, World } from "../../scripts/demo/aws/world.ts";

export const accountIds: readonly string[] = Array.from({ length: 10 }, (_, n) => String(111_111_111_110 + n));
/** Enabled in each account: 17. */
export const regionNames: readonly string[] = [
  ["ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1", "ap-southeast-2"],
  ["ca-central-1", "eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3", "sa-east-1"],
  ["us-east-1", "us-east-2", "us-west-1", "us-west-2"],
].flat();
/** Those of each account in which models are called: 4, 40 in all. */
const busy: readonly string[] = ["us-east-1", "us-west-2", "eu-central-1", "ap-northeast-1"];

const dayMs = 24 * hourMs;
const days = 31;
const perHour = 120;

/** 10 accounts × 17 regions, 40 targets with a month of traffic that is logged to a bucket of their own. */
export function checkWorld(now: number): World {
  return aWorld({
    accounts: accountIds.map((id) =>
      anAccount(id, { regions: new Map(regionNames.map((name) => [name, regionOf(id, name, now)])) }),
    ),
    buckets: accountIds.flatMap((id) => busy.map((name) => bucketOf(id, name, now))),
  });
}

const bucketName = (id: string, name: string) => `logs-${id}-${name}`;

function regionOf(id: string, name: string, now: number): SimulatedRegion {
  if (!busy.includes(name)) return region();
  const counts = ["Invocations", "ModelInvocationLogsS3DeliverySuccess"].map((metric) => hourly(metric, now));
  return region({
    loggingConfig: {
      s3Config: { bucketName: bucketName(id, name), keyPrefix: "bedrock" },
      textDataDeliveryEnabled: true,
    },
    metrics: counts,
  });
}

function hourly(name: string, now: number): SimulatedMetric {
  const newest = Math.floor(now / hourMs) * hourMs;
  return {
    namespace: "AWS/Bedrock",
    name,
    dimensions: [],
    *points(from, to) {
      const first = Math.max(from, newest - days * dayMs);
      for (let time = Math.ceil(first / hourMs) * hourMs; time < Math.min(to, newest); time += hourMs)
        yield { time, value: perHour };
    },
  };
}

function bucketOf(id: string, name: string, now: number) {
  const hours = Array.from({ length: days * 24 }, (_, n) => now - n * hourMs);
  const objects = hours.map((time) => {
    const [day = "", hour = ""] = new Date(time).toISOString().split(/[T:]/);
    const folder = `bedrock/AWSLogs/${id}/BedrockModelInvocationLogs/${name}/${day.replaceAll("-", "/")}/${hour}`;
    return anObject(`${folder}/${day.replaceAll("-", "")}T${hour}0000000Z_0123456789abcdef.json.gz`, "x", {
      lastModified: time,
    });
  });
  return aBucket(bucketName(id, name), objects, { region: name, owner: id });
}
