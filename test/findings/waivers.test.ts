import { describe, expect, it } from "vitest";
import type { Finding, Reach } from "../../server/domain/finding.ts";
import type { Waiver } from "../../server/domain/waiver.ts";
import { findingDetail } from "../../server/findings/append-triage.ts";
import { openFindings, queryFindings } from "../../server/findings/query.ts";
import { saveFindings } from "../../server/findings/save.ts";
import { applyFindingWaivers, covers, detectionWaivers, waiversOf } from "../../server/findings/waivers.ts";
import { aFinding, now } from "./kit.ts";
import { withStore } from "../store/temp-store.ts";

const dayMs = 86_400_000;
const scanner = "111122223333/role/scanner";
const reach: Reach = {
  accounts: ["111122223333"],
  regions: ["us-east-1"],
  models: ["amazon.nova"],
  principals: [scanner],
};

const finding = (over: Partial<Finding> = {}) => aFinding({ reach, ...over });

function waiver(over: Partial<Waiver> = {}): Waiver {
  return {
    id: "W-1",
    detection: "model-sweep",
    match: { principal: scanner },
    accepts: "FAIL",
    reason: "A scan of ours",
    owner: "alice@example.com",
    ticket: "SEC-902",
    expires: "2026-12-31",
    ...over,
  };
}

describe("a waiver of a detection accepts", () => {
  it.each<[string, Waiver["match"], Partial<Finding>]>([
    ["a principal", { principal: scanner }, {}],
    ["a pattern of principals", { principal: "111122223333/role/*" }, {}],
    ["all that it names together", { account: "111122223333", region: "us-east-1", model: "amazon.nova" }, {}],
    ["a tool", { tool: "shell" }, { subject: `${scanner}#shell` }],
    [
      "every region of the finding, by a pattern",
      { account: "111122223333", region: "us-east-*" },
      { reach: { ...reach, regions: ["us-east-1", "us-east-2"] } },
    ],
  ])("%s", (_what, match, over) => expect(covers(waiver({ match }), finding(over))).toBe(true));

  it.each<[string, Partial<Waiver>, Partial<Finding>]>([
    ["another detection", { detection: "region-hop" }, {}],
    ["a control", { detection: undefined as never, control: "x" }, {}],
    ["another principal", { match: { principal: "111122223333/role/other" } }, {}],
    [
      "a finding that reaches further",
      { match: { region: "us-east-1" } },
      { reach: { ...reach, regions: ["eu-west-1", "us-east-1"] } },
    ],
    [
      "one of which it is not known how far it reaches",
      { match: { region: "us-east-1" } },
      { reach: { ...reach, regions: null } },
    ],
    ["one that an older version judged", {}, { reach: null }],
    ["a tool that it does not name", { match: { tool: "shell" } }, {}],
    ["what is graver", { upTo: "medium" }, {}],
    ["what nobody could judge", { accepts: "UNKNOWN" }, {}],
  ])("not %s", (_what, over, found) => expect(covers(waiver(over), finding(found))).toBe(false));

  it("by the one that lasts longest, and says which met nothing, ends soon or has ended", () => {
    const all = [
      waiver({ id: "W-1", expires: "2026-11-25" }),
      waiver({ id: "W-2" }),
      waiver({ id: "W-3", match: { principal: "nobody" } }),
      waiver({ id: "W-4", expires: "2026-11-19" }),
    ];
    const control = {
      ...waiver({ id: "W-5" }),
      detection: undefined,
      control: "s3-log-retention",
    } as unknown as Waiver;
    const { byFinding, waivers } = waiversOf([finding()], [...all, control], now);
    expect(byFinding.get(finding().id)?.id).toBe("W-2");
    expect(waivers).toMatchObject({ used: ["W-1", "W-2"], expiring: ["W-1"], unused: ["W-3"], expired: ["W-4"] });
    expect(waivers.given.map(({ covers: count, id }) => [id, count])).toEqual([
      ["W-1", 1],
      ["W-2", 1],
      ["W-3", 0],
      ["W-4", 0],
    ]);
  });
});

const query = {
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

describe("findings under a waiver", () => {
  const other = finding({ detectionId: "region-hop" });

  it("are stored, leave the default view, and count as waived alone; its end brings them back", () =>
    withStore(async ({ catalog }) => {
      await saveFindings(catalog, [finding(), other], [], now);
      expect(await detectionWaivers(catalog)).toBeNull();
      expect(await applyFindingWaivers(catalog, [waiver()], now)).toMatchObject({ used: ["W-1"] });

      const page = await queryFindings(catalog, query);
      expect(page.items.map(({ id }) => id)).toEqual([other.id]);
      expect(page).toMatchObject({ total: { value: 1 }, notShown: 1, counts: { high: { new: 1, waived: 1 } } });
      expect(page.fresh).toEqual({ high: 1 });
      expect(await openFindings(catalog, now)).toEqual({ high: 1 });
      const waived = await queryFindings(catalog, { ...query, states: ["waived"] });
      expect(waived.items).toMatchObject([{ id: finding().id, state: "new", waiver: { id: "W-1", inForce: true } }]);
      expect((await queryFindings(catalog, { ...query, states: ["new", "waived"] })).total.value).toBe(2);

      const later = Date.UTC(2027, 0, 1);
      const back = await queryFindings(catalog, { ...query, now: later });
      expect(back.items.map(({ id }) => id).toSorted()).toEqual([finding().id, other.id].toSorted());
      expect(back.counts).toEqual({ high: { new: 2 } });
      expect((await findingDetail(catalog, finding().id, later))?.finding.waiver).toMatchObject({
        id: "W-1",
        inForce: false,
      });
      expect(await openFindings(catalog, later)).toEqual({ high: 2 });
    }));

  it("lose it when the file no longer has it, and keep it when they are judged again", () =>
    withStore(async ({ catalog }) => {
      await saveFindings(catalog, [finding()], [], now);
      await applyFindingWaivers(catalog, [waiver()], now);
      await saveFindings(catalog, [finding({ records: 9 })], [], now + dayMs);
      expect((await queryFindings(catalog, query)).items).toEqual([]);
      await applyFindingWaivers(catalog, [], now);
      expect((await queryFindings(catalog, query)).items).toMatchObject([{ records: 9, waiver: null }]);
      expect(await detectionWaivers(catalog)).toEqual({ used: [], expiring: [], expired: [], unused: [], given: [] });
    }));
});
