import type { LifecycleRule } from "@aws-sdk/client-s3";
import type { Fault } from "../../scripts/demo/aws/faults.ts";
import { simulatedCredentials } from "../../scripts/demo/aws/keys.ts";
import { type SimulatedAws, startSimulatedAws } from "../../scripts/demo/aws/simulated-aws.ts";
import type {
  SimulatedAccount,
  SimulatedBucket,
  SimulatedLogGroup,
  SimulatedRegion,
  SimulatedTrailEvent,
  World,
} from "../../scripts/demo/aws/world.ts";
import { openAws } from "../../server/aws/aws.ts";
import { type Checked, type CheckOptions, checkWithSnapshot, type History } from "../../server/check.ts";
import { type CheckPolicy, defaultPolicy } from "../../server/controls/policy.ts";
import type { CheckReport, ControlResult } from "../../server/domain/compliance.ts";
import { silentLog } from "../../server/lib/log.ts";
import { aBucket, account, aLogGroup, anAccount, aWorld, hourMs, now, region } from "../aws/small-world.ts";

export const here = "us-east-1";
export const logsFolder = `bedrock/AWSLogs/${account}/BedrockModelInvocationLogs/${here}/`;

/** A small account: a bucket `logs` for all records, unless said otherwise. */
export interface Setup {
  readonly config?: SimulatedRegion["loggingConfig"];
  readonly bucket?: Partial<SimulatedBucket>;
  readonly buckets?: readonly SimulatedBucket[];
  readonly groups?: readonly SimulatedLogGroup[];
  readonly region?: Partial<SimulatedRegion>;
  readonly account?: Partial<SimulatedAccount>;
}

const flags = { textDataDeliveryEnabled: true };
export const toS3 = { s3Config: { bucketName: "logs", keyPrefix: "bedrock" }, ...flags };
const cloudWatch = { logGroupName: "/b/log", roleArn: "arn:aws:iam::111122223333:role/log" };
/** CloudWatch with a bucket for what is too large. */
export const toGroup = {
  cloudWatchConfig: { ...cloudWatch, largeDataDeliveryS3Config: { bucketName: "logs", keyPrefix: "large" } },
  ...flags,
};
export const toGroupAlone = { cloudWatchConfig: cloudWatch, ...flags };
export const toBoth = { ...toS3, ...toGroupAlone };

export function group(retentionInDays: number | null, over: Partial<SimulatedLogGroup> = {}): SimulatedLogGroup {
  return aLogGroup("/b/log", [], { retentionInDays, ...over });
}

export function expiring(days: number, Filter: LifecycleRule["Filter"] = { Prefix: "" }): LifecycleRule {
  return { Status: "Enabled", Filter, Expiration: { Days: days } };
}

/** A change as CloudTrail tells it, so many days ago. */
export function change(
  name: string,
  daysAgo: number,
  requestParameters: unknown,
  over: { readonly errorCode?: string; readonly id?: string; readonly arn?: string } = {},
): SimulatedTrailEvent {
  const { arn = `arn:aws:iam::${account}:user/admin`, errorCode, id = `${name} ${daysAgo}` } = over;
  return {
    id,
    name,
    source: "bedrock.amazonaws.com",
    time: now - daysAgo * 24 * hourMs,
    username: "admin",
    event: {
      userIdentity: { type: "IAMUser", arn },
      requestParameters,
      ...(errorCode === undefined ? {} : { errorCode }),
    },
  };
}

/** Calls, one series by the hour. */
export function calls(perHour: number, hours: number, name = "Invocations", namespace = "AWS/Bedrock") {
  return {
    namespace,
    name,
    dimensions: [],
    *points(from: number, to: number) {
      for (let time = Math.max(from, now - hours * hourMs); time < Math.min(to, now); time += hourMs)
        yield { time, value: perHour };
    },
  };
}

export function worldOf({
  bucket,
  buckets,
  account: ofAccount,
  config = toS3,
  groups = [],
  region: over,
}: Setup): World {
  const here_ = region({ loggingConfig: config, ...over });
  return aWorld({
    accounts: [anAccount(account, { regions: new Map([[here, here_]]), logGroups: groups, ...ofAccount })],
    buckets: buckets ?? [aBucket("logs", [], bucket ?? {})],
  });
}

