import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { saveCheck } from "../../server/controls/check-runs.ts";
import { CheckReport } from "../../server/domain/compliance.ts";
import { MetricQuery, type Measure } from "../../server/domain/metric.ts";
import { ReportDocument, reportFormats } from "../../server/domain/report.ts";
import { silentLog } from "../../server/lib/log.ts";
import { answerMetric } from "../../server/metrics/answer.ts";
import { report, type ReportOptions } from "../../server/report.ts";
import { changes } from "../../server/report-usage.ts";
import { renderReport } from "../../server/reports/list.ts";
import { cell, measureWords, shown } from "../../server/reports/words.ts";
import type { Engine, Store } from "../../server/store/store.ts";
import { manyCalls } from "../metrics/calls.ts";
import { openTestLake, type TestLake } from "../metrics/lake.ts";
import { book } from "../metrics/oracle.ts";

const now = Date.parse("2026-11-20T09:00:00Z");
const records = manyCalls(300);
let lake: TestLake;
let document: ReportDocument;

const wish: ReportOptions = {
  id: "adhoc",
  title: "Two days",
  window: { from: "2026-11-19", to: "2026-11-21" },
  timeZone: "UTC",
  filters: [],
  signal: new AbortController().signal,
};

function make(options: Partial<ReportOptions> = {}, demo = false): Promise<ReportDocument> {
  return makeOver(lake.store, options, demo);
}

function makeOver(store: Store, options: Partial<ReportOptions> = {}, demo = false): Promise<ReportDocument> {
  const deps = { store, prices: book, clock: () => now, log: silentLog, version: "0.1.0", demo };
  return report(deps, { ...wish, ...options });
}

/** Sources that were read for every account and region of the calls, through an instant. */
async function readThrough(through: string, since = "2026-11-15T00:00:00Z"): Promise<void> {
  const { catalog } = lake.store;
  await catalog.deleteFrom("windows").execute();
  await catalog.deleteFrom("sources").execute();
  for (const account of ["111122223333", "444455556666"]) {
    for (const region of ["us-east-1", "eu-west-1", "ap-south-1"]) {
      const id = `${account}-${region}`;
      const at = Date.parse(through);
      await catalog
        .insertInto("sources")
        .values({ ...source, id, account_id: account, region, last_ok_at: at })
        .execute();
      await catalog
        .insertInto("windows")
        .values({ ...hours, source_id: id, start_at: Date.parse(since), end_at: at, passes: 1 })
        .execute();
    }
  }
}

const source = {
  kind: "folder",
  place: "logs",
  name: "logs",
  state: "active",
  reason: null,
  origin: "configured",
  since: 0,
};
const hours = { state: "settled" };

beforeAll(async () => {
  lake = await openTestLake([records.slice(0, 150), records.slice(150)]);
  await readThrough("2026-11-21T00:00:00Z");
  document = await make();
});
afterAll(() => lake.close());

const within = (from: string, to: string) =>
  records.filter(({ invocation: { time } }) => time >= `${from}T00:00:00.000Z` && time < `${to}T00:00:00.000Z`);

