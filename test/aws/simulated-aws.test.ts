import { ListRegionsCommand } from "@aws-sdk/client-account";
import {
  GetInferenceProfileCommand,
  GetModelInvocationLoggingConfigurationCommand,
  ListFoundationModelsCommand,
  ListInferenceProfilesCommand,
} from "@aws-sdk/client-bedrock";
import { LookupEventsCommand } from "@aws-sdk/client-cloudtrail";
import { GetMetricDataCommand, ListMetricsCommand } from "@aws-sdk/client-cloudwatch";
import { DescribeLogGroupsCommand, FilterLogEventsCommand, StartQueryCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  GetBucketLifecycleConfigurationCommand,
  GetBucketLocationCommand,
  GetBucketTaggingCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  GetObjectLockConfigurationCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
} from "@aws-sdk/client-s3";
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { afterEach, describe, expect, it } from "vitest";
import type { FaultPlan } from "../../scripts/demo/aws/faults.ts";
import { simulatedCredentials } from "../../scripts/demo/aws/keys.ts";
import { type SimulatedAws, startSimulatedAws } from "../../scripts/demo/aws/simulated-aws.ts";
import type { World } from "../../scripts/demo/aws/world.ts";
import { type Aws, openAws } from "../../server/aws/aws.ts";
import type { AwsAccount } from "../../server/aws/clients.ts";
import { loggingConfiguration } from "../../server/aws/logging-configuration.ts";
import { silentLog } from "../../server/lib/log.ts";
import {
  aBucket,
  account,
  aLogGroup,
  anAccount,
  anEvent,
  anObject,
  aWorld,
  hourMs,
  now,
  otherAccount,
  region,
} from "./small-world.ts";

let running: SimulatedAws | null = null;
afterEach(async () => {
  await running?.close();
  running = null;
});

interface Started {
  readonly simulated: SimulatedAws;
  readonly aws: Aws;
  readonly own: AwsAccount;
}

async function start(
  world: World,
  options: { readonly faults?: FaultPlan["faults"]; readonly keys?: number; readonly events?: number } = {},
): Promise<Started> {
  const { faults = [], keys = 1_000, events = 10_000 } = options;
  const simulated = await startSimulatedAws(world, {
    clock: () => now,
    faults: { seed: 1, faults },
    pageSize: { keys, events },
  });
  running = simulated;
  const aws = openAws({
    endpoint: simulated.url,
    region: "us-east-1",
    credentials: async () => simulatedCredentials(account),
    quotaShare: 100,
    clock: Date.now,
    log: silentLog,
  });
  return { simulated, aws, own: await aws.account(account) };
}

