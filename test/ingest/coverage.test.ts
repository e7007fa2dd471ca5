import { describe, expect, it } from "vitest";
import { sourceCoverage, type SourceEvidence } from "../../server/store/catalog/coverage.ts";

const hour = 3_600_000;
const noon = Date.parse("2026-11-20T12:00:00Z");
const evidence: SourceEvidence = {
  kind: "s3",
  accountId: "111122223333",
  region: "us-east-1",
  isRetired: false,
  reason: null,
  lastOkAt: noon,
  oldest: noon - 48 * hour,
  newestEnd: noon + hour,
  unlisted: null,
  unlistedError: null,
  lostRows: null,
  waiting: null,
  unsettled: null,
  lost: [],
};

describe("complete through T", () => {
  it("without a hole it is the last clean look less the delay of delivery", () => {
    expect(sourceCoverage(evidence).readThrough).toBe(noon - 10 * 60_000);
    expect(sourceCoverage({ ...evidence, kind: "cloudwatch" }).readThrough).toBe(noon - 2 * 60_000);
    expect(sourceCoverage({ ...evidence, kind: "folder" }).readThrough).toBe(noon + hour);
  });

  it("the oldest hole ends it, an hour before where records come by folder of the hour", () => {
    const waiting = { from: noon - 5 * hour, state: "denied" };
    const s3 = sourceCoverage({ ...evidence, waiting, unlisted: noon - 3 * hour });
    expect([s3.readThrough, s3.hole?.reason]).toEqual([noon - 6 * hour, "reading an object was refused"]);
    expect(sourceCoverage({ ...evidence, kind: "cloudwatch", waiting }).readThrough).toBe(noon - 5 * hour);
    const unlisted = sourceCoverage({ ...evidence, waiting, unlisted: noon - 9 * hour, reason: "listing failed: X" });
    expect([unlisted.readThrough, unlisted.hole?.reason]).toEqual([noon - 10 * hour, "listing failed: X"]);
  });

  it("nothing is complete when the oldest window is a hole, or nobody has looked", () => {
    expect(sourceCoverage({ ...evidence, unlisted: evidence.oldest }).readThrough).toBeNull();
    expect(sourceCoverage({ ...evidence, lastOkAt: null }).readThrough).toBeNull();
  });

  it("what has not settled ends the settled time only", () => {
    const { readThrough, settledThrough } = sourceCoverage({ ...evidence, unsettled: noon - 24 * hour });
    expect(readThrough).toBe(noon - 10 * 60_000);
    expect(settledThrough).toBe(noon - 25 * hour);
  });
});