describe("a report over a real store", () => {
  it("fits its own schema", () => {
    expect(ReportDocument.parse(document)).toEqual(document);
  });

  it("counts the window and the two days before", () => {
    const { values, previous } = document.usage.totals;
    expect(values.invocations).toBe(within("2026-11-19", "2026-11-21").length);
    expect(previous.invocations).toBe(within("2026-11-17", "2026-11-19").length);
    expect(document.previous.from).toBe("2026-11-17T00:00:00.000Z");
  });

  it("says the numbers that the API says", async () => {
    const measures = Object.keys(document.usage.totals.values) as Measure[];
    expect(measures).toEqual(Object.keys(measureWords).toSorted((a, b) => order(measures, a) - order(measures, b)));
    for (const measure of measures) {
      const query = MetricQuery.parse({
        measures: [measure],
        range: { from: document.window.from, to: document.window.to },
        compare: "previous",
      });
      const deps = {
        engine: lake.store.interactive,
        snapshot: () => lake.store.snapshot(),
        prices: book,
        coverage: [],
        since: null,
        clock: () => now,
      };
      const { totals } = await answerMetric(deps, query, wish.signal);
      expect(document.usage.totals.values[measure], measure).toBe(totals.values[measure]);
      expect(document.usage.totals.previous[measure], measure).toBe(totals.compare?.[measure]);
    }
  });

  it("says them in every format", () => {
    const files = new Map(renderReport(document, reportFormats).map(({ name, text }) => [name, text]));
    const lines = files.get("usage.csv")?.split("\r\n") ?? [];
    for (const [measure, [title, unit]] of Object.entries(measureWords)) {
      const now_ = document.usage.totals.values[measure as Measure] ?? null;
      const before = document.usage.totals.previous[measure as Measure] ?? null;
      expect(
        lines.some((line) => line.startsWith(`"${title}",${now_ ?? ""},${before ?? ""},`)),
        measure,
      ).toBe(true);
      const [a, b] = [shown(cell(unit)(now_)), shown(cell(unit)(before))].map((text) => text.replace("<", "&lt;"));
      expect(files.get("report.html")).toContain(
        `<td class="word">${title}</td><td class="number">${a}</td><td class="number">${b}</td>`,
      );
    }
  });

  it("breaks the calls down so that the parts are the whole", () => {
    for (const { dimension, rows } of document.usage.breakdowns) {
      const sum = rows.reduce((total, { values }) => total + (values.invocations ?? 0), 0);
      expect(sum, dimension).toBe(document.usage.totals.values.invocations);
    }
  });

  it("names the largest changes, the largest first", () => {
    const { movers } = document.usage;
    const costs = movers.filter(({ measure }) => measure === "costUsd");
    expect(costs.length).toBeGreaterThan(3);
    const sizes = costs.map((mover) => Math.abs(mover.now - mover.before));
    expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
    const region = movers.find(({ measure, dimension }) => measure === "invocations" && dimension === "region");
    const of = (from: string, to: string) =>
      within(from, to).filter(({ invocation }) => invocation.region === region?.key).length;
    expect(region).toMatchObject({ now: of("2026-11-19", "2026-11-21"), before: of("2026-11-17", "2026-11-19") });
  });

  it("is of one commit, whatever else is committed while it is made", async () => {
    const own = await openTestLake([records.slice(0, 150)]);
    const quiet = await makeOver(own.store);
    let stored = 150;
    const batch: Engine = {
      close: () => own.store.batch.close(),
      async query(statement, options) {
        if (stored < records.length) await own.add(records.slice(stored, (stored += 25)));
        return own.store.batch.query(statement, options);
      },
    };
    const busy = await makeOver({ ...own.store, batch });
    expect(stored).toBe(records.length);
    expect(busy.usage).toEqual(quiet.usage);
    expect((await makeOver(own.store)).usage).not.toEqual(quiet.usage);
    await own.close();
  });

  it("gives the same bytes again", async () => {
    expect(renderReport(await make(), reportFormats)).toEqual(renderReport(document, reportFormats));
  });

  it("keeps to its filters, and says so", async () => {
    const filters = [{ field: "region" as const, op: "in" as const, values: ["eu-west-1"] }];
    const filtered = await make({ filters });
    const europe = within("2026-11-19", "2026-11-21").filter(({ invocation }) => invocation.region === "eu-west-1");
    expect(filtered.usage.totals.values.invocations).toBe(europe.length);
    expect(filtered.evidence.targets.map(({ region }) => region)).toEqual(["eu-west-1", "eu-west-1"]);
    expect(filtered.method.join(" ")).toContain("The filters apply to usage");
    expect(filtered.usage.breakdowns.find(({ dimension }) => dimension === "region")?.rows).toHaveLength(1);
  });

  it("marks simulated data", async () => {
    expect((await make({}, true)).marks).toContain("DEMO DATA");
    expect(document.marks).not.toContain("DEMO DATA");
  });

  it("refuses a window without time, and a zone that is none", async () => {
    await expect(make({ window: { from: "2026-11-20", to: "2026-11-20" } })).rejects.toThrow(/not before/);
    await expect(make({ timeZone: "Europe/Atlantis" })).rejects.toThrow(/not known/);
  });
});

