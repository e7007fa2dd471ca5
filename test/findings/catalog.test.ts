import { describe, expect, it } from "vitest";
import type { Finding } from "../../server/domain/finding.ts";
import type { Severity } from "../../server/domain/severity.ts";
import { appendTriage, findingDetail } from "../../server/findings/append-triage.ts";
import { openFindings, queryFindings, type AbsoluteFindingQuery } from "../../server/findings/query.ts";
import { saveFindings, type Catalog } from "../../server/findings/save.ts";
import { ConflictError } from "../../server/findings/triage.ts";
import { aFinding, now } from "./kit.ts";
import { withStore } from "../store/temp-store.ts";

function finding(detectionId: string, subject: string, bucket: string, more: Partial<Finding> = {}): Finding {
  return aFinding({ detectionId, subject, bucket, outcomes: { answered: 3 }, ...more });
}

const all: AbsoluteFindingQuery = {
  from: "2026-11-01T00:00:00.000Z",
  to: "2026-12-01T00:00:00.000Z",
  severities: [],
  states: [],
  detections: [],
  subjects: [],
  now,
  cursor: null,
  limit: 100,
};
const day = { detectionId: "model-sweep", firstDay: "2026-11-03", lastDay: "2026-11-03", standing: false };
const standing = { detectionId: "bedrock-api-key-use", firstDay: "2026-08-01", lastDay: "2026-11-20", standing: true };

function withCatalog(use: (catalog: Catalog) => Promise<void>): Promise<void> {
  return withStore(({ catalog }) => use(catalog));
}

describe("saving", () => {
  it("a finding that is made again keeps what people have made of it", () =>
    withCatalog(async (catalog) => {
      const found = finding("model-sweep", "a/role/x", "2026-11-03");
      expect(await saveFindings(catalog, [found], [day], now)).toEqual({ opened: 1, updated: 0, withdrawn: 0 });
      await appendTriage(catalog, found.id, { act: "start", note: "", version: 0, actor: "ana@example.com", at: now });
      const more = { ...found, records: 9 };
      expect(await saveFindings(catalog, [more], [day], now + 1)).toEqual({ opened: 0, updated: 1, withdrawn: 0 });
      const detail = await findingDetail(catalog, found.id, now);
      expect(detail?.finding).toMatchObject({ records: 9, state: "in_progress", version: 1 });
    }));

  it("a finding whose records are gone is withdrawn, stays in history, and comes back with them", () =>
    withCatalog(async (catalog) => {
      const found = finding("model-sweep", "a/role/x", "2026-11-03");
      await saveFindings(catalog, [found], [day], now);
      expect(await saveFindings(catalog, [], [day], now + 1)).toMatchObject({ withdrawn: 1 });
      expect((await findingDetail(catalog, found.id, now))?.triage).toMatchObject([
        { act: "withdraw", note: "late-records", actor: "detect" },
      ]);
      expect((await queryFindings(catalog, all)).notShown).toBe(1);
      await saveFindings(catalog, [found], [day], now + 2);
      expect((await findingDetail(catalog, found.id, now))?.finding).toMatchObject({ state: "new", version: 2 });
    }));

  it("findings of other days and other detections are left alone", () =>
    withCatalog(async (catalog) => {
      await saveFindings(
        catalog,
        [finding("model-sweep", "a/role/x", "2026-11-04"), finding("region-hop", "a/role/x", "2026-11-03")],
        [],
        now,
      );
      expect(await saveFindings(catalog, [], [day], now + 1)).toMatchObject({ withdrawn: 0 });
    }));

  it("a resolved standing finding opens again with newer hits, and only then", () =>
    withCatalog(async (catalog) => {
      const found = finding("bedrock-api-key-use", "a/user/k", "-");
      await saveFindings(catalog, [found], [standing], now);
      const resolve = {
        act: "resolve",
        resolution: "expected",
        note: "agreed",
        version: 0,
        actor: "ana@example.com",
        at: now,
      } as const;
      await appendTriage(catalog, found.id, resolve);
      await saveFindings(catalog, [found], [standing], now + 1);
      expect((await findingDetail(catalog, found.id, now))?.finding.state).toBe("resolved");
      await saveFindings(catalog, [{ ...found, lastSeen: "2026-11-21T00:00:00.000Z" }], [standing], now + 2);
      expect((await findingDetail(catalog, found.id, now))?.finding.state).toBe("new");
    }));
});

describe("triage", () => {
  it("of two who act on one version the second is told", () =>
    withCatalog(async (catalog) => {
      const found = finding("model-sweep", "a/role/x", "2026-11-03");
      await saveFindings(catalog, [found], [day], now);
      const start = { act: "start", note: "", version: 0, actor: "ana@example.com", at: now } as const;
      expect((await appendTriage(catalog, found.id, start))?.finding.state).toBe("in_progress");
      await expect(appendTriage(catalog, found.id, start)).rejects.toBeInstanceOf(ConflictError);
      expect(await appendTriage(catalog, "no such finding", start)).toBeNull();
    }));
});

describe("asking", () => {
  const severities: Severity[] = ["low", "critical", "high", "high", "informational", "medium"];
  const found = severities.map((severity, index) =>
    finding("model-sweep", `a/role/${String(index)}`, "2026-11-03", {
      severity,
      lastSeen: `2026-11-03T1${String(index)}:00:00.000Z`,
    }),
  );

  it("the gravest come first, then the newest, and pages join without gap or overlap", () =>
    withCatalog(async (catalog) => {
      await saveFindings(catalog, found, [], now);
      const whole = await queryFindings(catalog, all);
      expect(whole.items.map(({ severity, subject }) => `${severity} ${subject}`)).toEqual([
        "critical a/role/1",
        "high a/role/3",
        "high a/role/2",
        "medium a/role/5",
        "low a/role/0",
        "informational a/role/4",
      ]);
      const paged: string[] = [];
      for (let cursor: string | null = null, more = true; more; more = cursor !== null) {
        const page = await queryFindings(catalog, { ...all, limit: 2, cursor });
        paged.push(...page.items.map(({ id }) => id));
        cursor = page.next;
      }
      expect(paged).toEqual(whole.items.map(({ id }) => id));
    }));

  it("counts look at the range alone, whatever is filtered", () =>
    withCatalog(async (catalog) => {
      await saveFindings(catalog, found, [], now);
      const page = await queryFindings(catalog, { ...all, severities: ["high"] });
      expect(page.total).toEqual({ value: 2, exact: true });
      expect(page.counts).toEqual({
        low: { new: 1 },
        critical: { new: 1 },
        high: { new: 2 },
        informational: { new: 1 },
        medium: { new: 1 },
      });
      expect(page.fresh).toEqual({ low: 1, critical: 1, high: 2, informational: 1, medium: 1 });
      expect((await queryFindings(catalog, { ...all, from: "2026-11-04T00:00:00.000Z" })).total.value).toBe(0);
      expect(await openFindings(catalog, now)).toEqual({ low: 1, critical: 1, high: 2, informational: 1, medium: 1 });
    }));
});
