import { describe, expect, it, onTestFinished } from "vitest";
import type { Fault, FaultDeed } from "../../scripts/demo/aws/faults.ts";
import { simulatedCredentials } from "../../scripts/demo/aws/keys.ts";
import { startSimulatedAws } from "../../scripts/demo/aws/simulated-aws.ts";
import type { World } from "../../scripts/demo/aws/world.ts";
import { openAws } from "../../server/aws/aws.ts";
import {
  bucketLifecycle,
  bucketLocation,
  bucketLock,
  bucketVersioning,
  ownBuckets,
} from "../../server/aws/bucket-settings.ts";
import { classify, classifyAlone } from "../../server/aws/classify.ts";
import type { AwsAccount } from "../../server/aws/clients.ts";
import { findLogGroup } from "../../server/aws/log-groups.ts";
import { dimensionValues, metricSums } from "../../server/aws/metric-sums.ts";
import { modelsBehind } from "../../server/aws/models-behind.ts";
import { listRegions } from "../../server/aws/regions.ts";
import { lookupEvents } from "../../server/aws/trail-events.ts";
import { silentLog } from "../../server/lib/log.ts";
import { aBucket, account, aLogGroup, anAccount, aWorld, hourMs, now, otherAccount, region } from "./small-world.ts";

const here = "us-east-1";
const arn = `arn:aws:bedrock:us-east-1:${account}:application-inference-profile/abcdefghijkl`;
const models = ["us-east-1", "us-west-2"].map((at) => `arn:aws:bedrock:${at}::foundation-model/amazon.nova-lite-v1:0`);

const nova = `arn:aws:bedrock:${here}::foundation-model/amazon.nova-lite-v1:0`;
const ownArn = (resource: string) => `arn:aws:bedrock:${here}:${account}:${resource}`;
const endpoint = `arn:aws:sagemaker:${here}:${account}:endpoint/falcon`;
const hubModel = `arn:aws:sagemaker:${here}:aws:hub-content/SageMakerPublicHub/Model/falcon-7b/1.0.0`;

function hourly(dimensions: readonly { name: string; value: string }[], value: number) {
  return {
    namespace: "AWS/Bedrock",
    name: "Invocations",
    dimensions,
    *points(from: number, to: number) {
      for (let time = Math.ceil(from / hourMs) * hourMs; time < to; time += hourMs) yield { time, value };
    },
  };
}

const trailEvents = Array.from({ length: 1_010 }, (_, n) => ({
  id: `t${n}`,
  name: n < 5 ? "PutModelInvocationLoggingConfiguration" : "Many",
  source: "bedrock.amazonaws.com",
  time: now - n * 60_000,
  username: "admin",
  event: { errorCode: n === 1 ? "AccessDenied" : undefined, requestParameters: { n } },
}));

const world = aWorld({
  accounts: [
    anAccount(account, {
      regions: new Map([
        [
          here,
          region({
            metrics: [hourly([], 7), hourly([{ name: "ModelId", value: "m" }], 5)],
            trailEvents,
            profiles: [
              { id: "abcdefghijkl", arn, name: "search", type: "APPLICATION", modelArns: models, createdAt: now },
            ],
            ownModels: {
              provisioned: [
                { arn: ownArn("provisioned-model/abcdefghijkl"), modelArn: nova, foundationModelArn: nova },
              ],
              custom: [{ arn: ownArn("custom-model/abcdefghijkl"), name: "tuned", baseModelArn: nova }],
              deployments: [
                {
                  arn: ownArn("custom-model-deployment/abcdefghijkl"),
                  name: "live",
                  modelArn: ownArn("custom-model/abcdefghijkl"),
                },
              ],
              imported: [{ arn: ownArn("imported-model/abcdefghijkl"), name: "weights", architecture: "llama" }],
              marketplace: [{ arn: endpoint, modelSourceIdentifier: hubModel }],
            },
          }),
        ],
        ["eu-west-1", region()],
      ]),
      logGroups: [
        ...Array.from({ length: 60 }, (_, n) => aLogGroup(`/b/log${String(n).padStart(2, "0")}`, [])),
        aLogGroup("/b/log", [], { retentionInDays: 1 }),
        aLogGroup("/b/log59x", [], { retentionInDays: null, logGroupClass: "DELIVERY" }),
      ],
    }),
  ],
  buckets: [
    aBucket("full", [], {
      versioning: "Suspended",
      objectLock: { mode: "GOVERNANCE", days: 7 },
      lifecycle: [{ Status: "Enabled", Filter: { Prefix: "" }, Expiration: { Days: 30 } }],
    }),
    aBucket("plain", [], { region: "eu-west-1" }),
    aBucket("theirs", [], { owner: otherAccount }),
  ],
});

async function open(faults: readonly Fault[] = [], over: World = world): Promise<AwsAccount> {
  const simulated = await startSimulatedAws(over, { clock: () => now, faults: { seed: 1, faults } });
  onTestFinished(simulated.close);
  const credentials = async () => simulatedCredentials(account);
  const options = { endpoint: simulated.url, region: here, quotaShare: 1_000, clock: Date.now, log: silentLog };
  return openAws({ ...options, credentials }).account(account);
}

