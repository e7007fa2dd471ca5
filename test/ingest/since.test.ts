import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { ingestExitCode } from "../../scripts/ingest-exit.ts";
import { realSleep } from "../../server/lib/concurrency.ts";
import { daysLedger } from "../../server/store/catalog/ledger-report.ts";
import { verify } from "../../server/store/verify.ts";
import { bucketOf, homeRegion } from "../faults/stage.ts";
import { openTrial, type Trial } from "../faults/trial.ts";
import { day, hour, minute, second } from "../faults/virtual-time.ts";
import { account } from "../aws/small-world.ts";
import { lines } from "./kit.ts";

/** A window is read, grows older than what a first start reads, and then something comes to it. */
async function lateInAnOldWindow(trial: Trial, deliver: (call: Record<string, unknown>, at: number) => void) {
  const { stage, time } = trial;
  const at = time.now - 3 * hour;
  deliver(stage.call(at), at);
  await trial.run();
  time.pass(30 * hour);
  await trial.run();
  deliver(stage.call(at + 2 * minute), at);
}

it("an object that comes to an hour that was read is read, however old the hour is by then", async () => {
  const trial = await openTrial({ deliveries: { [homeRegion]: "s3" }, since: "1d" });
  await lateInAnOldWindow(trial, (call, at) => trial.stage.put([call], at));
  trial.time.pass(25 * hour);
  expect((await trial.run()).counts).toMatchObject({ read: 1, stored: 1, ignored: 0 });
  await trial.expectExact();
});

it("an event that comes to an hour that was read is read, however old the hour is by then", async () => {
  const trial = await openTrial({ deliveries: { [homeRegion]: "cloudwatch" }, since: "1d" });
  const late = () => trial.time.now;
  await lateInAnOldWindow(trial, (call) => trial.stage.log([call], { shownAt: late() }));
  trial.time.pass(7 * 24 * hour);
  expect((await trial.run()).counts).toMatchObject({ read: 1, stored: 1, ignored: 0 });
  await trial.expectExact();
});

