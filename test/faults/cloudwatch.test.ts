import { sql as statement } from "kysely";
import { describe, expect, it } from "vitest";
import { holeOfProgress } from "../../server/domain/coverage.ts";
import { configuredSources } from "../../server/ingest/discovery.ts";
import { realSleep } from "../../server/lib/concurrency.ts";
import { bytesOf, packedCount } from "../../server/store/catalog/event-hashes.ts";
import { reportRuns, saveReportRun } from "../../server/store/catalog/report-runs.ts";
import { sql } from "../../server/store/sql.ts";
import { account, region } from "../aws/small-world.ts";
import { inWorkspace, lines, record } from "../ingest/kit.ts";
import { homeRegion, logGroupOf, type Stage } from "./stage.ts";
import { openTrial, type Trial } from "./trial.ts";
import { day, hour, minute, second } from "./virtual-time.ts";

const planned = { kind: "error", status: 400, code: "Planned" } as const;

/** So many calls, a second apart, from a time on. */
function calls(stage: Stage, count: number, from: number, stepMs = second) {
  return Array.from({ length: count }, (_, n) => stage.call(from + n * stepMs));
}

async function findings(trial: Trial): Promise<string[]> {
  return (await trial.status()).findings.map(({ key, kind }) => `${kind} ${key ?? ""}`);
}

async function windowStates(trial: Trial): Promise<Record<string, number>> {
  const rows = await (await trial.store()).catalog.selectFrom("windows").select("state").execute();
  return rows.reduce<Record<string, number>>((sum, { state }) => ({ ...sum, [state]: (sum[state] ?? 0) + 1 }), {});
}

