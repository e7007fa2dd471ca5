import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { ingestExitCode } from "../../scripts/ingest-exit.ts";
import { type ConfiguredSource, configuredSources, discoverSources, joined } from "../../server/ingest/discovery.ts";
import { realSleep } from "../../server/lib/concurrency.ts";
import { sql } from "../../server/store/sql.ts";
import { account, otherAccount } from "../aws/small-world.ts";
import { bucketOf, homeRegion, logGroupOf, type Stage } from "../faults/stage.ts";
import { openTrial, type RunOptions, type Trial } from "../faults/trial.ts";
import { day, hour, minute } from "../faults/virtual-time.ts";

const { signal } = new AbortController();
const bucket = bucketOf(homeRegion);

function deliverTo(stage: Stage, keyPrefix: string, { region = homeRegion, into = bucket } = {}): void {
  stage.configure(region, {
    loggingConfig: { s3Config: { bucketName: into, keyPrefix }, textDataDeliveryEnabled: true },
  });
}

function putUnder({ stage }: Trial, prefix: string, at: number, shownAt = at + minute): void {
  stage.put([stage.call(at)], at, { prefix: `${prefix}/`, shownAt });
}

async function placesOf(trial: Trial): Promise<readonly string[]> {
  return (await trial.status()).sources.map(({ place }) => place);
}

/** What the settings name, beside what is discovered. */
function naming(trial: Trial, places: readonly ConfiguredSource[]): NonNullable<RunOptions["find"]> {
  return async (aws) => {
    const configured = await configuredSources(places, { aws, clock: trial.clock, signal });
    return joined(configured, await discoverSources(aws, { regions: [homeRegion], signal }));
  };
}

function inBucket(...prefixes: readonly string[]): ConfiguredSource {
  return { kind: "s3", bucket, prefixes, bucketOwner: account, region: homeRegion };
}

