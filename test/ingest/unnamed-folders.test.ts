import { describe, expect, it } from "vitest";
import { discoverSources } from "../../server/ingest/discovery.ts";
import { noteLoose } from "../../server/store/catalog/left-out.ts";
import { saveSource } from "../../server/store/catalog/sources.ts";
import { verify } from "../../server/store/verify.ts";
import { account, otherAccount } from "../aws/small-world.ts";
import { bucketOf, homeRegion, logGroupOf } from "../faults/stage.ts";
import { openTrial, type Trial } from "../faults/trial.ts";
import { day, hour } from "../faults/virtual-time.ts";

const { signal } = new AbortController();
const silent = "eu-west-1";
const bucket = bucketOf(homeRegion);
const denied = { denies: ["bedrock:GetModelInvocationLoggingConfiguration"] };

/** Two regions that deliver into one bucket, of which the second has stopped before anything was read. */
async function openSilent(since = "3d"): Promise<Trial> {
  const trial = await openTrial({ deliveries: { [homeRegion]: "s3", [silent]: "cloudwatch" }, since });
  trial.stage.configure(silent, { loggingConfig: null });
  putHome(trial);
  putSilent(trial);
  return trial;
}

function putHome({ stage, time }: Trial): void {
  stage.put([stage.call(time.now - 2 * hour)], time.now - 2 * hour);
}

function putSilent({ stage, time }: Trial, at = time.now - 3 * hour): void {
  stage.put([stage.call(at, { region: silent })], at, { region: silent, bucketIn: homeRegion });
}

async function statesOf(trial: Trial): Promise<ReadonlyMap<string | null, string>> {
  return new Map((await trial.status()).sources.map(({ region, state }) => [region, state]));
}

describe("the folder of a region in a bucket that another one names", { timeout: 240_000 }, () => {
  it("is read, though its logging was switched off before the first start: as one that has left its configuration", async () => {
    const trial = await openSilent();
    const { time } = trial;
    await trial.run();
    await trial.expectExact();
    const expected = new Map([
      [silent, "retired"],
      [homeRegion, "active"],
    ]);
    expect(await statesOf(trial)).toEqual(expected);

    time.pass(13 * day);
    putSilent(trial);
    await trial.run();
    await trial.expectExact();
    // Two weeks later nothing new is looked for there.
    for (let week = 0; week < 3; week += 1) {
      time.pass(7 * day);
      putHome(trial);
      await trial.run();
    }
    await trial.expectExact();
    expect(await statesOf(trial)).toEqual(expected);

    trial.stage.configure(silent, { loggingConfig: { s3Config: { bucketName: bucket } } });
    time.pass(hour);
    putSilent(trial, time.now - hour);
    await trial.run();
    await trial.expectExact();
    expect((await statesOf(trial)).get(silent)).toBe("active");
  });

  it("is read on as one that may be delivered to, where its configuration can't be read", async () => {
    const trial = await openSilent();
    trial.stage.configure(silent, denied);
    for (let week = 0; week < 4; week += 1) {
      await trial.run();
      trial.time.pass(7 * day);
      putSilent(trial);
      putHome(trial);
    }
    await trial.run();
    await trial.expectExact();
    expect((await statesOf(trial)).get(silent)).toBe("active");
  });

  it("says nothing of the log group that its region delivers to now", async () => {
    const trial = await openSilent();
    const { stage } = trial;
    const cloudWatchConfig = { logGroupName: logGroupOf(silent), roleArn: `arn:aws:iam::${account}:role/delivery` };
    stage.configure(silent, { loggingConfig: { cloudWatchConfig, textDataDeliveryEnabled: true } });
    trial.plan([{ api: "FilterLogEvents", count: 9_999, do: { kind: "deny" } }]);
    await trial.run();
    expect(await trial.target(silent)).toMatchObject({ readThrough: null });
    expect(await trial.target()).toMatchObject({ hole: null });
    expect((await trial.status()).counts.stored).toBe(2);
    trial.plan([]);
    trial.time.pass(hour);
    await trial.run();
    await trial.expectExact();
    expect((await trial.target(silent)).readThrough).not.toBeNull();
  });

  it("that can't be looked for is told, and stops nothing", async () => {
    const trial = await openSilent();
    trial.plan([{ api: "ListObjectsV2", nth: 1, count: 1, do: { kind: "deny" } }]);
    await trial.run();
    const status = await trial.status();
    expect(status.counts.stored).toBe(1);
    expect(status.findings.filter(({ kind }) => kind === "place-not-opened").map(({ key }) => key)).toEqual([
      expect.stringContaining(`The list of accounts and regions in s3://${bucket}/ could not be opened since`),
    ]);
    trial.plan([]);
    trial.time.pass(hour);
    await trial.run();
    await trial.expectExact();
  });

  it("of an account that is not ours, or a region that is not asked for, is left out and counted with its reason", async () => {
    const trial = await openSilent("10d");
    const { stage, time } = trial;
    const theirs = `AWSLogs/${otherAccount}/BedrockModelInvocationLogs/${homeRegion}/2026/11/19/10`;
    stage.object(`${theirs}/a.json.gz`, new Uint8Array(9));
    stage.object(`${theirs}/b.json.gz`, new Uint8Array(9));
    stage.object(`AWSLogs/${otherAccount}/CloudTrail/a.json.gz`, new Uint8Array(9));
    await trial.run({ find: (aws) => discoverSources(aws, { regions: [homeRegion], signal }) });
    const [home, ...others] = (await trial.status()).sources;
    expect(others).toEqual([]);
    expect(home?.ignoredBy).toEqual({ "other-account": 2, "other-region": 1 });
    expect((await verify(await trial.store(), { hashes: false })).faults).toEqual([]);

    // All regions are asked for from now on: what was left out is read, and counted as what it is.
    time.pass(8 * day);
    await trial.run();
    await trial.expectExact();
    const ignored = (await trial.status()).sources.map(({ ignoredBy }) => ignoredBy);
    expect(ignored).toEqual([{}, { "other-account": 2 }]);
  });
});

it("a folder that several sources of a bucket count is counted by the first of them, and by none of another bucket", async () => {
  const trial = await openTrial();
  const { catalog } = await trial.store();
  const loose = { key: "/", day: null, bytes: 1, ignoredBy: { "not-a-log": 1 }, isShared: true };
  const ids = ["s3:a_b:1:eu-west-1", "s3:acb:1:eu-west-1", "s3:acb:1:us-east-1", "s3:a_b:1:us-east-1"];
  for (const id of ids) {
    const named = { place: id, name: id, origin: "configured", accountId: account, region: homeRegion } as const;
    await saveSource(catalog, { id, kind: "s3", ...named }, 0);
    await noteLoose(catalog, id, [loose], trial.time.now);
  }
  const counted = await catalog.selectFrom("units").select("source_id").orderBy("source_id").execute();
  expect(counted.map(({ source_id: id }) => id)).toEqual(["s3:a_b:1:eu-west-1", "s3:acb:1:eu-west-1"]);
});