describe("STS and accounts", () => {
  it("says who calls", async () => {
    const { aws } = await start(aWorld());
    expect(await aws.caller()).toEqual({
      accountId: account,
      arn: `arn:aws:iam::${account}:user/auditor`,
      partition: "aws",
    });
  });

  it("hands out another account's keys for a role that may be assumed", async () => {
    const { aws } = await start(aWorld());
    const other = await aws.account(otherAccount);
    const identity = await other.sts("us-east-1").send(new GetCallerIdentityCommand({}));
    expect(identity.Account).toBe(otherAccount);
    expect(identity.Arn).toContain(":assumed-role/bedrock-audit/");
  });

  it("refuses a role that may not be assumed", async () => {
    const { own } = await start(aWorld());
    const RoleArn = `arn:aws:iam::${otherAccount}:role/admin`;
    await expect(
      own.sts("us-east-1").send(new AssumeRoleCommand({ RoleArn, RoleSessionName: "x" })),
    ).rejects.toMatchObject({
      name: "AccessDenied",
      $metadata: { httpStatusCode: 403 },
    });
  });

  it("does not know a stranger's keys", async () => {
    const { simulated } = await start(aWorld());
    const sts = new STSClient({
      region: "us-east-1",
      endpoint: simulated.url,
      credentials: { accessKeyId: "NOBODY", secretAccessKey: "x" },
    });
    await expect(sts.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({ name: "InvalidClientTokenId" });
  });

  it("lists the regions of the account, page by page", async () => {
    const { aws, own } = await start(aWorld());
    expect(await aws.regions(account)).toEqual([
      { region: "us-east-1", state: "ENABLED_BY_DEFAULT" },
      { region: "eu-west-1", state: "ENABLED_BY_DEFAULT" },
      { region: "af-south-1", state: "DISABLED" },
    ]);
    const client = await own.account("us-east-1");
    const first = await client.send(new ListRegionsCommand({ MaxResults: 2 }));
    expect(first.Regions).toHaveLength(2);
    const rest = await client.send(new ListRegionsCommand({ MaxResults: 2, NextToken: first.NextToken }));
    expect([rest.Regions?.length, rest.NextToken]).toEqual([1, undefined]);
  });

  it("treats a region that is off as AWS does: our keys are unknown there", async () => {
    const { own } = await start(aWorld());
    await expect(loggingConfiguration(own, "af-south-1")).rejects.toMatchObject({
      name: "UnrecognizedClientException",
    });
  });

  it("tells its own time", async () => {
    const { aws } = await start(aWorld());
    await aws.caller();
    expect(Math.abs(aws.now() - now)).toBeLessThan(5_000);
  });
});

describe("Bedrock", () => {
  const loggingConfig = {
    s3Config: { bucketName: "logs", keyPrefix: "bedrock" },
    cloudWatchConfig: { logGroupName: "/bedrock", roleArn: `arn:aws:iam::${account}:role/logging` },
    textDataDeliveryEnabled: true,
    newerMember: { unknown: 1 },
  };
  const profile = {
    id: "abcdefghijkl",
    arn: `arn:aws:bedrock:us-east-1:${account}:application-inference-profile/abcdefghijkl`,
    name: "search",
    type: "APPLICATION" as const,
    modelArns: ["arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-haiku-4-5-20251001-v1:0"],
    createdAt: now,
  };
  const model = {
    modelId: "anthropic.claude-haiku-4-5-20251001-v1:0",
    modelName: "Claude Haiku 4.5",
    providerName: "Anthropic",
    lifecycle: "ACTIVE" as const,
    inferenceTypes: ["INFERENCE_PROFILE" as const],
  };
  const world = aWorld({
    accounts: [
      anAccount(account, {
        regions: new Map([
          ["us-east-1", region({ loggingConfig, profiles: [profile], models: [model] })],
          ["eu-west-1", region()],
          ["eu-central-1", region({ denies: ["bedrock:GetModelInvocationLoggingConfiguration"] })],
        ]),
      }),
    ],
  });

  it("gives the logging configuration, with the members that the SDK drops", async () => {
    const { own } = await start(world);
    const answer = await own.bedrock("us-east-1").send(new GetModelInvocationLoggingConfigurationCommand({}));
    expect(answer.loggingConfig?.s3Config).toEqual(loggingConfig.s3Config);
    const read = await loggingConfiguration(own, "us-east-1");
    expect(read).toMatchObject({
      set: true,
      s3: { bucket: "logs", prefix: "bedrock" },
      cloudWatch: { logGroup: "/bedrock", largeData: null },
      delivered: { text: true, image: null },
      raw: { loggingConfig: { newerMember: { unknown: 1 } } },
      httpStatus: 200,
    });
    expect(read.requestId).not.toBeNull();
  });

  it("gives {} where none was ever put, and a refusal where it is refused", async () => {
    const { own } = await start(world);
    expect(await loggingConfiguration(own, "eu-west-1")).toMatchObject({ set: false, s3: null, cloudWatch: null });
    await expect(loggingConfiguration(own, "eu-central-1")).rejects.toMatchObject({
      name: "AccessDeniedException",
      $metadata: { httpStatusCode: 403 },
    });
  });

  it.each([
    ["an empty body", { body: "", headers: { "content-length": "0" } }],
    ["a page of a proxy", { body: "<html></html>", headers: { "content-type": "text/html", "content-length": "13" } }],
    ["a list", { body: "[]", headers: { "content-length": "2" } }],
  ])("does not read %s as: logging is off", async (_, replace) => {
    const { own } = await start(world, {
      faults: [{ api: "GetModelInvocationLoggingConfiguration", count: 9, do: { kind: "replace", ...replace } }],
    });
    await expect(loggingConfiguration(own, "us-east-1")).rejects.toThrow();
  });

  it("names models and profiles, and does not know those of others", async () => {
    const { own } = await start(world);
    const client = own.bedrock("us-east-1");
    const { modelSummaries } = await client.send(new ListFoundationModelsCommand({}));
    expect(modelSummaries?.[0]).toMatchObject({ modelId: model.modelId, modelLifecycle: { status: "ACTIVE" } });
    const { inferenceProfileSummaries } = await client.send(
      new ListInferenceProfilesCommand({ typeEquals: "APPLICATION" }),
    );
    expect(inferenceProfileSummaries?.map(({ inferenceProfileId }) => inferenceProfileId)).toEqual([profile.id]);
    const one = await client.send(new GetInferenceProfileCommand({ inferenceProfileIdentifier: profile.arn }));
    expect(one.models?.[0]?.modelArn).toBe(profile.modelArns[0]);
    expect(one.createdAt?.getTime()).toBe(now);
    await expect(
      client.send(new GetInferenceProfileCommand({ inferenceProfileIdentifier: "nothing" })),
    ).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
  });
});

describe("CloudWatch Logs", () => {
  const events = Array.from({ length: 7 }, (_, n) => anEvent(`e${n}`, now - hourMs + Math.floor(n / 3), `{"n":${n}}`));
  const groups = ["/a", "/b/log", "/b/logs"].map((name) => aLogGroup(name, name === "/a" ? events : []));
  const world = aWorld({ accounts: [anAccount(account, { logGroups: groups })] });

  it("describes log groups by prefix, and hides retention in a search by pattern", async () => {
    const { own } = await start(world);
    const client = own.logs("us-east-1");
    const byPrefix = await client.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: "/b/log" }));
    expect(byPrefix.logGroups?.map(({ logGroupName }) => logGroupName)).toEqual(["/b/log", "/b/logs"]);
    expect(byPrefix.logGroups?.[0]).toMatchObject({ retentionInDays: 365, logGroupClass: "STANDARD" });
    expect(byPrefix.logGroups?.[0]?.arn).toBe(`arn:aws:logs:us-east-1:${account}:log-group:/b/log:*`);
    const byPattern = await client.send(new DescribeLogGroupsCommand({ logGroupNamePattern: "/b/log" }));
    expect(byPattern.logGroups?.[0]?.retentionInDays).toBeUndefined();
  });

  it("pages through groups until no token is left", async () => {
    const { own } = await start(world);
    const client = own.logs("us-east-1");
    const first = await client.send(new DescribeLogGroupsCommand({ limit: 2 }));
    const second = await client.send(new DescribeLogGroupsCommand({ limit: 2, nextToken: first.nextToken }));
    expect([first.logGroups?.length, second.logGroups?.length, second.nextToken]).toEqual([2, 1, undefined]);
  });

  it("gives each event of a range once, both ends included, whatever the page size", async () => {
    const { own } = await start(world, { events: 2 });
    const ids: (string | undefined)[] = [];
    let nextToken: string | undefined;
    do {
      const range = { startTime: now - hourMs, endTime: now - hourMs + 1 };
      const answer = await own
        .logs("us-east-1")
        .send(new FilterLogEventsCommand({ logGroupName: "/a", ...range, nextToken }));
      ids.push(...(answer.events ?? []).map(({ eventId }) => eventId));
      nextToken = answer.nextToken;
    } while (nextToken !== undefined);
    expect(ids).toEqual(["e0", "e1", "e2", "e3", "e4", "e5"]);
  });

  it("shows an event when it was taken in, not when it happened", async () => {
    const late = aLogGroup("/late", [anEvent("late", now - hourMs, "{}", now + hourMs)]);
    const { own } = await start(aWorld({ accounts: [anAccount(account, { logGroups: [late] })] }));
    const { events } = await own.logs("us-east-1").send(new FilterLogEventsCommand({ logGroupName: "/late" }));
    expect(events).toEqual([]);
  });

  it("answers for a group that is not there, an operation that it does not know, and a call too many, as AWS does", async () => {
    const { own } = await start(world, { faults: [{ api: "DescribeLogGroups", count: 3, do: { kind: "throttle" } }] });
    const client = own.logs("us-east-1");
    await expect(client.send(new FilterLogEventsCommand({ logGroupName: "/none" }))).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
    const query = { startTime: 0, endTime: 1, queryString: "fields @message" };
    await expect(client.send(new StartQueryCommand(query))).rejects.toMatchObject({
      name: "UnknownOperationException",
    });
    await expect(client.send(new DescribeLogGroupsCommand({}))).rejects.toMatchObject({ name: "ThrottlingException" });
  });
});

