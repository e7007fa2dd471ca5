import type { ControlNote } from "../domain/compliance.ts";
import {
  type Context,
  control,
  type DecidingRule,
  fail,
  type Judgement,
  notApplicable,
  pass,
  unknown,
} from "./control.ts";
import { overWindow } from "./counted.ts";
import { type DeliverySpan, deliverySpans } from "./delivery-spans.ts";
import {
  type Batches,
  type Delivery,
  isUnreadable,
  type LoggingConfig,
  textAlone,
  type Unreadable,
  type Usage,
} from "./facts.ts";
import { mendDelivery } from "./remediation.ts";
import { loggingOff } from "./stores-named.ts";
import { dayName, usageOf } from "./usage-sums.ts";

interface Channel {
  readonly of: "cloudWatch" | "s3" | "largeData";
  readonly resource: string;
  /** Where it leads: `bucket logs`. */
  readonly store: string;
  /** False: some calls use it, so that silence says nothing. */
  readonly everyCall: boolean;
  /** Whether the store itself shows records of that time and later. */
  readonly shows: (since: number) => boolean | Unreadable;
}

const absent: ControlNote = {
  level: "info",
  code: "metric-absent",
  text: "Nothing is counted of the delivery itself; the store shows that records arrive.",
};
const storeUnread: ControlNote = {
  level: "warn",
  code: "store-unread",
  text: "Whether the store shows records all the same could not be read.",
};

/** `2026-09-14T10:00Z`. */
const hourText = (time: number): string => `${new Date(time).toISOString().slice(0, 16)}Z`;

function isBroken({ everyCall }: Channel, { failures, invocations, late, successes }: DeliverySpan): boolean {
  return invocations > 0 && successes + late === 0 && (everyCall || failures > 0);
}

function isFailing({ failures, successes }: DeliverySpan, tolerance: number): boolean {
  return failures > tolerance * (failures + successes);
}

function judgeChannel(channel: Channel, usage: Usage, delivery: Delivery, { policy, region }: Context): Judgement {
  const { of, resource, store } = channel;
  const [whole, recent] = deliverySpans(usage, delivery[of]);
  const { failures, invocations, late, successes } = whole;
  const remediation = mendDelivery(store, region);
  if (invocations + successes + failures === 0)
    return notApplicable("no-traffic", "No traffic; delivery is unproven.", { resource, decidedBy: countsIn(whole) });
  const broken = [whole, recent].find((span) => isBroken(channel, span));
  if (broken !== undefined) {
    // Where deliveries are counted, none counted means none made.
    const arrives = successes + failures + late === 0 ? channel.shows(recent.since) : false;
    if (arrives === true)
      return pass("alive", `Records of ${invocations} invocations arrive in ${store}.`, {
        resource,
        notes: [absent],
        decidedBy: countsIn(whole),
      });
    const counts = `${broken.invocations} invocations, no delivery, ${broken.failures} failures`;
    const notes = isUnreadable(arrives) ? [storeUnread] : [];
    return fail("broken", `${counts} since ${hourText(broken.since)}.`, {
      resource,
      notes,
      remediation,
      decidedBy: countsIn(broken),
    });
  }
  const failing = [whole, recent].find((span) => isFailing(span, policy.deliveryFailureTolerance));
  if (failing !== undefined) {
    const reason = `${failing.failures} of ${failing.failures + failing.successes} deliveries failed.`;
    return fail("failing", reason, { resource, remediation, decidedBy: countsIn(failing) });
  }
  const some: ControlNote = { level: "warn", code: "some-failed", text: `${failures} deliveries failed.` };
  const notes = failures > 0 ? [some] : [];
  return pass("alive", `${successes} deliveries for ${invocations} invocations.`, {
    resource,
    notes,
    decidedBy: countsIn(whole),
  });
}

function countsIn({ failures, invocations, since, successes }: DeliverySpan): DecidingRule {
  return { since: hourText(since), invocations, successes, failures };
}

function showsBatch(batches: Batches | Unreadable) {
  return (since: number): boolean | Unreadable => {
    if (isUnreadable(batches)) return batches;
    const { s3 } = batches;
    if (s3 === null || isUnreadable(s3)) return s3 ?? false;
    const last = s3.asked.at(-1);
    if (last === undefined || last < dayName(since)) return false;
    return s3.folders.some(({ days }) => days.includes(last));
  };
}

function showsEvent(batches: Batches | Unreadable) {
  return (since: number): boolean | Unreadable => {
    if (isUnreadable(batches)) return batches;
    const { lastIngestion } = batches;
    return isUnreadable(lastIngestion) ? lastIngestion : lastIngestion !== null && lastIngestion >= since;
  };
}