describe("a log group", { timeout: 180_000 }, () => {
  it("W2: five empty pages with tokens, then events: exact", async () => {
    const trial = await openTrial({ faults: [{ api: "FilterLogEvents", count: 5, do: { kind: "empty-page" } }] });
    const { stage, time } = trial;
    stage.log(calls(stage, 20, time.now - 22 * minute, minute));
    await trial.run();
    await trial.expectExact();
  });

  it("W3: an event that shows 90 minutes after its hour is stored by the next pass, once, told as late, and amends reports", async () => {
    const trial = await openTrial();
    const { stage, time } = trial;
    time.set(Date.parse("2026-11-20T12:02:00Z"));
    stage.log(calls(stage, 5, time.now - 40 * minute));
    stage.log([stage.call(Date.parse("2026-11-20T11:50:00Z"))], { shownAt: Date.parse("2026-11-20T13:30:00Z") });
    await trial.run();
    time.pass(15 * minute);
    await trial.run();
    expect(await findings(trial)).toEqual([]);
    time.set(Date.parse("2026-11-20T14:00:00Z"));
    const between = await trial.run();
    expect(between.counts.read).toBe(0);
    const reports = async (): Promise<string[]> => {
      const runs = await reportRuns((await trial.store()).catalog, 10);
      return runs
        .map(({ amendedAt, reportId }) => `${reportId} ${amendedAt === null ? "rendered" : "amended"}`)
        .toSorted();
    };
    const target = { accountId: account, region: homeRegion };
    const [from, to] = [Date.parse("2026-11-20T00:00:00Z"), Date.parse("2026-11-20T12:00:00Z")];
    const morning = { id: "r_1", reportId: "morning", title: "Morning", from, to, renderedAt: time.now, snapshot: 1 };
    const { catalog } = await trial.store();
    await saveReportRun(catalog, { ...morning, targets: [target] });
    await saveReportRun(catalog, {
      ...morning,
      id: "r_2",
      reportId: "noon",
      from: to,
      to: time.now,
      targets: [target],
    });
    const other = { ...target, region: "eu-west-1" };
    await saveReportRun(catalog, { ...morning, id: "r_3", reportId: "elsewhere", targets: [other] });
    time.set(Date.parse("2026-11-20T15:00:30Z"));
    expect((await trial.run()).counts).toMatchObject({ read: 1, stored: 1 });
    expect(await reports()).toEqual(["elsewhere rendered", "morning amended", "noon rendered"]);
    time.pass(minute);
    await saveReportRun(catalog, { ...morning, renderedAt: time.now, targets: [target] });
    expect((await trial.run()).counts.read).toBe(0);
    expect(await reports()).toEqual(["elsewhere rendered", "morning amended", "morning rendered", "noon rendered"]);
    expect(await findings(trial)).toEqual(["late-delivery 2026-11-20T11:00:00.000Z"]);
    await trial.expectExact();
  });

  it("W4: 25,000 events in one millisecond: exact", async () => {
    const trial = await openTrial({ pageSize: { events: 10_000 } });
    const { stage, time } = trial;
    stage.log(calls(stage, 25_000, time.now - 50 * minute, 0));
    await trial.run();
    await trial.expectExact();
  });

  it("W5: tokens that expired in a stop of 25 hours leave no gap and make no duplicate", async () => {
    const trial = await openTrial();
    const { stage, time } = trial;
    stage.log(calls(stage, 49, time.now - 80 * minute));
    trial.plan([{ api: "FilterLogEvents", nth: 4, count: 1_000, do: planned }]);
    await trial.run();
    await trial.close();
    time.pass(25 * hour);
    trial.plan([{ api: "FilterLogEvents", nth: 3, count: 8, share: 0.5, do: { kind: "expire-tokens" } }]);
    for (let runs = 0; runs < 3; runs += 1) await trial.run();
    await trial.expectExact();
    expect((await trial.status()).counts.duplicates).toBe(0);
    const { hole } = await trial.target();
    expect(hole).toBeNull();
  });

  it("W6: ten minutes of throttling: the rate falls below the share, the hole is shown, and then all is exact", async () => {
    const trial = await openTrial({ since: "2026-11-20T11:00:00Z" });
    const { stage, time } = trial;
    const [from, until] = [time.now, time.now + 10 * minute];
    stage.log(calls(stage, 60, from - 80 * minute, minute));
    trial.plan([{ api: "FilterLogEvents", from, until, do: { kind: "throttle" } }]);
    await trial.run({ quotaShare: 0.5 });
    const [source] = (await trial.status()).sources;
    expect([source?.state, source?.reason]).toEqual(["degraded", "listing failed: ThrottlingException"]);
    const { hole, readThrough } = await trial.target();
    expect([readThrough, hole?.reason]).toEqual([null, "listing failed: ThrottlingException"]);
    time.run(100);
    while (time.now < until) await trial.run({ quotaShare: 0.5 });
    const throttled = trial.aws.requests().filter(({ api, at }) => api === "FilterLogEvents" && at < until);
    expect(throttled.length).toBeGreaterThan(0);
    const share = 2.5;
    expect(throttled.length / ((until - from) / second)).toBeLessThan(share);
    time.run(0);
    await trial.run();
    await trial.expectExact();
    expect((await trial.status()).sources[0]?.state).toBe("active");
  });

  it("W7: an error on page 3 of 7 keeps pages 1 and 2 and leaves the window a hole, then all is exact", async () => {
    const trial = await openTrial();
    const { stage, time } = trial;
    stage.log(calls(stage, 49, time.now - 80 * minute));
    // The first call asks for what is new; the next ones are pages of the hour before.
    trial.plan([{ api: "FilterLogEvents", nth: 4, count: 1_000, do: planned }]);
    await trial.run();
    expect((await trial.status()).counts.stored).toBe(14);
    const { hole, readThrough } = await trial.target();
    expect([readThrough, hole?.reason]).toEqual([null, "listing failed: Planned"]);
    expect((await windowStates(trial))["provisional"]).toBeUndefined();
    trial.plan([]);
    await trial.run();
    await trial.expectExact();
    expect((await trial.target()).hole).toBeNull();
  });

  it("a listing that the ledger could not take leaves a hole, and is made again: no event is on its way for ever", async () => {
    const trial = await openTrial();
    trial.stage.log(calls(trial.stage, 9, trial.time.now - 80 * minute));
    const { catalog } = await trial.store();
    await statement`create trigger refuse before insert on units begin select raise(abort, 'refused'); end`.execute(
      catalog,
    );
    // What is found is saved every half a second, and here each time.
    trial.time.run(1_000);
    await expect(trial.run()).rejects.toMatchObject({ code: "SQLITE_CONSTRAINT_TRIGGER" });
    trial.time.run(0);
    expect((await trial.status()).counts.stored).toBe(0);
    // The source is not to blame: its listing has not failed, and is still to be made.
    expect((await trial.target()).hole?.reason).toBe(holeOfProgress.unlisted);
    await statement`drop trigger refuse`.execute(catalog);
    await trial.run();
    await trial.expectExact();
    expect((await trial.target()).hole).toBeNull();
  });

  it("W8: a deleted group is missing, a refused region denied, neither is zero traffic; others go on, and both heal", async () => {
    const trial = await openTrial({ deliveries: { [homeRegion]: "cloudwatch", "eu-west-1": "cloudwatch" } });
    const { stage, time } = trial;
    const traffic = () => {
      for (const name of [homeRegion, "eu-west-1"])
        stage.log([stage.call(time.now - 5 * minute, { region: name })], { region: name });
    };
    const state = async (name: string) =>
      (await trial.status()).sources.find((source) => source.region === name)?.state;
    traffic();
    await trial.run();
    const before = await trial.target();

    stage.removeGroup(logGroupOf(homeRegion));
    time.pass(2 * hour);
    traffic();
    await trial.run();
    expect([await state(homeRegion), await state("eu-west-1")]).toEqual(["missing", "active"]);
    // The hour that was open then has ended unread.
    expect([before.readThrough, (await trial.target()).readThrough]).toEqual([
      "2026-11-20T12:28:00.000Z",
      "2026-11-20T12:00:00.000Z",
    ]);
    expect((await trial.target()).hole?.reason).toBe("listing failed: ResourceNotFoundException");
    stage.addGroup(logGroupOf(homeRegion));

    stage.configure("eu-west-1", { denies: ["logs:FilterLogEvents"] });
    time.pass(2 * hour);
    traffic();
    await trial.run();
    expect([await state(homeRegion), await state("eu-west-1")]).toEqual(["active", "denied"]);
    expect(Date.parse((await trial.target("eu-west-1")).readThrough ?? "")).toBeLessThan(time.now - hour);

    stage.configure("eu-west-1", { denies: [] });
    time.pass(2 * hour);
    await trial.run();
    expect(await state("eu-west-1")).toBe("active");
    await trial.expectExact();
  });

  it("W9: events at both ends of an hour, two hours ahead and 14 days old: each once, under its own time", async () => {
    const trial = await openTrial({ since: "20d" });
    const { stage, time } = trial;
    const start = Date.parse("2026-11-20T11:00:00Z");
    const old = time.now - 14 * day + hour;
    const times = [start, start + hour - 1, start + hour];
    stage.log(times.map((at) => stage.call(at)));
    stage.log([stage.call(time.now + 2 * hour)], { shownAt: time.now });
    stage.log([stage.call(old)], { shownAt: time.now + minute });
    await trial.run();
    // The last pass over an hour comes two hours after events for it are no longer taken.
    for (let later = 0; later < 5; later += 1) {
      time.pass(hour);
      await trial.run();
    }
    await trial.expectExact();
    const rows = await trial.rows(sql`select time from invocations where dt >= '0000' order by time`);
    const expected = [old, ...times, Date.parse("2026-11-20T14:30:00Z")].map((at) => new Date(at).toISOString());
    expect(rows.map((row) => String(row["time"]))).toEqual(expected);
  });

  it("W10: one record under two event ids counts once, with one duplicate", async () => {
    const trial = await openTrial();
    const { stage, time } = trial;
    const call = stage.call(time.now - 10 * minute);
    stage.log([call, call]);
    await trial.run();
    expect((await trial.status()).counts).toEqual({ read: 2, stored: 1, duplicates: 1, quarantined: 0, ignored: 0 });
    await trial.expectExact();
  });

  it("W11: a clock that is wrong stores all, settles nothing early and is a finding", async () => {
    const trial = await openTrial();
    const { stage, time } = trial;
    const tells = [-10 * minute, day, 0, -time.now, Date.UTC(2099, 0, 1) - time.now];
    for (const clockOffMs of tells) {
      stage.log(calls(stage, 3, time.now - 5 * minute));
      await trial.run({ clockOffMs });
      time.pass(5 * minute);
    }
    expect((await windowStates(trial))["settled"]).toBeUndefined();
    expect(await findings(trial)).toContain("clock-skew the clock of this machine is 10 min behind");
    await trial.run();
    await trial.expectExact();
    const { asOf } = await trial.target();
    expect(Date.parse(asOf ?? "")).toBe(Math.floor(time.now / second) * second);
    time.pass(13 * hour);
    await trial.run();
    time.pass(13 * hour);
    await trial.run();
    expect((await windowStates(trial))["settled"]).toBeGreaterThan(0);
    await trial.expectExact();
  });

  it.each(["1970-01-01T00:00:00Z", "2099-01-01T00:00:00Z"])(
    "W11: at %s by the only clock there is, nothing is read or deleted, and what is stored can be read",
    (wrong) =>
      inWorkspace(async (workspace) => {
        workspace.write("one.json", lines(record("a-1")));
        await workspace.withStore(async (store) => {
          workspace.now = Date.parse("2026-11-20T12:00:00Z");
          await workspace.ingest(store);
          workspace.write("two.json", lines(record("a-2")));
          workspace.now = Date.parse(wrong);
          await expect(workspace.ingest(store)).rejects.toMatchObject({
            message: `clock not plausible: ${new Date(wrong).toISOString()}`,
            exitCode: 3,
          });
          const { rows } = await store.batch.query(sql`select request_id from invocations where dt >= '0000'`);
          expect(rows).toEqual([{ request_id: "a-1" }]);
          workspace.now = Date.parse("2026-11-20T13:00:00Z");
          expect((await workspace.ingest(store)).counts.stored).toBe(1);
        });
      }),
  );

  it("W12: a masked copy, then the clear one: counted once, both kept, and no finding of tampering", async () => {
    const trial = await openTrial();
    const { stage, time } = trial;
    const at = time.now - 30 * minute;
    const clear = stage.call(at, { requestId: "masked" });
    const masked = JSON.parse(
      JSON.stringify(clear).replace("How is order masked?", "How is order ******?"),
    ) as typeof clear;
    stage.log([masked], { shownAt: at });
    await trial.run();
    stage.log([clear], { shownAt: time.now });
    time.pass(2 * hour);
    await trial.run();
    await trial.expectExact();
    expect((await trial.status()).counts).toMatchObject({ stored: 1, duplicates: 1 });
    expect(await trial.rows(sql`select reason from copies where dt >= '0000'`)).toEqual([{ reason: "mask-change" }]);
    expect((await findings(trial)).filter((finding) => finding.startsWith("conflicting"))).toEqual([]);
  });

  it("W13: a message that is no JSON, or of another kind, stands in quarantine and blocks nothing", async () => {
    const trial = await openTrial();
    const { stage, time } = trial;
    stage.log(calls(stage, 9, time.now - 20 * minute));
    stage.event("hello", time.now - 20 * minute);
    stage.event(`{"schemaType":"OtherLog","schemaVersion":"1.0"}`, time.now - 19 * minute);
    await trial.run();
    await trial.expectExact({ quarantined: 2 });
    const held = await (await trial.store()).catalog.selectFrom("quarantine").select("reason").execute();
    expect(held.map(({ reason }) => reason).toSorted()).toEqual(["not-json", "wrong-schema-type"]);
    expect((await trial.target()).hole).toBeNull();
  });

  it("W14: 10,001 streams: exact", async () => {
    const trial = await openTrial({ pageSize: { events: 10_000 } });
    const { stage, time } = trial;
    for (const [n, call] of calls(stage, 10_001, time.now - 50 * minute, 200).entries())
      stage.log([call], { stream: `stream-${n}` });
    await trial.run();
    await trial.expectExact();
  });

  it("W14: 51 groups: exact", async () => {
    const trial = await openTrial({ since: "1d" });
    const { stage, time } = trial;
    const groups = Array.from({ length: 51 }, (_, n) => `/team/${n}`);
    for (const group of groups) {
      stage.addGroup(group);
      stage.log(calls(stage, 2, time.now - 20 * minute), { group });
    }
    const places = groups.map((group) => ({
      kind: "cloudwatch" as const,
      logGroupArn: `arn:aws:logs:${homeRegion}:${account}:log-group:${group}`,
    }));
    const { signal } = new AbortController();
    await trial.run({ find: (aws) => configuredSources(places, { aws, clock: trial.clock, signal }) });
    expect((await trial.status()).sources.map(({ state }) => state)).toEqual(groups.map(() => "active"));
    await trial.expectExact();
  });
});