describe("S3", () => {
  const odd = ["a b", "a+b", "a%2Fb", "new\nline", "😀", "\u2028", "\u001b[2J", "x".repeat(1_000)].map(
    (name) => `odd/${name}.json`,
  );
  const bucket = aBucket(
    "logs",
    [
      ...odd.map((key) => anObject(key)),
      anObject("tree/a"),
      anObject("tree/b/1"),
      anObject("tree/b/2"),
      anObject("tree/c"),
      anObject("later", "x", { lastModified: now + hourMs }),
      anObject("cold", "x", { storageClass: "GLACIER" }),
    ],
    {
      versioning: "Enabled",
      objectLock: { mode: "COMPLIANCE", days: 30 },
      lifecycle: [
        {
          ID: "expire",
          Status: "Enabled",
          Filter: { And: { Prefix: "bedrock/", Tags: [{ Key: "a", Value: "<b>" }], ObjectSizeGreaterThan: 0 } },
          Expiration: { Days: 30 },
          Transitions: [{ Days: 7, StorageClass: "GLACIER" }],
          NoncurrentVersionExpiration: { NoncurrentDays: 3 },
        },
        { Status: "Disabled", Filter: { Prefix: "" }, Expiration: { Date: new Date("2026-12-01T00:00:00Z") } },
      ],
    },
  );
  const world = aWorld({
    buckets: [bucket, aBucket("plain", [], { region: "eu-west-1" }), aBucket("theirs", [], { owner: otherAccount })],
  });

  it("lists keys of every kind, each once, in pages of two", async () => {
    const { own } = await start(world, { keys: 2 });
    const keys: string[] = [];
    let token: string | undefined;
    do {
      const answer = await own
        .s3("us-east-1")
        .send(
          new ListObjectsV2Command({ Bucket: "logs", Prefix: "odd/", EncodingType: "url", ContinuationToken: token }),
        );
      keys.push(...(answer.Contents ?? []).map(({ Key = "" }) => decodeURIComponent(Key.replaceAll("+", " "))));
      expect(answer.KeyCount).toBe(answer.Contents?.length);
      expect(answer.IsTruncated).toBe(answer.NextContinuationToken !== undefined);
      token = answer.NextContinuationToken;
    } while (token !== undefined);
    expect(keys.toSorted()).toEqual(odd.toSorted());
  });

  it("folds folders into common prefixes, over pages too, and leaves out what is not there yet", async () => {
    const { own } = await start(world, { keys: 1 });
    const names: (string | undefined)[] = [];
    let token: string | undefined;
    do {
      const answer = await own
        .s3("us-east-1")
        .send(new ListObjectsV2Command({ Bucket: "logs", Prefix: "tree/", Delimiter: "/", ContinuationToken: token }));
      names.push(
        ...(answer.Contents ?? []).map(({ Key }) => Key),
        ...(answer.CommonPrefixes ?? []).map(({ Prefix }) => Prefix),
      );
      token = answer.NextContinuationToken;
    } while (token !== undefined);
    expect(names).toEqual(["tree/a", "tree/b/", "tree/c"]);
    const after = await own
      .s3("us-east-1")
      .send(new ListObjectsV2Command({ Bucket: "logs", Prefix: "tree/", StartAfter: "tree/b/1" }));
    expect(after.Contents?.map(({ Key }) => Key)).toEqual(["tree/b/2"]);
    const later = await own.s3("us-east-1").send(new ListObjectsV2Command({ Bucket: "logs", Prefix: "later" }));
    expect([later.KeyCount, later.Contents]).toEqual([0, undefined]);
  });

  it("gives an object with its checksum, and only the version that was asked for", async () => {
    const { own } = await start(world);
    const Key = "odd/a+b.json";
    const answer = await own.s3("us-east-1").send(new GetObjectCommand({ Bucket: "logs", Key }));
    expect(await answer.Body?.transformToString()).toBe(`{"key":1}\n`);
    expect(answer.ChecksumCRC32).toBeDefined();
    await expect(
      own.s3("us-east-1").send(new GetObjectCommand({ Bucket: "logs", Key, IfMatch: '"other"' })),
    ).rejects.toMatchObject({
      $metadata: { httpStatusCode: 412 },
    });
    await expect(own.s3("us-east-1").send(new GetObjectCommand({ Bucket: "logs", Key: "none" }))).rejects.toMatchObject(
      { name: "NoSuchKey" },
    );
    await expect(own.s3("us-east-1").send(new GetObjectCommand({ Bucket: "logs", Key: "cold" }))).rejects.toMatchObject(
      { name: "InvalidObjectState" },
    );
  });

  it("tells retention, versions, lock and region", async () => {
    const { own } = await start(world);
    const s3 = own.s3("us-east-1");
    expect((await s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket: "logs" }))).Rules).toEqual(
      bucket.lifecycle,
    );
    expect((await s3.send(new GetBucketVersioningCommand({ Bucket: "logs" }))).Status).toBe("Enabled");
    const lock = await s3.send(new GetObjectLockConfigurationCommand({ Bucket: "logs" }));
    expect(lock.ObjectLockConfiguration).toEqual({
      ObjectLockEnabled: "Enabled",
      Rule: { DefaultRetention: { Mode: "COMPLIANCE", Days: 30 } },
    });
    expect((await s3.send(new GetBucketLocationCommand({ Bucket: "logs" }))).LocationConstraint ?? null).toBeNull();
    expect((await s3.send(new GetBucketLocationCommand({ Bucket: "plain" }))).LocationConstraint).toBe("eu-west-1");
    expect((await own.s3("eu-west-1").send(new HeadBucketCommand({ Bucket: "plain" }))).BucketRegion).toBe("eu-west-1");
  });

  it("says what a bucket does not have, and who may not know it", async () => {
    const { own } = await start(world);
    const s3 = own.s3("eu-west-1");
    const none = { Bucket: "plain" };
    await expect(s3.send(new GetBucketLifecycleConfigurationCommand(none))).rejects.toMatchObject({
      name: "NoSuchLifecycleConfiguration",
    });
    await expect(s3.send(new GetObjectLockConfigurationCommand(none))).rejects.toMatchObject({
      name: "ObjectLockConfigurationNotFoundError",
    });
    expect((await s3.send(new GetBucketVersioningCommand(none))).Status).toBeUndefined();
    await expect(s3.send(new GetBucketVersioningCommand({ Bucket: "nobody" }))).rejects.toMatchObject({
      name: "NoSuchBucket",
    });
    await expect(s3.send(new ListObjectsV2Command({ Bucket: "theirs" }))).rejects.toMatchObject({
      name: "AccessDenied",
    });
    await expect(
      s3.send(new ListObjectsV2Command({ ...none, ExpectedBucketOwner: otherAccount })),
    ).rejects.toMatchObject({ name: "AccessDenied" });
    await expect(s3.send(new GetBucketTaggingCommand(none))).rejects.toMatchObject({ name: "NotImplemented" });
  });

  it("sends who asks in the wrong region to the right one", async () => {
    const { own } = await start(world);
    await expect(own.s3("us-east-1").send(new ListObjectsV2Command({ Bucket: "plain" }))).rejects.toMatchObject({
      $metadata: { httpStatusCode: 301 },
      $response: { headers: { "x-amz-bucket-region": "eu-west-1" } },
    });
  });

  it("lists the account's own buckets, with their region only when asked with a parameter", async () => {
    const { own } = await start(world);
    const plain = await own.s3("us-east-1").send(new ListBucketsCommand({}));
    expect(plain.Buckets?.map(({ Name, BucketRegion }) => [Name, BucketRegion])).toEqual([
      ["logs", undefined],
      ["plain", undefined],
    ]);
    const first = await own.s3("us-east-1").send(new ListBucketsCommand({ MaxBuckets: 1 }));
    expect(first.Buckets?.map(({ BucketRegion }) => BucketRegion)).toEqual(["us-east-1"]);
    const rest = await own
      .s3("us-east-1")
      .send(new ListBucketsCommand({ MaxBuckets: 1, ContinuationToken: first.ContinuationToken }));
    expect(rest.Buckets?.map(({ Name, BucketRegion }) => [Name, BucketRegion])).toEqual([["plain", "eu-west-1"]]);
  });
});