const full = (own: AwsAccount) => ({ account: own, region: here, bucket: "full", owner: account });
const plain = (own: AwsAccount) => ({ account: own, region: "eu-west-1", bucket: "plain", owner: account });

describe("what is read of a store", () => {
  it("is the group of exactly the configured name", async () => {
    const own = await open();
    expect(await findLogGroup(own, here, "/b/log")).toMatchObject({ retentionInDays: 1, logGroupClass: "STANDARD" });
    expect(await findLogGroup(own, here, "/b/log59x")).toMatchObject({
      retentionInDays: null,
      logGroupClass: "DELIVERY",
    });
    expect(await findLogGroup(own, here, "/b/lo")).toBeNull();
  });

  it("is a bucket's rules, versions, lock and region", async () => {
    const own = await open();
    expect(await bucketLifecycle(full(own))).toMatchObject([{ Expiration: { Days: 30 } }]);
    expect(await bucketVersioning(full(own))).toBe("Suspended");
    expect(await bucketLock(full(own))).toEqual({ mode: "GOVERNANCE", days: 7, years: null });
    expect(await bucketLocation(full(own))).toBe("us-east-1");
  });

  it("is no lock of a mode or a period that AWS does not tell", async () => {
    const locks = ["<Days>30</Days>", "<Mode>GOVERNANCE</Mode>", "<Mode>OTHER</Mode><Days>30</Days>"];
    for (const lock of locks) {
      const rule = `<Rule><DefaultRetention>${lock}</DefaultRetention></Rule>`;
      const body = `<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled>${rule}</ObjectLockConfiguration>`;
      const own = await open([{ api: "GetObjectLockConfiguration", count: 9, do: replaced(body) }]);
      await expect(bucketLock(full(own))).rejects.toMatchObject({ name: "UnreadableAnswer" });
    }
  });

  it("is none where a bucket has none", async () => {
    const own = await open();
    expect(await bucketLifecycle(plain(own))).toEqual([]);
    expect(await bucketVersioning(plain(own))).toBeNull();
    expect(await bucketLock(plain(own))).toBeNull();
    expect(await bucketLocation(plain(own))).toBe("eu-west-1");
  });

  it("is the list of the account's own buckets, with their regions", async () => {
    const own = await open();
    expect([...(await ownBuckets(own, here))]).toEqual([
      ["full", "us-east-1"],
      ["plain", "eu-west-1"],
    ]);
  });

  it("is refused, or missing, as AWS says it", async () => {
    const own = await open();
    await expect(bucketLifecycle({ ...full(own), bucket: "theirs" })).rejects.toMatchObject({ name: "AccessDenied" });
    await expect(bucketLock({ ...full(own), bucket: "none" })).rejects.toMatchObject({ name: "NoSuchBucket" });
  });
});

describe("the regions of an account", () => {
  const noRegions: Fault = { api: "ListRegions", count: 9, do: replaced('{"Regions":[]}') };

  it("are told by another service where one tells of none", async () => {
    const told = await listRegions(await open([noRegions]), here);
    expect(told.map((each) => each.region)).toContain(here);
  });

  it("are not known where both tell of none", async () => {
    const none = "<DescribeRegionsResponse><regionInfo/></DescribeRegionsResponse>";
    const own = await open([noRegions, { api: "DescribeRegions", count: 9, do: replaced(none) }]);
    await expect(listRegions(own, here)).rejects.toMatchObject({ name: "UnreadableAnswer" });
  });
});