describe("events that were listed", { timeout: 120_000 }, () => {
  /** Lists what there is, and ends before any of it is read. */
  async function listOnly(trial: Trial): Promise<void> {
    const stop = new AbortController();
    const onProgress = ({ units }: { readonly units: number }) => units > 0 && stop.abort();
    expect((await trial.run({ signal: stop.signal, onProgress })).interrupted).toBe(true);
    await trial.close();
  }

  const pageUnits = async (trial: Trial) =>
    (await trial.store()).catalog
      .selectFrom("units")
      .select(["state", "read", "error", "events"])
      .where("kind", "=", "page")
      .orderBy("id")
      .execute();

  it("are read by the next process, each once, whatever page shows them then", async () => {
    const trial = await openTrial();
    const { stage, time } = trial;
    stage.log(calls(stage, 14, time.now - 14 * minute, minute));
    await listOnly(trial);
    expect((await pageUnits(trial)).map(({ state }) => state)).toEqual(["listed", "listed"]);
    time.pass(minute);
    stage.log(calls(stage, 3, time.now - 14 * minute, second), { shownAt: time.now });
    const { counts } = await trial.run();
    expect(counts).toMatchObject({ read: 17, stored: 17 });
    await trial.expectExact();
  });

  it("and are gone when their page is read are counted and named, one by one, and taken when they come back", async () => {
    const trial = await openTrial();
    const { stage, time } = trial;
    const listed = calls(stage, 14, time.now - 14 * minute, minute);
    const ids = listed.map(({ requestId }) => String(requestId));
    stage.log(listed);
    await listOnly(trial);
    const some = stage.removeEvents(ids.slice(2, 5));
    const all = stage.removeEvents(ids.slice(7));
    await trial.run();
    await trial.expectExact();
    const units = await pageUnits(trial);
    expect(units.map(({ error, read, state }) => [state, read, error])).toEqual([
      ["done", 4, null],
      ["vanished", 0, "It was listed, then gone."],
      ["vanished", 0, "3 of its 7 events were listed, then gone."],
    ]);
    const lost = units.reduce((sum, { events }) => sum + packedCount(bytesOf(events)), 0);
    expect((await trial.status()).counts.read + lost).toBe(listed.length);
    const timeOf = (n: number) => String(listed[n]?.["timestamp"]);
    expect((await findings(trial)).toSorted()).toEqual([
      `log-object-deleted 3 of the events from ${timeOf(0)} to ${timeOf(6)}`,
      `log-object-deleted 7 of the events from ${timeOf(7)} to ${timeOf(13)}`,
    ]);
    expect((await trial.target()).exceptions).toBe(2);

    // One comes with another page than that under which it was listed first.
    time.pass(minute);
    some();
    stage.removeEvents(ids.slice(2, 4));
    await trial.run();
    expect((await findings(trial)).toSorted()[0]).toContain("log-object-deleted 2 of the events");
    time.pass(hour);
    all();
    await trial.run();
    await trial.expectExact();
    expect(await findings(trial)).toEqual([`log-object-deleted 2 of the events from ${timeOf(0)} to ${timeOf(6)}`]);
  });
});