describe("CloudWatch and CloudTrail", () => {
  const hourly = (value: number) => ({
    *points(from: number, to: number) {
      for (let time = Math.ceil(from / hourMs) * hourMs; time < to; time += hourMs) yield { time, value };
    },
  });
  const modelId = { name: "ModelId", value: "m" };
  const metrics = [
    { namespace: "AWS/Bedrock", name: "Invocations", dimensions: [modelId], ...hourly(5) },
    { namespace: "AWS/Bedrock", name: "Invocations", dimensions: [], ...hourly(7) },
    { namespace: "AWS/Bedrock", name: "Old", dimensions: [], points: () => [] },
  ];
  const trailEvents = Array.from({ length: 60 }, (_, n) => ({
    id: `t${n}`,
    name: n % 2 === 0 ? "PutModelInvocationLoggingConfiguration" : "Other",
    source: "bedrock.amazonaws.com",
    time: now - n * hourMs,
    username: "admin",
    event: { eventName: "x", requestParameters: { n } },
  }));
  const world = aWorld({
    accounts: [anAccount(account, { regions: new Map([["us-east-1", region({ metrics, trailEvents })]]) })],
  });

  it("sums a series by its whole set of dimensions", async () => {
    const { own } = await start(world);
    const client = await own.cloudwatch("us-east-1");
    const stat = (Dimensions: { Name: string; Value: string }[]) => ({
      Metric: { Namespace: "AWS/Bedrock", MetricName: "Invocations", Dimensions },
      Period: 2 * 3_600,
      Stat: "Sum",
    });
    const answer = await client.send(
      new GetMetricDataCommand({
        StartTime: new Date(now - 4 * hourMs),
        EndTime: new Date(now),
        ScanBy: "TimestampAscending",
        MetricDataQueries: [
          { Id: "all", MetricStat: stat([]) },
          { Id: "one", MetricStat: stat([{ Name: "ModelId", Value: "m" }]) },
          { Id: "none", MetricStat: stat([{ Name: "ModelId", Value: "other" }]) },
        ],
      }),
    );
    const values = answer.MetricDataResults?.map(({ Id, Values, StatusCode }) => [Id, Values, StatusCode]);
    expect(values).toEqual([
      ["all", [14, 14], "Complete"],
      ["one", [10, 10], "Complete"],
      ["none", [], "Complete"],
    ]);
    expect(answer.MetricDataResults?.[0]?.Timestamps?.[0]?.getTime()).toBe(now - 4 * hourMs);
  });

  it("lists metrics that had values of late", async () => {
    const { own } = await start(world);
    const client = await own.cloudwatch("us-east-1");
    const { Metrics } = await client.send(new ListMetricsCommand({ Namespace: "AWS/Bedrock" }));
    expect(Metrics?.map(({ MetricName, Dimensions }) => [MetricName, Dimensions?.length])).toEqual([
      ["Invocations", 1],
      ["Invocations", 0],
    ]);
  });

  it("looks events up by name, newest first, page by page", async () => {
    const { own } = await start(world);
    const client = await own.cloudtrail("us-east-1");
    const LookupAttributes = [
      { AttributeKey: "EventName" as const, AttributeValue: "PutModelInvocationLoggingConfiguration" },
    ];
    const first = await client.send(new LookupEventsCommand({ LookupAttributes, MaxResults: 20 }));
    expect(first.Events?.[0]).toMatchObject({ EventId: "t0", Username: "admin" });
    expect(JSON.parse(first.Events?.[0]?.CloudTrailEvent ?? "")).toEqual({
      eventName: "x",
      requestParameters: { n: 0 },
    });
    expect(first.Events?.[1]?.EventTime?.getTime()).toBe(now - 2 * hourMs);
    const second = await client.send(
      new LookupEventsCommand({ LookupAttributes, MaxResults: 20, NextToken: first.NextToken }),
    );
    expect([first.Events?.length, second.Events?.length, second.NextToken]).toEqual([20, 10, undefined]);
  });
});

