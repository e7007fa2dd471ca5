import { describe, expect, it } from "vitest";
import { batchesOf } from "../../server/aws/security-hub.ts";
import { type Given, givenIn } from "../../server/check-publish.ts";
import type { Fault } from "../../scripts/demo/aws/faults.ts";
import type { AsffFinding } from "../../server/reports/check-asff.ts";
import type { TargetResult } from "../../server/domain/compliance.ts";
import { remarks } from "../../server/reports/check-words.ts";
import { account, anAccount, now, otherAccount, region } from "../aws/small-world.ts";
import { aResult } from "../reports/check-document.ts";
import { withStore } from "../store/temp-store.ts";
import { aHub, hubWorld, publishedTo, publisher, reportOf, resultsOf } from "./publish-kit.ts";

const api = "BatchImportFindings";
const theirs = aResult({ id: "f".repeat(32), account: otherAccount, region: "eu-west-1", verdict: "FAIL" });

interface Memory extends Given {
  readonly noted: AsffFinding[];
  readonly forgotten: AsffFinding[];
}

function memory(active: readonly AsffFinding[] = []): Memory {
  const noted: AsffFinding[] = [];
  const forgotten: AsffFinding[] = [];
  return {
    noted,
    forgotten,
    active: async () => active,
    note: async (taken) => void noted.push(...taken),
    forget: async (findings) => void forgotten.push(...findings),
  };
}

describe("findings for Security Hub", () => {
  it("go in calls of at most 100, each under the role of its own account, to the region of each", async () => {
    const hub = aHub();
    const { imports, publication, report } = await publishedTo(hubWorld(hub), reportOf([...resultsOf(250), theirs]));
    expect(publication).toMatchObject({ imported: 251, archived: 0, failed: [] });
    expect(report.run.exitCode).toBe(0);
    expect(imports.map((one) => `${one.account} ${one.region} ${one.status}`).toSorted()).toEqual([
      ...Array.from({ length: 3 }, () => `${account} us-east-1 200`),
      `${otherAccount} eu-west-1 200`,
    ]);
    expect(hub.findings.size).toBe(251);
  });

  it("go to one region, if the setting names it", async () => {
    const hub = aHub({ regions: ["eu-west-1"] });
    const { imports, publication } = await publishedTo(hubWorld(hub), reportOf([...resultsOf(2), theirs]), {
      home: "eu-west-1",
    });
    expect(publication).toMatchObject({ imported: 3, failed: [] });
    expect(new Set(imports.map((one) => one.region))).toEqual(new Set(["eu-west-1"]));
  });

  it("keep their ids and what people have set, and take the new verdict", async () => {
    const hub = aHub();
    const world = hubWorld(hub);
    const [id = "", before] = await publishedTo(world, reportOf(resultsOf(1, { verdict: "FAIL" }))).then(
      () => [...hub.findings][0] ?? [],
    );
    hub.findings.set(id, { ...before, Workflow: { Status: "SUPPRESSED" }, Note: { Text: "known" } });
    await publishedTo(world, reportOf(resultsOf(1), { clock: "2026-09-16T12:00:00.000Z" }));
    expect([...hub.findings.keys()]).toEqual([id]);
    expect(hub.findings.get(id)).toMatchObject({
      Workflow: { Status: "SUPPRESSED" },
      Note: { Text: "known" },
      RecordState: "ACTIVE",
      Compliance: { Status: "PASSED" },
    });
    for (const name of ["Workflow", "Note", "UserDefinedFields", "VerificationState"])
      expect(before).not.toHaveProperty(name);
  });

  it("that are not taken are told by name, and the run no longer ends with 0", async () => {
    const refused = resultsOf(3)[1]?.id ?? "";
    const hub = aHub({ refuses: new Map([[refused, "InvalidInput"]]) });
    const { publication, report } = await publishedTo(hubWorld(hub), reportOf(resultsOf(3)));
    expect(publication).toMatchObject({ imported: 2 });
    expect(publication?.failed).toEqual([
      {
        account,
        region: "us-east-1",
        code: "InvalidInput",
        reason: "Security Hub refused them.",
        findings: [{ id: refused, control: "s3-log-retention", region: "us-east-1", resource: "arn:aws:s3:::logs-1" }],
      },
    ]);
    expect(report.run.exitCode).toBe(4);
    expect(remarks(report).join("\n")).toContain("s3-log-retention us-east-1 arn:aws:s3:::logs-1");
    for (const exitCode of [1, 3, 4, 130])
      expect((await publishedTo(hubWorld(hub), reportOf(resultsOf(3), { exitCode }))).report.run.exitCode).toBe(
        exitCode,
      );
  });

  it("are sent again when it was too fast", async () => {
    const faults: readonly Fault[] = [{ api, count: 3, do: { kind: "throttle" } }];
    const { imports, publication } = await publishedTo(hubWorld(aHub()), reportOf(resultsOf(2)), { faults });
    expect(publication).toMatchObject({ imported: 2, failed: [] });
    expect(imports.map(({ status }) => status)).toEqual([429, 429, 429, 200]);
  });

  it.each([
    ["denied", { denies: ["securityhub:BatchImportFindings"] }, {}, "AccessDeniedException", "Grant securityhub:Batch"],
    ["where it is off", {}, { regions: [] }, "InvalidAccessException", "switch it on"],
  ])("are told as not taken, one by one: %s", async (_what, here, hub, code, mend) => {
    const regions = new Map([["us-east-1", region(here)]]);
    const accounts = [anAccount(account, { assumableRoles: [publisher], regions })];
    const { publication, report } = await publishedTo(hubWorld(aHub(hub), { accounts }), reportOf(resultsOf(120)));
    expect(publication).toMatchObject({ imported: 0, failed: [{ account, region: "us-east-1", code }] });
    expect(publication?.failed[0]?.findings).toHaveLength(120);
    expect(publication?.failed[0]?.reason).toContain(mend);
    expect(report.run.exitCode).toBe(4);
  });

  it("of an account without the role are told, and those of the others are taken", async () => {
    const accounts = [anAccount(account, { assumableRoles: [publisher] }), anAccount(otherAccount)];
    const { publication, requests } = await publishedTo(
      hubWorld(aHub(), { accounts }),
      reportOf([...resultsOf(2), theirs]),
    );
    expect(publication).toMatchObject({
      imported: 2,
      failed: [{ account: otherAccount, region: null, code: "AccessDenied", findings: [{ id: theirs.id }] }],
    });
    expect(publication?.failed[0]?.reason).toContain(`Role ${publisher} could not be assumed (permission)`);
    expect(requests.filter((one) => one.api === "AssumeRole")).toHaveLength(2);
  });

  it("are never sent under the caller's own keys, and never by another role", async () => {
    const accounts = [anAccount(account, { assumableRoles: ["bedrock-audit"] })];
    const { imports, publication } = await publishedTo(hubWorld(aHub(), { accounts }), reportOf(resultsOf(1)));
    expect([imports, publication?.imported]).toEqual([[], 0]);
  });

  it.each([
    ["{}", "application/json"],
    ["", "text/plain"],
    [`{"FailedCount":0,"SuccessCount":1}`, "application/json"],
    [`{"FailedCount":2,"SuccessCount":0,"FailedFindings":[]}`, "application/json"],
  ])("are not taken by an answer that does not account for each: %s", async (body, type) => {
    const replace = {
      kind: "replace",
      status: 200,
      body,
      headers: { "content-type": type, "content-length": String(body.length) },
    } as const;
    const { publication } = await publishedTo(hubWorld(aHub()), reportOf(resultsOf(2)), {
      faults: [{ api, count: 9, do: replace }],
    });
    expect(publication).toMatchObject({ imported: 0, failed: [{ findings: [{}, {}] }] });
    expect(publication?.failed[0]?.reason).toContain("unreadable-answer");
  });

  it("are not sent after an interruption, and are told as not sent", async () => {
    const stop = new AbortController();
    stop.abort();
    const { imports, publication, report } = await publishedTo(
      hubWorld(aHub()),
      reportOf(resultsOf(2), { exitCode: 130 }),
      {
        signal: stop.signal,
      },
    );
    expect(imports).toEqual([]);
    expect(publication?.failed).toMatchObject([
      { code: "AbortError", reason: expect.stringContaining("interrupted") as string },
    ]);
    expect(report.run.exitCode).toBe(130);
  });
});