describe("objects from before what is read", { timeout: 120_000 }, () => {
  const onS3 = () => openTrial({ deliveries: { [homeRegion]: "s3" }, since: "1d" });

  function put({ stage }: Trial, at: number, name: string, body: Uint8Array | null = null): string {
    const hourPath = new Date(at).toISOString().slice(0, 13).replaceAll("-", "/").replace("T", "/");
    const key = `AWSLogs/${account}/BedrockModelInvocationLogs/${homeRegion}/${hourPath}/${name}`;
    stage.object(key, body ?? gzipSync(lines(stage.call(at))), { shownAt: at });
    return key;
  }

  async function told(trial: Trial) {
    const { sources } = await trial.status();
    expect((await verify(await trial.store(), { hashes: false })).faults).toEqual([]);
    return sources.map(({ counts: { ignored, read, stored }, ignoredBy }) => ({ read, stored, ignored, ignoredBy }));
  }

  const lists = ({ aws }: Trial) => aws.requests().filter(({ api }) => api === "ListObjectsV2").length;

  it("are counted, hour by hour and by rule, and not read; again each week, and else nobody asks for them", async () => {
    const trial = await onS3();
    const { time } = trial;
    const [recent, old, older] = [time.now - 3 * hour, time.now - 30 * hour, time.now - 400 * day];
    put(trial, recent, "1.json.gz");
    for (const name of ["2.json.gz", "3.json.gz", "data/4_input.json.gz"]) put(trial, old, name);
    put(trial, old, "empty.json.gz", new Uint8Array());
    put(trial, old, "notes.txt");
    put(trial, older, "5.json.gz");
    await trial.run();
    const rules = { "before-since": 3, empty: 1, "not-a-log": 1 };
    expect(await told(trial)).toEqual([{ read: 6, stored: 1, ignored: 5, ignoredBy: rules }]);
    expect(trial.aws.requests().filter(({ api }) => api === "GetObject")).toHaveLength(1);
    const { hole, readThrough } = await trial.target();
    expect([hole, readThrough]).toEqual([null, new Date(time.now - 10 * minute).toISOString()]);

    put(trial, old, "6.json.gz");
    time.pass(minute);
    const before = lists(trial);
    await trial.run();
    // The accounts and the regions of the bucket, and the hours that are hot: this one, the two before it and the one after.
    expect(lists(trial) - before).toBe(2 + 4);
    expect(await told(trial)).toEqual([{ read: 6, stored: 1, ignored: 5, ignoredBy: rules }]);
    time.pass(7 * day);
    await trial.run();
    expect(await told(trial)).toEqual([{ read: 7, stored: 1, ignored: 6, ignoredBy: { ...rules, "before-since": 4 } }]);
  });

  it("are counted, too, where they lie in no hour's folder, whatever the day, and hold nothing up", async () => {
    const trial = await onS3();
    const { stage, time } = trial;
    const folder = `AWSLogs/${account}/BedrockModelInvocationLogs/${homeRegion}/`;
    const dayPath = (at: number) => new Date(at).toISOString().slice(0, 10).replaceAll("-", "/");
    const [recent, old] = [time.now - 3 * hour, time.now - 40 * day];
    const loose = (key: string, body: string) =>
      stage.object(`${folder}${key}`, Buffer.from(body), { shownAt: recent });
    put(trial, recent, "1.json.gz");
    put(trial, recent, "sub/in-a-folder-of-the-hour.json.gz");
    put(trial, old, "2.json.gz");
    put(trial, old, "sub/3.json.gz");
    loose("amazon-bedrock-logs-permission-check", "");
    loose("2026/in-a-year.json", "x");
    loose("2026/11/empty.json", "");
    for (const at of [recent, old]) loose(`${dayPath(at)}/in-a-day.json.gz`, "x");
    loose(`${dayPath(recent)}/24/in-no-hour.json.gz`, "x");
    loose("copies/2026/11/20/09/of-something.json.gz", "x");
    await trial.run();
    const rules = { "before-since": 1, empty: 1, "not-a-log": 7, "permission-check": 1 };
    expect(await told(trial)).toEqual([{ read: 11, stored: 1, ignored: 10, ignoredBy: rules }]);
    const { hole, readThrough } = await trial.target();
    expect([hole, readThrough]).toEqual([null, new Date(time.now - 10 * minute).toISOString()]);
    const { catalog } = await trial.store();
    const days = await daysLedger(catalog);
    expect(days.filter(({ counts }) => counts.ignored > 0).map(({ counts, day: of }) => [of, counts.ignored])).toEqual([
      ["2026-01-01", 1],
      [new Date(old).toISOString().slice(0, 10), 3],
      ["2026-11-01", 1],
      [new Date(recent).toISOString().slice(0, 10), 5],
    ]);

    time.pass(minute);
    loose("2026/11/another.json", "x");
    const before = lists(trial);
    await trial.run();
    expect(lists(trial) - before).toBe(2 + 4);
    expect(await told(trial)).toMatchObject([{ read: 11 }]);
    time.pass(7 * day);
    await trial.run();
    expect(await told(trial)).toMatchObject([{ read: 12, stored: 1, ignored: 11 }]);
  });

  it("are counted once, too, where they lie beside the regions of an account, whoever reads these", async () => {
    const trial = await openTrial({ deliveries: { [homeRegion]: "s3", "eu-west-1": "s3" }, since: "1d" });
    const { stage, time } = trial;
    const s3Config = { bucketName: bucketOf(homeRegion), keyPrefix: "" };
    stage.configure("eu-west-1", { loggingConfig: { s3Config, textDataDeliveryEnabled: true } });
    const at = time.now - 3 * hour;
    for (const region of [homeRegion, "eu-west-1"])
      stage.put([stage.call(at, { region })], at, { region, bucketIn: homeRegion });
    const beside = `AWSLogs/${account}/BedrockModelInvocationLogs/`;
    stage.object(`${beside}amazon-bedrock-logs-permission-check`, Buffer.alloc(0));
    stage.object(`${beside}copies/us-east-1/1.json.gz`, Buffer.from("x"));
    stage.object("read-me.txt", Buffer.from("x"));
    stage.object("other/not-ours.txt", Buffer.from("x"));
    await trial.run();
    const both = async () => (await told(trial)).filter(({ ignored }) => ignored > 0);
    const rules = { "permission-check": 1, "not-a-log": 2 };
    expect(await both()).toEqual([{ read: 4, stored: 1, ignored: 3, ignoredBy: rules }]);
    stage.object(`${beside}another`, Buffer.from("x"));
    time.pass(7 * day + hour);
    await trial.run();
    expect(await both()).toEqual([{ read: 5, stored: 1, ignored: 4, ignoredBy: { ...rules, "not-a-log": 3 } }]);
  });

  it("are read, each once, when the time since when is moved back", async () => {
    const trial = await onS3();
    const { time } = trial;
    const at = time.now - 30 * hour;
    for (const name of ["1.json.gz", "2.json.gz"]) put(trial, at, name);
    put(trial, at, "empty.json.gz", new Uint8Array());
    put(trial, at - 5 * day, "3.json.gz");
    await trial.run();
    expect(await told(trial)).toMatchObject([{ read: 4, stored: 0, ignored: 4 }]);
    await trial.run({ since: "2d" });
    expect(await told(trial)).toEqual([{ read: 4, stored: 2, ignored: 2, ignoredBy: { empty: 1, "before-since": 1 } }]);
    await trial.run({ since: "10d" });
    expect(await told(trial)).toEqual([{ read: 4, stored: 3, ignored: 1, ignoredBy: { empty: 1 } }]);
    // What was read once stays read.
    await trial.run();
    expect(await told(trial)).toMatchObject([{ read: 4, stored: 3, ignored: 1 }]);
  });

  it("that may not be listed are told, stop nothing that is newer, and are counted when they may", async () => {
    const trial = await onS3();
    const { time } = trial;
    put(trial, time.now - 3 * hour, "1.json.gz");
    put(trial, time.now - 3 * day, "2.json.gz");
    put(trial, time.now - 5 * day, "3.json.gz");
    trial.plan([{ api: "ListObjectsV2", match: "/2026/11/15/", count: 9_999, do: { kind: "deny" } }]);
    const run = await trial.run();
    const status = await trial.status();
    expect(status.sources.map(({ reason, state }) => [state, reason])).toEqual([
      ["degraded", "a part of it could not be listed: AccessDenied"],
    ]);
    expect(ingestExitCode(run, status, 0)).toBe(4);
    expect(await told(trial)).toMatchObject([{ read: 2, stored: 1, ignored: 1 }]);
    trial.plan([]);
    time.pass(hour);
    await trial.run();
    expect(await told(trial)).toMatchObject([{ read: 3, stored: 1, ignored: 2 }]);
    expect((await trial.status()).sources.map(({ state }) => state)).toEqual(["active"]);
  });

  it("are counted beside what is new by a run that goes on", async () => {
    const trial = await onS3();
    const { stage, time } = trial;
    for (let old = 2; old < 30; old += 1) put(trial, time.now - old * day, "1.json.gz");
    const stop = new AbortController();
    const running = trial.run({ once: false, pollMs: minute, signal: stop.signal });
    const until = async (isSo: () => Promise<boolean>) => {
      while (!(await isSo())) await realSleep(50, stop.signal);
    };
    await until(async () => (await trial.status()).counts.ignored === 28);
    stage.put([stage.call(time.now - minute)], time.now - minute);
    time.pass(minute);
    await until(async () => (await trial.status()).counts.stored === 1);
    stop.abort();
    await running;
    await trial.expectExact();
  });
});