export type Options = Partial<CheckOptions> & {
  readonly settings?: Partial<CheckPolicy>;
  readonly asAccount?: string;
  /** What runs before saw. */
  readonly earlierLooks?: History;
  /** In place of the simulated address, for some regions. */
  readonly addresses?: Readonly<Record<string, string>>;
};

/** Runs the check by the real SDK against the simulated AWS. */
export async function checked(
  world: World,
  options: Options = {},
  faults: readonly Fault[] = [],
): Promise<CheckReport> {
  return (await looked(world, options, faults)).report;
}

/** As `checked`, with all that was seen, and what was asked. */
export async function looked(
  world: World,
  options: Options = {},
  faults: readonly Fault[] = [],
): Promise<Checked & { readonly requests: ReturnType<SimulatedAws["requests"]> }> {
  const simulated = await startSimulatedAws(world, { clock: () => now, faults: { seed: 1, faults } });
  try {
    return { ...(await lookedAt(simulated.url, options)), requests: simulated.requests() };
  } finally {
    await simulated.close();
  }
}

function lookedAt(
  url: string,
  { addresses = {}, asAccount = account, earlierLooks, settings, ...rest }: Options,
): Promise<Checked> {
  const began = Date.now();
  const aws = openAws({
    endpoint: (region) => addresses[region] ?? url,
    region: here,
    purpose: "checking",
    quotaShare: 10_000,
    // As often as a check tries, without its pauses.
    patience: { attempts: 6, pauseMs: 0, longestPauseMs: 0, callMs: 60_000 },
    clock: () => now + Date.now() - began,
    log: silentLog,
    credentials: async () => simulatedCredentials(asAccount),
  });
  return checkWithSnapshot(
    {
      aws,
      clock: () => now,
      random: (bytes) => new Uint8Array(bytes),
      log: silentLog,
      ...(earlierLooks === undefined ? {} : { earlierLooks }),
    },
    {
      failOn: "high",
      allowUnknown: [],
      tool: "test",
      regions: [here],
      ...(settings === undefined ? {} : { policy: { name: "test", settings: { ...defaultPolicy, ...settings } } }),
      ...rest,
    },
  );
}

const short = {
  on: "invocation-logging-enabled",
  bodies: "required-modalities-logged",
  group: "log-group-retention",
  s3: "s3-log-retention",
  reach: "log-destination-reachable",
  guard: "log-store-hardened",
  unbroken: "logging-unbroken",
  alive: "delivery-alive",
  complete: "logs-complete",
  covered: "endpoints-covered",
} as const;

export type ControlName = keyof typeof short;

/** `FAIL short readable-short`: verdict, code, codes of notes. */
export function told({ code, notes, verdict }: ControlResult): string {
  return [verdict, code, ...notes.map((note) => note.code).toSorted()].join(" ");
}

const byWeight = ["FAIL", "UNKNOWN", "PASS", "NOT_APPLICABLE"];

/** The gravest result of a control. */
export function of(report: CheckReport, control: ControlName, place = here): ControlResult {
  const [found] = report.results
    .filter((result) => result.control === short[control] && result.region === place)
    .toSorted((a, b) => byWeight.indexOf(a.verdict) - byWeight.indexOf(b.verdict));
  if (found === undefined) throw new Error(`no result of ${short[control]}`);
  return found;
}

/** What a row of the specification sets up, and what each control must say then. */
export type Row = readonly [
  what: string,
  setup: Setup,
  expected: Partial<Record<ControlName, string>>,
  options?: Options,
];

export function casesOf(rows: readonly Row[]) {
  return rows.map(([what, setup, expected, options]) => ({ what, setup, expected, options }));
}

/** Checks the world of a row, and gives what is told of each control that it names, beside what it expects. */
export async function toldOf({ expected, options, setup }: ReturnType<typeof casesOf>[number]) {
  const report = await checked(worldOf(setup), options);
  const names = Object.keys(expected) as ControlName[];
  return { told: Object.fromEntries(names.map((name) => [name, told(of(report, name))])), expected };
}