describe("findings that are gone", () => {
  const given = memory();

  it("are put aside once, and no others", async () => {
    const hub = aHub();
    const world = hubWorld(hub);
    await publishedTo(world, reportOf(resultsOf(3)), { given });
    const active = given.noted.splice(0);
    expect(active).toHaveLength(3);
    const later = reportOf(resultsOf(2), { clock: "2026-09-16T12:00:00.000Z" });
    const { publication } = await publishedTo(world, later, { given: { ...given, active: async () => active } });
    expect(publication).toMatchObject({ imported: 2, archived: 1, notArchived: null, failed: [] });
    const states = [...hub.findings.values()].map(
      (finding) => `${String(finding["RecordState"])} ${String(finding["UpdatedAt"])}`,
    );
    expect(states.toSorted()).toEqual([
      "ACTIVE 2026-09-16T12:00:00.000Z",
      "ACTIVE 2026-09-16T12:00:00.000Z",
      "ARCHIVED 2026-09-16T12:00:00.000Z",
    ]);
    expect(given.noted.filter((finding) => finding.RecordState === "ARCHIVED")).toHaveLength(1);
  });

  it("are those, too, of which there is nothing to say any more", async () => {
    const first = memory();
    const world = hubWorld(aHub());
    await publishedTo(world, reportOf(resultsOf(1, { verdict: "FAIL" })), { given: first });
    const na = reportOf(resultsOf(1, { verdict: "NOT_APPLICABLE" }));
    const { publication } = await publishedTo(world, na, { given: memory(first.noted) });
    expect(publication).toMatchObject({ imported: 0, archived: 1 });
  });

  describe("with their account", () => {
    const left = [anAccount(account, { assumableRoles: [publisher] }), anAccount(otherAccount, { assumableRoles: [] })];
    const targetsOf = (...over: readonly Partial<TargetResult>[]) =>
      over.map(
        (one) => ({ account, region: "us-east-1", state: "evaluated", code: null, verdict: "PASS", ...one }) as const,
      );
    const closed = { account: otherAccount, state: "not-applicable", code: "account-not-active" } as const;

    /** A run that has them, and what becomes of them in the one after it. */
    async function lost(targets: readonly Partial<TargetResult>[], faults: readonly Fault[] = []) {
      const first = memory();
      const hub = aHub();
      await publishedTo(hubWorld(hub), reportOf([...resultsOf(1), theirs]), { given: first });
      const later = { ...reportOf(resultsOf(1)), targets: [...targetsOf(...targets)] };
      const second = memory(first.noted);
      const { publication, report } = await publishedTo(hubWorld(hub, { accounts: left }), later, {
        given: second,
        faults,
      });
      const states = [...hub.findings.values()].map((finding) => String(finding["RecordState"]));
      return { publication, report, states, forgotten: second.forgotten.map(({ Id }) => Id) };
    }

    it.each([
      ["that left the organisation", [{}]],
      ["that was closed", [{}, closed]],
    ])("%s are forgotten, which is said, and does not change the exit code", async (_, targets) => {
      const { forgotten, publication, report, states } = await lost(targets);
      expect(publication).toMatchObject({
        archived: 0,
        failed: [],
        forgotten: [{ account: otherAccount, code: "AccessDenied", findings: [{ id: theirs.id }] }],
      });
      expect([report.run.exitCode, states, forgotten]).toEqual([0, ["ACTIVE", "ACTIVE"], [theirs.id]]);
      expect(remarks(report).join("\n")).toContain(
        `1 findings of ${otherAccount} all regions stay active and are forgotten: the account is no longer looked at`,
      );
    });

    it("are kept and tried again where it is still looked at, or where it did not answer", async () => {
      const listed = await lost([{}, { account: otherAccount }]);
      expect([listed.report.run.exitCode, listed.publication?.forgotten, listed.forgotten]).toEqual([4, [], []]);
      const error = { kind: "error", status: 400, code: "ExpiredToken" } as const;
      const mute = await lost([{}], [{ api: "AssumeRole", match: otherAccount, count: 99, do: error }]);
      expect([mute.report.run.exitCode, mute.publication?.forgotten, mute.forgotten]).toEqual([4, [], []]);
    });
  });

  it("are left alone by a run that did not look at everything, or that knows of none before; it says so", async () => {
    const first = memory();
    const world = hubWorld(aHub());
    await publishedTo(world, reportOf(resultsOf(2)), { given: first });
    const short = await publishedTo(world, reportOf(resultsOf(1), { complete: false }), { given: memory(first.noted) });
    expect(short.publication).toMatchObject({ archived: 0, notArchived: "the run did not look at everything" });
    const blind = await publishedTo(world, reportOf(resultsOf(1)));
    expect(remarks(blind.report).join("\n")).toContain("none archived: there is no store");
  });

  it("are remembered by the catalog until they were put aside", () =>
    withStore(async ({ catalog }) => {
      const ours = givenIn({ catalog }, "ours", now);
      const hub = aHub();
      const world = hubWorld(hub);
      const first = reportOf([...resultsOf(2), theirs]);
      await publishedTo(world, first, { given: ours });
      await publishedTo(world, reportOf(resultsOf(1, { id: "9".repeat(32) })), {
        given: givenIn({ catalog }, "others", now),
      });
      expect((await ours.active()).map(({ Id }) => Id).toSorted()).toEqual(
        first.results.map(({ id }) => id).toSorted(),
      );

      const denied: readonly Fault[] = [{ api, match: otherAccount, count: 9, do: { kind: "deny" } }];
      const failed = await publishedTo(world, reportOf(resultsOf(2)), { given: ours, faults: denied });
      expect(failed.publication).toMatchObject({ imported: 2, archived: 0, failed: [{ account: otherAccount }] });
      expect(await ours.active()).toHaveLength(3);

      const again = await publishedTo(world, reportOf(resultsOf(2)), { given: ours });
      expect(again.publication).toMatchObject({ imported: 2, archived: 1, failed: [] });
      expect(await ours.active()).toHaveLength(2);

      await ours.forget((await ours.active()).slice(1));
      expect(await ours.active()).toHaveLength(1);
    }));
});

describe("a batch", () => {
  it("holds at most 100 findings and 6 MB, in their order", () => {
    const small = Array.from({ length: 201 }, (_, at) => ({ at }));
    expect(batchesOf(small).map(({ length }) => length)).toEqual([100, 100, 1]);
    expect(batchesOf(small).flat()).toEqual(small);
    const big = Array.from({ length: 60 }, () => ({ text: "ü".repeat(115_000) }));
    const batches = batchesOf(big);
    expect(batches.flat()).toHaveLength(60);
    for (const batch of batches) expect(Buffer.byteLength(JSON.stringify(batch))).toBeLessThanOrEqual(6_000_000);
    expect(batchesOf([])).toEqual([]);
  });
});
