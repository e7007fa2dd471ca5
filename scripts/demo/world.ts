import { regionCatalogue } from "../../server/aws/region-catalogue.ts";
import type { SimulatedAccount, SimulatedLoggingConfig, SimulatedRegion, World } from "./aws/world.ts";
import { hourMs, startOfHour } from "./traffic/layout.ts";
import { accounts, type DeliveryTarget, targetOf, targets } from "./traffic/targets.ts";
import { openTraffic } from "./traffic/traffic.ts";
import { accountAccess, logRole } from "./world/access.ts";
import { demoBuckets } from "./world/buckets.ts";
import { demoModels, demoProfiles } from "./world/catalogue.ts";
import { type Hours, openHours } from "./world/hours.ts";
import { demoLogGroups } from "./world/log-groups.ts";
import { demoMetrics } from "./world/metrics.ts";
import { demoTrail } from "./world/trail.ts";

export interface DemoWorldOptions {
  readonly seed: number;
  /** The present, in milliseconds. */
  readonly now: number;
  readonly days: number;
  readonly recordsPerDay?: number;
}

/** Who may import findings into Security Hub, in each account. */
export const publisherRole = "bedrock-audit-publish";

/** Calls go on for so long after the present; the simulated AWS shows them as its clock comes to them. */
const aheadMs = 24 * hourMs;

const names: Readonly<Record<string, string>> = {
  [accounts.shop]: "quillmoor-shop",
  [accounts.desk]: "quillmoor-desk",
  [accounts.lab]: "quillmoor-lab",
};

/** Regions that are on in every account; each other one of the catalogue is off. */
const enabled: ReadonlySet<string> = new Set([
  "us-east-1",
  "us-east-2",
  "us-west-2",
  "ca-central-1",
  "eu-central-1",
  "eu-west-1",
  "ap-northeast-1",
]);

const off: SimulatedRegion = {
  optStatus: "DISABLED",
  loggingConfig: null,
  models: [],
  profiles: [],
  metrics: [],
  trailEvents: [],
  denies: [],
};

function configOf(target: DeliveryTarget): SimulatedLoggingConfig | null {
  const { accountId, s3, logGroup, text } = target;
  if (s3 === null && logGroup === null) return null;
  return {
    ...(s3 === null
      ? {}
      : { s3Config: { bucketName: s3.bucket, ...(s3.prefix === "" ? {} : { keyPrefix: s3.prefix }) } }),
    ...(logGroup === null ? {} : { cloudWatchConfig: { logGroupName: logGroup, roleArn: logRole(accountId) } }),
    textDataDeliveryEnabled: text,
    imageDataDeliveryEnabled: text,
    embeddingDataDeliveryEnabled: text,
    videoDataDeliveryEnabled: false,
    audioDataDeliveryEnabled: false,
  };
}

/** The lab's bucket in Ireland was deleted, its configuration was not. */
const orphaned: SimulatedLoggingConfig = {
  s3Config: { bucketName: "quillmoor-lab-logs-euw1" },
  textDataDeliveryEnabled: true,
};

interface Span {
  readonly start: number;
  readonly until: number;
  readonly now: number;
}

function regionOf(hours: Hours, accountId: string, region: string, span: Span): SimulatedRegion {
  if (!enabled.has(region)) return off;
  const target = targetOf(accountId, region);
  const profiles = demoProfiles(accountId, region, span.start - 90 * 24 * hourMs);
  const here = { ...off, optStatus: "ENABLED_BY_DEFAULT" as const, models: demoModels, profiles };
  if (target === null)
    return { ...here, loggingConfig: accountId === accounts.lab && region === "eu-west-1" ? orphaned : null };
  const loggingConfig = configOf(target);
  return {
    ...here,
    loggingConfig,
    metrics: demoMetrics(hours, target, span),
    trailEvents: demoTrail(target, loggingConfig, span.now),
  };
}

/** A simulated organisation: its accounts, logs, metrics and change history, around the traffic of a month. */
export function demoWorld({ seed, now, days, recordsPerDay }: DemoWorldOptions): World {
  const span = { start: startOfHour(now - days * 24 * hourMs), until: now + aheadMs, now };
  const traffic = openTraffic({
    seed,
    now,
    days,
    until: span.until,
    ...(recordsPerDay === undefined ? {} : { recordsPerDay }),
  });
  const hours = openHours(traffic, now);
  const all = regionCatalogue.get("aws") ?? [];
  const accountOf = (id: string): SimulatedAccount => ({
    id,
    name: names[id] ?? id,
    callerArn: `arn:aws:sts::${id}:assumed-role/bedrock-audit/demo`,
    assumableRoles: ["bedrock-audit", publisherRole],
    regions: new Map(all.map((region) => [region, regionOf(hours, id, region, span)])),
    logGroups: demoLogGroups(traffic, id, span),
    ...accountAccess(id, targets),
  });
  return {
    accounts: Object.values(accounts).map(accountOf),
    buckets: demoBuckets(traffic, hours, span),
    securityHub: { role: publisherRole, findings: new Map() },
  };
}