describe("what is read of use and history", () => {
  const range = { from: now - 4 * hourMs, to: now, periodSeconds: 3_600 };
  const invocations = (dimensions = {}) => ({ namespace: "AWS/Bedrock", name: "Invocations", dimensions });

  it("is one series a question, and an empty one where there was nothing", async () => {
    const own = await open();
    const [all, one, none] = await metricSums(
      own,
      here,
      [invocations(), invocations({ ModelId: "m" }), invocations({ ModelId: "x" })],
      range,
    );
    expect(all?.map(({ sum }) => sum)).toEqual([7, 7, 7, 7]);
    expect(all?.[0]?.time).toBe(now - 4 * hourMs);
    expect(one?.map(({ sum }) => sum)).toEqual([5, 5, 5, 5]);
    expect(none).toEqual([]);
    expect(await dimensionValues(own, here, { ...invocations(), dimension: "ModelId" })).toEqual(["m"]);
  });

  it("is not 0 where AWS could not read a series, or left one out", async () => {
    const answers = [
      { MetricDataResults: [{ Id: "m0", Timestamps: [], Values: [], StatusCode: "InternalError" }] },
      { MetricDataResults: [{ Id: "m0", Timestamps: [], Values: [], StatusCode: "PartialData" }] },
      { MetricDataResults: [] },
      {},
    ];
    for (const answer of answers) {
      const own = await open([{ api: "GetMetricData", count: 9, do: replaced(JSON.stringify(answer)) }]);
      await expect(metricSums(own, here, [invocations()], range)).rejects.toMatchObject({ name: "UnreadableAnswer" });
    }
  });

  it("is not 0 where a sum is none, or a period is told of twice", async () => {
    const second = (now - 4 * hourMs) / 1_000;
    const series: readonly (readonly [times: readonly unknown[], values: readonly unknown[]])[] = [
      [[second], [-7]],
      [[second], ["NaN"]],
      [[second], ["Infinity"]],
      [[second], [1e300]],
      [[second], [null]],
      [[second], ["7"]],
      [[second], [{}]],
      [["soon"], [7]],
      [[null], [7]],
      [
        [second, second],
        [7, 7],
      ],
    ];
    for (const [Timestamps, Values] of series) {
      const answer = { MetricDataResults: [{ Id: "m0", Timestamps, Values, StatusCode: "Complete" }] };
      const own = await open([{ api: "GetMetricData", count: 9, do: replaced(JSON.stringify(answer)) }]);
      const read = metricSums(own, here, [invocations()], range).then(
        (sums) => `read as ${JSON.stringify(sums)}`,
        (error: unknown) => classifyAlone(error).class,
      );
      expect(await read, JSON.stringify([Timestamps, Values])).toBe("unreadable-answer");
    }
  });

  it("is each change of a name, with what it asked for and whether it failed", async () => {
    const own = await open();
    const name = "PutModelInvocationLoggingConfiguration";
    const { complete, events } = await lookupEvents(own, here, { name, from: now - hourMs, to: now });
    expect(complete).toBe(true);
    // The one at the end of the range is outside.
    expect(events.map(({ id, errorCode }) => [id, errorCode])).toEqual([
      ["t1", "AccessDenied"],
      ["t2", null],
      ["t3", null],
      ["t4", null],
    ]);
    expect(events[0]).toMatchObject({ actor: "admin", requestParameters: { n: 1 } });
  });

  it("says when there is more history than is read", async () => {
    const own = await open();
    const { complete, events } = await lookupEvents(own, here, { name: "Many", from: now - 30 * hourMs, to: now });
    expect([complete, events.length]).toEqual([false, 1_000]);
  });

  it("is the models behind a profile", async () => {
    const own = await open();
    expect(await modelsBehind(own, here, arn)).toEqual(models);
    await expect(modelsBehind(own, here, `${arn}x`)).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    expect(await modelsBehind(own, here, ownArn("custom-model-deployment/abcdefghijkl"))).toEqual([nova]);
    expect(await modelsBehind(own, here, endpoint)).toEqual([hubModel]);
    expect(await modelsBehind(own, here, ownArn("custom-model/imported/abcdefghijkl"))).toEqual([]);
    const router = ownArn("prompt-router/abcdefghijkl");
    await expect(modelsBehind(own, here, router)).rejects.toMatchObject({ name: "UnknownResource" });
  });
});

const apiOf: Readonly<Record<string, string>> = {
  "custom-model": "GetCustomModel",
  "custom-model-deployment": "GetCustomModelDeployment",
  "imported-model": "GetImportedModel",
  "provisioned-model": "GetProvisionedModelThroughput",
};

function replaced(body: string): FaultDeed {
  return { kind: "replace", body, headers: { "content-length": String(Buffer.byteLength(body)) } };
}

describe("a 200 that is not the answer is never read as: nothing there", () => {
  const reads: readonly (readonly [api: string, read: (own: AwsAccount) => Promise<unknown>])[] = [
    ["DescribeLogGroups", (own) => findLogGroup(own, here, "/b/log")],
    ["GetBucketLifecycleConfiguration", (own) => bucketLifecycle(full(own))],
    ["GetBucketVersioning", (own) => bucketVersioning(full(own))],
    ["GetObjectLockConfiguration", (own) => bucketLock(full(own))],
    ["GetBucketLocation", (own) => bucketLocation(full(own))],
    ["ListBuckets", (own) => ownBuckets(own, here)],
    ["LookupEvents", (own) => lookupEvents(own, here, { name: "Many", from: 0, to: now })],
    [
      "ListMetrics",
      (own) => dimensionValues(own, here, { namespace: "AWS/Bedrock", name: "Invocations", dimension: "ModelId" }),
    ],
    ["GetInferenceProfile", (own) => modelsBehind(own, here, arn)],
    ...["custom-model", "custom-model-deployment", "imported-model", "provisioned-model"].map(
      (type) =>
        [apiOf[type] ?? "", (own: AwsAccount) => modelsBehind(own, here, ownArn(`${type}/abcdefghijkl`))] as const,
    ),
    ["GetMarketplaceModelEndpoint", (own) => modelsBehind(own, here, endpoint)],
  ];

  const evidence = {
    regionInCatalogue: true,
    regionEnabled: true,
    invocations: null,
    stsWorks: true,
    otherHostAnswered: true,
  };

  it.each(reads)("%s", async (api, read) => {
    for (const body of ["", "<html></html>", "{}"]) {
      const own = await open([{ api, count: 99, do: replaced(body) }]);
      const error: unknown = await read(own).then(
        () => null,
        (thrown: unknown) => thrown,
      );
      expect(classify(error, evidence)).toMatchObject({ verdict: "UNKNOWN", class: "unreadable-answer" });
    }
  });
});