describe("what was not looked at", () => {
  it("is not evaluated when no source was read", async () => {
    await lake.store.catalog.deleteFrom("windows").execute();
    const empty = await make({ window: { from: "2026-10-01", to: "2026-10-02" } });
    expect(empty.verdict).toEqual({ evaluated: false, text: "NOT EVALUATED: no source was read." });
    expect(empty.usage.totals.values.invocations).toBeNull();
    expect(empty.usage.totals.previous.invocations).toBeNull();
  });

  it("is not evaluated before the first day that was read", async () => {
    await readThrough("2026-11-21T00:00:00Z");
    const early = await make({ window: { from: "2026-10-01", to: "2026-10-02" } });
    expect(early.verdict.text).toBe("NOT EVALUATED: no account and region was read in the window.");
    expect(early.usage.totals.values.invocations).toBeNull();
  });

  it("makes the report provisional, and names the places", async () => {
    await readThrough("2026-11-20T12:00:00Z");
    const late = await make();
    expect(late.marks).toContain("PROVISIONAL");
    expect(late.provisional).toContain("444455556666/eu-west-1 is read through 2026-11-20T12:00:00.000Z");
    expect(late.evidence.targets[0]?.readShare).toBe(0.75);
    expect(late.usage.comparable).toBe(false);
    expect(late.usage.movers).toEqual([]);
    const [page] = renderReport(late, ["html"]);
    expect(page?.text).toContain("not comparable");
  });

  it("can be compared when a place is known to neither period", async () => {
    const id = "never-read";
    const { catalog } = lake.store;
    const place = { id, account_id: "777788889999", region: "eu-west-1", last_ok_at: null, state: "missing" };
    await readThrough("2026-11-21T00:00:00Z");
    await catalog
      .insertInto("sources")
      .values({ ...source, ...place, reason: "listing failed: NoSuchBucket" })
      .execute();
    const start = Date.parse("2026-11-15T00:00:00Z");
    await catalog
      .insertInto("windows")
      .values({ ...hours, source_id: id, start_at: start, end_at: start + 3_600_000, passes: 0 })
      .execute();
    const { evidence, provisional, usage, verdict } = await make();
    expect(evidence.targets.at(-1)).toMatchObject({ readThrough: null, readShare: 0, previousReadShare: 0 });
    expect(evidence.unread).toEqual([{ place: "logs", state: "missing", reason: "listing failed: NoSuchBucket" }]);
    expect(provisional).toEqual(expect.arrayContaining(["777788889999/eu-west-1 was not read", "logs: missing"]));
    expect(usage.comparable).toBe(true);
    expect(verdict.text).toContain("6 of 7 targets read to the end");
  });

  it("cannot be compared with days before the first read", async () => {
    await readThrough("2026-11-21T00:00:00Z", "2026-11-18T00:00:00Z");
    const first = await make();
    expect(first.evidence.targets[0]).toMatchObject({ readShare: 1, previousReadShare: 0.5 });
    expect(first.usage.comparable).toBe(false);
    await readThrough("2026-11-21T00:00:00Z");
  });

  it("never reads as no finding and no failing control", () => {
    expect(document.provisional).toContain("no detection has run");
    expect(document.controls).toBeNull();
    expect(document.verdict.text).toBe(
      "findings NOT EVALUATED (no detection has run), controls not checked, 6 of 6 targets read to the end.",
    );
  });
});