describe("a prefix of a bucket", { timeout: 240_000 }, () => {
  it("that is another one now: what lies under the former is read on for 14 days, the new one from its beginning", async () => {
    const trial = await openTrial({ deliveries: { [homeRegion]: "s3" } });
    const { stage, time } = trial;
    deliverTo(stage, "old");
    putUnder(trial, "old", time.now - 30 * hour);
    await trial.run();
    await trial.expectExact();

    deliverTo(stage, "new");
    putUnder(trial, "new", time.now - 29 * hour, time.now);
    putUnder(trial, "old", time.now - 30 * minute);
    time.pass(hour);
    putUnder(trial, "new", time.now - 20 * minute);
    await trial.run();
    // An hour that was read before the place changed is read there, too, and is no part of "complete" until then.
    await trial.expectExact();
    expect(await placesOf(trial)).toEqual([`s3://${bucket}/new/, s3://${bucket}/old/`]);

    time.pass(13 * day);
    putUnder(trial, "old", time.now - hour);
    putUnder(trial, "new", time.now - hour);
    await trial.run();
    await trial.expectExact();

    time.pass(20 * day);
    putUnder(trial, "old", time.now - 21 * day, time.now);
    putUnder(trial, "new", time.now - hour);
    await trial.run();
    await trial.expectExact();
    expect((await trial.status()).sources.map(({ state }) => state)).toEqual(["active"]);
  });

  it("that is another one while we run is read, without a start anew", async () => {
    const trial = await openTrial({ deliveries: { [homeRegion]: "s3" }, since: "1d" });
    const { stage, time } = trial;
    deliverTo(stage, "old");
    putUnder(trial, "old", time.now - 3 * hour);
    const stop = new AbortController();
    const running = trial.run({ once: false, pollMs: minute, signal: stop.signal });
    const stored = async (count: number) => {
      while ((await trial.status()).counts.stored < count) await realSleep(50, stop.signal);
    };
    await stored(1);
    deliverTo(stage, "new");
    putUnder(trial, "new", time.now - 4 * hour);
    putUnder(trial, "old", time.now - minute);
    time.pass(hour);
    await stored(3);
    stop.abort();
    await running;
    await trial.expectExact();
  });

  it("whose configuration can't be read has not left: it is read on as before, however long that lasts", async () => {
    const trial = await openTrial({ deliveries: { [homeRegion]: "s3" } });
    const { stage, time } = trial;
    const find = naming(trial, [inBucket("named")]);
    deliverTo(stage, "delivered");
    putUnder(trial, "named", time.now - 3 * hour);
    putUnder(trial, "delivered", time.now - 3 * hour);
    await trial.run({ find });
    await trial.expectExact();
    stage.configure(homeRegion, { denies: ["bedrock:GetModelInvocationLoggingConfiguration"] });
    for (let week = 0; week < 3; week += 1) {
      time.pass(7 * day);
      putUnder(trial, "delivered", time.now - hour);
      await trial.run({ find });
    }
    await trial.expectExact();
  });

  it("of which each region has its own, in one bucket: each is read, once", async () => {
    const trial = await openTrial({ deliveries: { [homeRegion]: "s3", "eu-west-1": "s3" } });
    const { stage, time } = trial;
    deliverTo(stage, "us");
    deliverTo(stage, "eu", { region: "eu-west-1" });
    const at = time.now - 2 * hour;
    putUnder(trial, "us", at);
    stage.put([stage.call(at, { region: "eu-west-1" })], at, {
      prefix: "eu/",
      region: "eu-west-1",
      bucketIn: homeRegion,
    });
    await trial.run();
    await trial.expectExact();
    deliverTo(stage, "us/2");
    stage.put([stage.call(at, { region: "eu-west-1" })], at, {
      prefix: "eu/",
      region: "eu-west-1",
      bucketIn: homeRegion,
    });
    putUnder(trial, "us/2", at);
    time.pass(hour);
    await trial.run();
    await trial.expectExact();
    expect((await placesOf(trial)).toSorted()).toEqual([
      `s3://${bucket}/eu/`,
      `s3://${bucket}/us/, s3://${bucket}/us/2/`,
    ]);
    const gets = trial.aws.requests().filter(({ api }) => api === "GetObject");
    expect(gets).toHaveLength(4);
  });

  it("is one of a source's whether settings or AWS name it, be it in one entry or in several", async () => {
    const trial = await openTrial({ deliveries: { [homeRegion]: "s3" } });
    const { stage, time } = trial;
    deliverTo(stage, "own");
    const at = time.now - 2 * hour;
    for (const prefix of ["own", "first", "second"]) putUnder(trial, prefix, at);
    const theirs = stage.call(at, { accountId: otherAccount });
    stage.put([theirs], at, { accountId: otherAccount, prefix: "second/" });
    const find = naming(trial, [inBucket("first"), inBucket("second", "first")]);
    await trial.run({ find });
    await trial.expectExact();
    expect((await placesOf(trial)).toSorted()).toEqual([
      `s3://${bucket}/first/, s3://${bucket}/own/, s3://${bucket}/second/`,
      `s3://${bucket}/first/, s3://${bucket}/second/`,
    ]);
    // The same digest in each pass: two sources of one place would undo each other's.
    time.pass(13 * hour);
    await trial.run({ find });
    const { catalog } = await trial.store();
    const settled = await catalog.selectFrom("windows").select("start_at").where("state", "=", "settled").execute();
    expect(settled.map(({ start_at: start }) => start)).toContain(Math.floor(at / hour) * hour);
  });

  it("that may not be listed stops no other one, and holds back what is complete until it may", async () => {
    const trial = await openTrial({ deliveries: { [homeRegion]: "s3" } });
    const { stage, time } = trial;
    deliverTo(stage, "old");
    putUnder(trial, "old", time.now - 3 * hour);
    await trial.run();
    deliverTo(stage, "new");
    time.pass(hour);
    putUnder(trial, "old", time.now - 2 * hour);
    putUnder(trial, "new", time.now - hour);
    trial.plan([{ api: "ListObjectsV2", match: `${bucket}/old/`, count: 9_999, do: { kind: "deny" } }]);
    const run = await trial.run();
    expect(run).toMatchObject({ counts: { stored: 1 }, listed: 0, reached: 1 });
    const status = await trial.status();
    expect(status.sources.map(({ reason, state }) => [state, reason])).toEqual([
      ["degraded", "a part of it could not be listed: AccessDenied"],
    ]);
    expect((await trial.target()).hole?.reason).toBe("listing failed: AccessDenied");
    expect(ingestExitCode(run, status, 0)).toBe(4);
    trial.plan([]);
    time.pass(minute);
    expect(ingestExitCode(await trial.run(), await trial.status(), 0)).toBe(0);
    await trial.expectExact();
  });

  it("of those that the settings name that may not be listed is told, and stops no other one", async () => {
    const trial = await openTrial({ deliveries: { [homeRegion]: "s3" } });
    const { stage, time } = trial;
    stage.configure(homeRegion, { loggingConfig: null });
    const find = naming(trial, [inBucket("closed", "open")]);
    putUnder(trial, "open", time.now - 2 * hour);
    const theirs = () => stage.call(time.now - 2 * hour, { accountId: otherAccount });
    const into = { accountId: otherAccount, prefix: "closed/" };
    stage.put([theirs()], time.now - 2 * hour, into);
    await trial.run({ find });
    await trial.expectExact();
    trial.plan([{ api: "ListObjectsV2", match: `${bucket}/closed/`, count: 9_999, do: { kind: "deny" } }]);
    time.pass(20 * day);
    putUnder(trial, "open", time.now - 2 * hour);
    await trial.run({ find });
    const status = await trial.status();
    expect(status.counts.stored).toBe(3);
    expect(status.findings.filter(({ kind }) => kind === "place-not-opened").map(({ key }) => key)).toEqual([
      expect.stringContaining(`The bucket s3://${bucket}/closed/ could not be opened since`),
    ]);
    trial.plan([]);
    time.pass(20 * day);
    stage.put([theirs()], time.now - 2 * hour, into);
    await trial.run({ find });
    await trial.expectExact();
  });

  it("that left the settings is read on for the targets that lie under it alone, too", async () => {
    const trial = await openTrial({ deliveries: { [homeRegion]: "s3" } });
    const { stage, time } = trial;
    stage.configure(homeRegion, { loggingConfig: null });
    const put = () => {
      const at = time.now - hour;
      stage.put([stage.call(at, { accountId: otherAccount })], at, { accountId: otherAccount, prefix: "old/" });
    };
    put();
    await trial.run({ find: naming(trial, [inBucket("old")]) });
    await trial.expectExact();
    time.pass(13 * day);
    put();
    await trial.run({ find: naming(trial, [inBucket("new")]) });
    await trial.expectExact();
    expect(await placesOf(trial)).toEqual([`s3://${bucket}/old/`]);
  });
});