describe("a region's logging", { timeout: 120_000 }, () => {
  it("that leaves its log group is read on, retired, and looked at seldom after 14 days", async () => {
    const trial = await openTrial();
    const { stage, time } = trial;
    stage.log(calls(stage, 3, time.now - 20 * minute));
    await trial.run();
    stage.configure(homeRegion, region());
    time.pass(hour);
    stage.log(calls(stage, 3, time.now - 20 * minute));
    await trial.run();
    const [retired] = (await trial.status()).sources;
    expect([retired?.state, retired?.stateSince]).toEqual([
      "retired",
      new Date(Math.floor(time.now / second) * second).toISOString(),
    ]);
    await trial.expectExact();
    time.pass(15 * day);
    const asked = trial.aws.requests().length;
    await trial.run();
    const tails = trial.aws
      .requests()
      .slice(asked)
      .filter(({ api }) => api === "FilterLogEvents");
    expect(tails.length).toBeGreaterThan(0);
    const again = trial.aws.requests().length;
    await trial.run();
    expect(
      trial.aws
        .requests()
        .slice(again)
        .filter(({ api }) => api === "FilterLogEvents"),
    ).toEqual([]);
    await trial.expectExact();
  });

  it("that leaves its log group while we run is looked at seldom after 14 days, too", async () => {
    const trial = await openTrial({ since: "1d" });
    const { stage, time } = trial;
    stage.log(calls(stage, 3, time.now - 20 * minute));
    const stop = new AbortController();
    const running = trial.run({ once: false, pollMs: minute, signal: stop.signal });
    const { catalog } = await trial.store();
    const source = () => catalog.selectFrom("sources").select(["state", "tail_at"]).executeTakeFirstOrThrow();
    const until = async (isSo: () => Promise<boolean>) => {
      while (!(await isSo())) await realSleep(50, stop.signal);
    };
    const passHours = async (hours: number) => {
      time.pass(hours * hour);
      const newest = Math.floor(time.now / hour) * hour;
      const opened = catalog.selectFrom("windows").select("start_at").where("start_at", "=", newest);
      await until(async () => (await opened.executeTakeFirst()) !== undefined);
    };
    await until(async () => (await trial.status()).counts.stored === 3);
    stage.configure(homeRegion, region());
    time.pass(hour);
    await until(async () => (await source()).state === "retired");
    time.pass(15 * day);
    const asked = () =>
      trial.aws.requests().filter(({ api }) => api === "GetModelInvocationLoggingConfiguration").length;
    const before = asked();
    await until(async () => asked() > before);
    // A look that had begun may still be at it; from some hour on none asks for what is new.
    await until(async () => {
      const { tail_at: last } = await source();
      for (let later = 0; later < 3; later += 1) await passHours(1);
      return (await source()).tail_at === last;
    });
    stop.abort();
    await running;
    await trial.expectExact();
  });
});