describe("what detections and checks said", () => {
  it("stands in the report without a word of content", async () => {
    const { catalog } = lake.store;
    const body = {
      id: "f".repeat(32),
      detectionId: "secret-in-prompt",
      ruleVersion: 1,
      configHash: "0",
      title: "A secret in a prompt",
      severity: "high",
      subject: "111122223333/role/app",
      bucket: "2026-11-19",
      firstSeen: "2026-11-19T01:00:00.000Z",
      lastSeen: "2026-11-19T02:00:00.000Z",
      records: 3,
      costUsd: null,
      outcomes: {},
      scanned: { of: 3, records: 3 },
      evidence: [
        {
          requestId: "r-1",
          accountId: "111122223333",
          region: "us-east-1",
          time: "2026-11-19T01:00:00.000Z",
          path: "/messages/0",
          start: 0,
          end: 13,
          segmentKind: "user",
          ruleId: "secret-aws-access-key",
          ruleVersion: 1,
          outcome: null,
          excerpt: "wJalrXUtnFEMI",
        },
      ],
      related: [],
      mappings: [],
      summary: "3 records hold a key.",
    };
    const row = (id: string, severity: string, state: string, first: string) => ({
      id,
      detection_id: body.detectionId,
      severity,
      subject: body.subject,
      bucket: body.bucket,
      first_seen: Date.parse(first),
      last_seen: Date.parse("2026-11-19T02:00:00Z"),
      state,
      version: 0,
      body: JSON.stringify({ ...body, id, severity, firstSeen: first }),
      updated_at: 0,
    });
    const many = Array.from({ length: 22 }, (_, index) =>
      row(`low-${index}`, "low", "new", "2026-11-01T00:00:00.000Z"),
    );
    await catalog
      .insertInto("findings")
      .values([
        ...many,
        row("high-1", "high", "new", "2026-11-19T01:00:00.000Z"),
        row("done", "high", "resolved", "2026-11-19T01:00:00.000Z"),
      ])
      .execute();
    await catalog
      .insertInto("detect_runs")
      .values({ id: "d1", at: Date.parse("2026-11-21T00:10:00Z"), from_at: 0, to_at: 1, ran: 16, body: "{}" })
      .execute();
    const full = await make();
    expect(full.provisional).toEqual([]);
    expect(full.marks).toEqual([]);
    expect(full.findings.counts).toEqual([
      { severity: "high", open: 1, fresh: 1, resolved: 1, withdrawn: 0, waived: 0 },
      { severity: "low", open: 22, fresh: 0, resolved: 0, withdrawn: 0, waived: 0 },
    ]);
    expect(full.findings.rows).toHaveLength(20);
    expect(full.findings.rows[0]).toMatchObject({ id: "high-1", isNew: true });
    expect(full.findings.rows[1]).toMatchObject({ severity: "low", isNew: false });
    expect(full.findings.more).toBe(3);
    expect(full.verdict.text).toMatch(/^open findings: 1 high \(1 new\), 22 low, controls not checked,/);
    for (const { text } of renderReport(full, reportFormats)) expect(text).not.toContain("wJalrXUtnFEMI");
  });

  it("stands with FAIL before UNKNOWN, and its denominator", async () => {
    const result = (verdict: string, severity: string, region: string) => ({
      id: `${verdict}-${region}`,
      control: "invocation-logging-enabled",
      title: "Model invocation logging is enabled",
      account: "111122223333",
      region,
      resource: region,
      verdict,
      severity,
      code: "off",
      reason: "Logging is off.",
      keptDays: null,
      readableDays: null,
      notes: [],
      remediation: null,
      evidence: [],
    });
    const results = [
      result("UNKNOWN", "high", "us-east-1"),
      result("FAIL", "medium", "us-east-2"),
      result("PASS", "high", "us-west-2"),
      result("FAIL", "high", "eu-west-1"),
    ];
    const check = {
      schemaVersion: 1,
      run: {
        id: "c1",
        startedAt: "2026-11-20T00:00:00.000Z",
        finishedAt: "2026-11-20T00:01:00.000Z",
        clock: "2026-11-20T00:00:00.000Z",
        complete: true,
        exitCode: 1,
        caller: null,
        tool: "bedrock-audit 0.1.0",
      },
      policy: { name: "default", sha256: "0", settings: {} },
      window: { from: "2026-10-21T00:00:00.000Z", to: "2026-11-20T00:00:00.000Z" },
      summary: {
        verdicts: { FAIL: 2, UNKNOWN: 1, PASS: 1, NOT_APPLICABLE: 0, WAIVED: 0 },
        failAtOrAbove: 1,
        allowedUnknown: 0,
        targets: { total: 4, evaluated: 3, unknown: 1, notApplicable: 0, excluded: 0 },
      },
      targets: [],
      results,
    };
    const run = (id: string, clock: string, complete: boolean) => ({ ...check.run, id, clock, complete });
    const save = (body: unknown) => saveCheck(lake.store.catalog, CheckReport.parse(body));
    await save({ ...check, run: run("cut", "2026-11-20T01:00:00.000Z", false) });
    expect((await make()).verdict.text).toContain("1 UNKNOWN (the check was cut short)");
    await save({ ...check, run: run("c0", "2026-11-19T00:00:00.000Z", true), results: [] });
    await save(check);
    const { controls, verdict } = await make();
    expect(controls?.rows.map((row) => `${row.verdict} ${row.severity}`)).toEqual([
      "FAIL high",
      "FAIL medium",
      "UNKNOWN high",
    ]);
    expect(controls).toMatchObject({ targets: { total: 4, evaluated: 3 }, more: 0 });
    expect(verdict.text).toContain("2 controls FAIL, 1 UNKNOWN,");
  });
});

describe("a change between two periods", () => {
  const answer = (rows: readonly [string | null, number | null][], groups: number | null) => ({
    rows: rows.map(([key, invocations]) => ({ key: [key], bucket: null, values: { invocations }, compare: null })),
    other: groups === null ? null : { groups },
  });
  const between = (a: ReturnType<typeof answer>, b: ReturnType<typeof answer>) =>
    changes("invocations", "model", a as never, b as never).map(({ key, now: n, before }) => [key, n, before]);

  it("knows who came and who went", () => {
    const before = answer(
      [
        ["a", 2],
        ["gone", 3],
        [null, 1],
      ],
      null,
    );
    expect(
      between(
        answer(
          [
            ["a", 5],
            ["new", 4],
            [null, 1],
          ],
          null,
        ),
        before,
      ),
    ).toEqual([
      ["a", 5, 2],
      ["new", 4, 0],
      ["gone", 0, 3],
    ]);
  });

  it("does not take one of Other for one that went", () => {
    expect(
      between(
        answer([["a", 5]], 7),
        answer(
          [
            ["a", 2],
            ["b", 3],
          ],
          null,
        ),
      ),
    ).toEqual([["a", 5, 2]]);
  });

  it("does not take an unknown amount for nothing", () => {
    expect(between(answer([["a", null]], null), answer([["a", 2]], null))).toEqual([]);
  });
});

function order(list: readonly string[], name: string): number {
  return list.indexOf(name);
}