function channelsOf({ cloudWatch, s3 }: LoggingConfig, batches: Batches | Unreadable): readonly Channel[] {
  const group: Channel[] =
    cloudWatch === null
      ? []
      : [
          {
            of: "cloudWatch",
            resource: "channel:cloudwatch",
            store: `log group ${cloudWatch.logGroup}`,
            everyCall: true,
            shows: showsEvent(batches),
          },
        ];
  const bucket: Channel[] =
    s3 === null
      ? []
      : [
          {
            of: "s3",
            resource: "channel:s3",
            store: `bucket ${s3.bucket}`,
            everyCall: true,
            shows: showsBatch(batches),
          },
        ];
  const large = s3?.bucket ?? cloudWatch?.largeData?.bucket;
  return [
    ...group,
    ...bucket,
    {
      of: "largeData",
      resource: "channel:large-data",
      store: large === undefined ? "the bucket of large bodies" : `bucket ${large}`,
      everyCall: false,
      shows: () => false,
    },
  ];
}

/** Large bodies are seldom: their channel is judged where it was used. */
function isJudged({ of }: Channel, delivery: Delivery | Unreadable): boolean {
  return of !== "largeData" || (!isUnreadable(delivery) && delivery.largeData.length > 0);
}

const toS3 = { set: true, s3: { bucket: "logs", prefix: "" }, cloudWatch: null, delivered: textAlone };
const toGroup = {
  set: true,
  s3: null,
  cloudWatch: { logGroup: "/b/log", roleArn: null, largeData: null },
  delivered: textAlone,
};
const usage = usageOf([{ time: 0, invocations: 1000 }]);
const silent: Delivery = { cloudWatch: [], s3: [], largeData: [], logEvents: null };
const counted = (successes: number, failures: number) => [{ time: 0, successes, failures }];
const hourMs = 3_600_000;
const twoDays = usageOf([
  { time: 0, invocations: 1000 },
  { time: 24 * hourMs, invocations: 10 },
]);
const comingIn = (hour: number) => [{ time: hour * hourMs, successes: 10, failures: 0 }];
const arrived: Batches = {
  s3: { asked: ["1970-01-01"], folders: [{ folder: "", days: ["1970-01-01"] }] },
  lastIngestion: 5,
};

export const deliveryAlive = control({
  id: "delivery-alive",
  title: "Logs are being delivered",
  severity: "high",
  why: "Logging can be on while nothing arrives: Bedrock answers calls whether it can deliver their logs or not.",
  requires: ["loggingConfig"],
  mayUse: ["usage", "delivery", "batches"],
  whereOn: ["delivery"],
  evaluate({ batches, delivery, loggingConfig, usage }, context) {
    const off = loggingOff(loggingConfig);
    if (off !== null) return [off];
    const [first, ...rest] = channelsOf(loggingConfig, batches)
      .filter((channel) => isJudged(channel, delivery))
      .map((channel) =>
        isUnreadable(usage) || isUnreadable(delivery)
          ? unknown([usage, delivery].filter(isUnreadable), null, { resource: channel.resource })
          : overWindow(judgeChannel(channel, usage, delivery, context), context),
      );
    return first === undefined ? [notApplicable("no-traffic", "No channel is in use.")] : [first, ...rest];
  },
  examples: [
    { facts: { loggingConfig: toS3, usage, delivery: { ...silent, s3: counted(1000, 0) } }, gives: ["PASS", "alive"] },
    { facts: { loggingConfig: toS3, usage, delivery: { ...silent, s3: counted(990, 10) } }, gives: ["PASS", "alive"] },
    {
      facts: { loggingConfig: toGroup, usage, delivery: { ...silent, cloudWatch: counted(1000, 0) } },
      gives: ["PASS", "alive"],
    },
    { facts: { loggingConfig: toS3, usage, delivery: silent, batches: arrived }, gives: ["PASS", "alive"] },
    { facts: { loggingConfig: toGroup, usage, delivery: silent, batches: arrived }, gives: ["PASS", "alive"] },
    {
      facts: { loggingConfig: toS3, usage, delivery: { ...silent, s3: counted(0, 1000) } },
      gives: ["FAIL", "broken"],
    },
    { facts: { loggingConfig: toS3, usage, delivery: silent }, gives: ["FAIL", "broken"] },
    // The records of the window's only hour may come in the next; those of an earlier day do not.
    { facts: { loggingConfig: toS3, usage, delivery: { ...silent, s3: comingIn(1) } }, gives: ["PASS", "alive"] },
    {
      facts: { loggingConfig: toS3, usage: twoDays, delivery: { ...silent, s3: comingIn(25) } },
      gives: ["FAIL", "broken"],
    },
    {
      facts: { loggingConfig: toS3, usage, delivery: { ...silent, s3: counted(980, 20) } },
      gives: ["FAIL", "failing"],
    },
    {
      facts: { loggingConfig: toS3, usage, delivery: { ...silent, s3: counted(980, 20) } },
      policy: { deliveryFailureTolerance: 0.02 },
      gives: ["PASS", "alive"],
    },
    { facts: { loggingConfig: toS3, usage: usageOf([]), delivery: silent }, gives: ["NOT_APPLICABLE", "no-traffic"] },
    { facts: { loggingConfig: toS3, usage }, gives: ["UNKNOWN", "permission"] },
    { facts: { loggingConfig: toS3, delivery: silent }, gives: ["UNKNOWN", "permission"] },
    {
      facts: { loggingConfig: { set: false, s3: null, cloudWatch: null, delivered: textAlone } },
      gives: ["NOT_APPLICABLE", "logging-off"],
    },
  ],
});