describe("log events from before what is read", { timeout: 120_000 }, () => {
  const events = ({ aws }: Trial) => aws.requests().filter(({ api }) => api === "FilterLogEvents").length;

  async function told(trial: Trial) {
    expect((await verify(await trial.store(), { hashes: false })).faults).toEqual([]);
    return (await trial.status()).sources.map(({ counts: { ignored, stored }, ignoredBy }) => {
      return { stored, ignored, ignoredBy };
    });
  }

  it("are counted, each day that holds any as one, and not read; asked for once, and read when that time is moved back", async () => {
    const trial = await openTrial({ since: "1d" });
    const { stage, time } = trial;
    const call = (at: number) => stage.event(JSON.stringify(stage.call(at)), at);
    for (const n of [0, 1, 2]) call(time.now - 3 * hour - n * minute);
    // A day of more than one page.
    for (let n = 0; n < 9; n += 1) call(time.now - 40 * hour + n * second);
    for (const hours of [38, 35]) call(time.now - hours * hour);
    call(time.now - 60 * day);
    await trial.run();
    expect(await told(trial)).toEqual([{ stored: 3, ignored: 3, ignoredBy: { "before-since": 3 } }]);
    const { hole, readThrough } = await trial.target();
    expect([hole, readThrough]).toEqual([null, new Date(time.now - 2 * minute).toISOString()]);
    const { catalog } = await trial.store();
    const days = await daysLedger(catalog);
    expect(days.map(({ counts, day: of }) => [of, counts.ignored])).toEqual([
      ["2026-09-21", 1],
      ["2026-11-18", 1],
      ["2026-11-19", 1],
      ["2026-11-20", 0],
    ]);

    // A week later nothing that old can have come.
    time.pass(7 * day + hour);
    await trial.run();
    const before = events(trial);
    time.pass(minute);
    await trial.run();
    expect(events(trial) - before).toBe(1);
    expect(await told(trial)).toMatchObject([{ stored: 3, ignored: 3 }]);

    await trial.run({ since: "12d" });
    expect(await told(trial)).toEqual([{ stored: 14, ignored: 1, ignoredBy: { "before-since": 1 } }]);
  });

  it("are counted, too, of the time in which nobody looked", async () => {
    const trial = await openTrial({ since: "1d" });
    const { stage, time } = trial;
    await trial.run();
    time.pass(20 * day);
    for (const at of [time.now - hour, time.now - 5 * day]) stage.event(JSON.stringify(stage.call(at)), at);
    await trial.run();
    expect(await told(trial)).toEqual([{ stored: 1, ignored: 1, ignoredBy: { "before-since": 1 } }]);
  });
});