it("a bucket that left the settings is told as one that nobody reads, and read on when it is named again", async () => {
  const trial = await openTrial({ deliveries: { [homeRegion]: "s3" } });
  const { stage, time } = trial;
  stage.configure(homeRegion, { loggingConfig: null });
  putUnder(trial, "own", time.now - 3 * hour);
  await trial.run({ find: naming(trial, [inBucket("own")]) });
  const told = async () => (await trial.status()).sources.map(({ reason, state }) => [state, reason]);
  expect(await told()).toEqual([["active", null]]);
  time.pass(hour);
  // A place that can't be opened has not left.
  trial.plan([{ api: "ListObjectsV2", count: 999, do: { kind: "deny" } }]);
  await trial.run({ find: naming(trial, [inBucket("own")]) });
  expect((await told()).map(([state]) => state)).toEqual(["active"]);
  trial.plan([]);
  await trial.run({ find: naming(trial, []) });
  expect(await told()).toEqual([["retired", "it is no longer in the settings, and nobody reads it"]]);
  time.pass(day);
  putUnder(trial, "own", time.now - hour);
  await trial.run({ find: naming(trial, [inBucket("own")]) });
  await trial.expectExact();
  expect(await told()).toEqual([["active", null]]);
});

describe("the place of large bodies", { timeout: 120_000 }, () => {
  const output = { output: { message: { role: "assistant", content: [{ text: "It is on its way." }] } } };

  /** A call whose answer lies under a prefix of the bucket. */
  function largeCall({ stage }: Trial, at: number, prefix: string): Record<string, unknown> {
    const call = stage.call(at);
    const hourPath = new Date(at).toISOString().slice(0, 13).replaceAll("-", "/").replace("T", "/");
    const folder = `${prefix}/AWSLogs/${account}/BedrockModelInvocationLogs/${homeRegion}/${hourPath}/data`;
    const key = `${folder}/${String(call["requestId"])}_output.json.gz`;
    stage.object(key, gzipSync(JSON.stringify(output)), { shownAt: at });
    return { ...call, output: { outputTokenCount: 6, outputBodyS3Path: `s3://${bucket}/${key}` } };
  }

  function deliverBodiesTo(stage: Stage, keyPrefix: string): void {
    const cloudWatchConfig = {
      logGroupName: logGroupOf(homeRegion),
      roleArn: `arn:aws:iam::${account}:role/delivery`,
      largeDataDeliveryS3Config: { bucketName: bucket, keyPrefix },
    };
    stage.configure(homeRegion, { loggingConfig: { cloudWatchConfig, textDataDeliveryEnabled: true } });
  }

  async function bodies(trial: Trial): Promise<readonly unknown[]> {
    return trial.rows(sql`select origin from content where dt >= '0000' and side = 'output'`);
  }

  it("is asked for bodies of a log group that the settings name, too, and for those that were put there before it moved", async () => {
    const trial = await openTrial();
    const { stage, time } = trial;
    stage.addBucket(bucket);
    const find = naming(trial, [
      { kind: "cloudwatch", logGroupArn: `arn:aws:logs:${homeRegion}:${account}:log-group:${logGroupOf(homeRegion)}` },
    ]);
    deliverBodiesTo(stage, "old");
    stage.log([largeCall(trial, time.now - 30 * minute, "old")]);
    await trial.run({ find });
    await trial.expectExact();
    expect(await bodies(trial)).toEqual([{ origin: "s3" }]);

    time.pass(hour);
    deliverBodiesTo(stage, "new");
    stage.log([largeCall(trial, time.now - 50 * minute, "old"), largeCall(trial, time.now - 20 * minute, "new")]);
    await trial.run({ find });
    // A configuration that names no log group any more says nothing of where its bodies were put.
    stage.configure(homeRegion, { loggingConfig: null });
    time.pass(hour);
    stage.log([largeCall(trial, time.now - 10 * minute, "new")]);
    await trial.run({ find });
    await trial.expectExact();
    expect(await bodies(trial)).toEqual(Array.from({ length: 4 }, () => ({ origin: "s3" })));
    expect((await trial.status()).findings.map(({ kind }) => kind)).not.toContain("body-path-refused");
  });
});