describe("faults", () => {
  const world = aWorld({ buckets: [aBucket("logs", [anObject("a", "0123456789")])] });

  it("hits the nth matching call, and as many as it says", async () => {
    const faults = [
      {
        api: "HeadBucket",
        match: "logs",
        nth: 2,
        count: 3,
        do: { kind: "error" as const, status: 400, code: "Planned" },
      },
    ];
    const { own, simulated } = await start(world, { faults });
    const head = () =>
      own
        .s3("us-east-1")
        .send(new HeadBucketCommand({ Bucket: "logs" }))
        .catch(() => null);
    for (let n = 0; n < 5; n += 1) await head();
    const statuses = simulated.requests().flatMap(({ api, status }) => (api === "HeadBucket" ? [status] : []));
    // The SDK tries errors again by itself when its clock is not the server's.
    expect(statuses.slice(0, 5)).toEqual([200, 400, 400, 400, 200]);
  });

  it("a brief outage is hidden by the SDK's own retries", async () => {
    const { own, simulated } = await start(world, {
      faults: [{ api: "ListObjectsV2", count: 2, do: { kind: "throttle" } }],
    });
    const answer = await own.s3("us-east-1").send(new ListObjectsV2Command({ Bucket: "logs" }));
    expect(answer.KeyCount).toBe(1);
    expect(simulated.requests().map(({ code }) => code)).toEqual([null, "SlowDown", "SlowDown", null]);
  });

  it.each([
    ["shows late what came in just now", { kind: "late", ms: 2 * hourMs }, ["b"]],
    ["hides what it is told to", { kind: "hide", part: "b" }, ["a", "c"]],
    ["turns a page round", { kind: "reorder" }, ["c", "a", "b"]],
    ["says all twice", { kind: "duplicate" }, ["b", "a", "c", "b", "a", "c"]],
  ] as const)("%s", async (_, deed, ids) => {
    const events = [anEvent("b", now - 3 * hourMs), anEvent("a", now - hourMs), anEvent("c", now - hourMs)];
    const { own } = await start(aWorld({ accounts: [anAccount(account, { logGroups: [aLogGroup("/a", events)] })] }), {
      faults: [{ api: "FilterLogEvents", do: deed }],
    });
    const answer = await own.logs("us-east-1").send(new FilterLogEventsCommand({ logGroupName: "/a" }));
    const shown = answer.events?.map(({ eventId }) => eventId);
    expect(shown).toEqual(ids);
  });

  it("cuts a body short", async () => {
    const { own } = await start(world, { faults: [{ api: "GetObject", do: { kind: "cut", afterBytes: 4 } }] });
    const answer = await own.s3("us-east-1").send(new GetObjectCommand({ Bucket: "logs", Key: "a" }));
    await expect(answer.Body?.transformToString()).rejects.toThrow();
  });
});
