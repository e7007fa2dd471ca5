import { describe, expect, it, onTestFinished } from "vitest";
import type { Fault } from "../../scripts/demo/aws/faults.ts";
import type { SimulatedBucket, SimulatedObject } from "../../scripts/demo/aws/world.ts";
import { s3Source, s3Targets } from "../../server/sources/s3.ts";
import type { UnitRef } from "../../server/sources/source.ts";
import { aBucket, anObject, aWorld, hourMs, now, otherAccount } from "../aws/small-world.ts";
import {
  allUnits,
  bucketOf,
  entry,
  forever,
  hourStart,
  keyOf,
  readAll,
  scanned,
  scope,
  startAws,
  windowsOf,
} from "./source-kit.ts";

async function start(
  objects: readonly SimulatedObject[],
  over: { bucket?: Partial<SimulatedBucket>; faults?: readonly Fault[] } = {},
) {
  const started = await startAws(aWorld({ buckets: [aBucket("logs", objects, over.bucket)] }), over.faults);
  onTestFinished(started.simulated.close);
  const listed = () => started.simulated.requests().filter(({ api }) => api === "ListObjectsV2").length;
  return { ...started, listed };
}

const source = (own: Parameters<typeof bucketOf>[0], prefixes: readonly string[] = [""]) =>
  s3Source({ places: prefixes.map((prefix) => ({ bucket: bucketOf(own), prefix })), scope, now: () => now });

async function only<T>(items: Promise<readonly T[]>): Promise<T> {
  const [item, ...more] = await items;
  if (item === undefined || more.length > 0) throw new Error("not exactly one");
  return item;
}

async function read(unit: UnitRef, own: Parameters<typeof bucketOf>[0], limits?: { idleMs: number; totalMs: number }) {
  const bucket = bucketOf(own, limits === undefined ? {} : { limits });
  const opened = await bucket.get({ key: unit.key, etag: unit.version, size: unit.size }, forever);
  return readAll(opened.bytes);
}

describe("what lies in no hour's folder", () => {
  const beside = `AWSLogs/${scope.accountId}/BedrockModelInvocationLogs/`;
  const objects = [
    anObject(keyOf(entry("x"))),
    anObject(`${beside}amazon-bedrock-logs-permission-check`, ""),
    anObject(`${beside}us-east-1-copy/x.json`),
    anObject(`${beside}eu-west-1/2026/x.json`),
    anObject("AWSLogs/read-me.txt"),
    anObject("app/x.json"),
    anObject("x.json"),
  ];
  const range = { from: 0, to: now };
  const isShared = true;

  it("is counted above the regions of an account, too, less what others have in folders of their own", async () => {
    const { own } = await start(objects);
    const found = await source(own).rest?.days(range, forever);
    expect(found?.loose).toEqual([
      { key: beside, day: null, bytes: 10, ignoredBy: { "permission-check": 1, "not-a-log": 1 }, isShared },
      { key: "AWSLogs/", day: null, bytes: 10, ignoredBy: { "not-a-log": 1 }, isShared },
      { key: "/", day: null, bytes: 10, ignoredBy: { "not-a-log": 1 }, isShared },
    ]);
  });

  it("is counted beside the regions alone by who may not look above these", async () => {
    // The folders of the region, its year and its month; beside the regions two pages and a folder; then the three above.
    const { own } = await start(objects, {
      faults: [{ api: "ListObjectsV2", nth: 7, count: 99, do: { kind: "deny" } }],
    });
    const found = await source(own).rest?.days(range, forever);
    expect(found?.loose.map(({ key }) => key)).toEqual([beside]);
  });

  it("is an error where it may not be looked for beside the regions", async () => {
    const { own } = await start(objects, {
      faults: [{ api: "ListObjectsV2", nth: 4, count: 99, do: { kind: "deny" } }],
    });
    await expect(source(own).rest?.days(range, forever)).rejects.toMatchObject({ class: "refused" });
  });
});

describe("listing", () => {
  const folder = keyOf(entry("x")).slice(0, -"x.json".length);

  it("names the rule by which an object is not read", async () => {
    const { own } = await start([
      anObject(`${folder}20260915T100000000Z_0123456789abcdef.json.gz`),
      anObject(`${folder}amazon-bedrock-logs-permission-check`, ""),
      anObject(`${folder}empty.json.gz`, ""),
      anObject(`${folder}readme.txt`),
      anObject(`${folder}data/0b_input.json.gz`),
    ]);
    const units = await allUnits(source(own));
    expect(units.map(({ key, ignored }) => [key.slice(folder.length), ignored])).toEqual([
      ["20260915T100000000Z_0123456789abcdef.json.gz", null],
      ["amazon-bedrock-logs-permission-check", "permission-check"],
      ["empty.json.gz", "empty"],
      ["readme.txt", "not-a-log"],
    ]);
  });

  it("takes a prefix literally, and a key under two prefixes once", async () => {
    const { own } = await start(
      ["", "a.b/", "axb/", "logging/"].map((prefix) => anObject(`${prefix}${keyOf(entry("x"))}`)),
    );
    const keys = (await allUnits(source(own, ["a.b", "a.b/", "logging/"]))).map(({ key }) => key);
    expect(keys.toSorted()).toEqual([`a.b/${keyOf(entry("x"))}`, `logging/${keyOf(entry("x"))}`]);
  });

  it("reads a small day with one call, a large one hour by hour, and both whole", async () => {
    const small = [30, 31].map((hoursAgo) => anObject(keyOf(entry("a", hoursAgo))));
    const one = await start(small);
    expect(await allUnits(source(one.own))).toHaveLength(2);
    // 3 hot hours and the one to come, and a call for each of the three days of the range.
    expect(one.listed()).toBeLessThan(12);
    const large = ["a", "b", "c", "d"].flatMap((name) =>
      [30, 31].map((hoursAgo) => anObject(keyOf(entry(name, hoursAgo)))),
    );
    const many = await start(large);
    expect((await allUnits(source(many.own))).map(({ key }) => key).toSorted()).toEqual(
      large.map(({ key }) => key).toSorted(),
    );
  });

  it("asks anew when an hour is asked for again", async () => {
    const { own, listed } = await start([anObject(keyOf(entry("a", 30)))]);
    const one = source(own);
    const [window] = (await windowsOf(one)).filter(({ start }) => Date.parse(start) === hourStart(entry("a", 30)));
    if (window === undefined) throw new Error("no window");
    await scanned(one, window);
    const before = listed();
    await scanned(one, window);
    expect(listed()).toBe(before + 1);
  });

  it.each([
    ["no count", "<IsTruncated>false</IsTruncated>"],
    ["a count that is not true", "<IsTruncated>false</IsTruncated><KeyCount>1</KeyCount>"],
    ["no word on whether there is more", "<KeyCount>0</KeyCount>"],
    ["more, but no token", "<IsTruncated>true</IsTruncated><KeyCount>0</KeyCount>"],
    [
      "a token, but no more",
      "<IsTruncated>false</IsTruncated><KeyCount>0</KeyCount><NextContinuationToken>t</NextContinuationToken>",
    ],
  ])("does not believe a listing with %s", async (_, members) => {
    const body = `<ListBucketResult>${members}</ListBucketResult>`;
    const deed = { kind: "replace" as const, body, headers: { "content-length": String(body.length) } };
    const { own } = await start([], { faults: [{ api: "ListObjectsV2", count: 99, do: deed }] });
    await expect(allUnits(source(own))).rejects.toMatchObject({ class: "transport" });
  });

  it("finds the bucket's region once, and stays there", async () => {
    const { own, simulated } = await start([anObject(keyOf(entry("a")))], { bucket: { region: "eu-west-1" } });
    const one = source(own);
    const unit = await only(allUnits(one));
    expect((await readAll((await one.open(unit, forever)).bytes)).toString()).toContain("key");
    const codes = simulated.requests().flatMap(({ api, code }) => (api === "ListObjectsV2" ? [code] : []));
    expect(codes.slice(0, codes.indexOf(null)).every((code) => code === "PermanentRedirect")).toBe(true);
    expect(codes[0]).toBe("PermanentRedirect");
    expect(codes.slice(codes.indexOf(null)).every((code) => code === null)).toBe(true);
  });

  it("is refused by a bucket of another owner", async () => {
    const { own } = await start([anObject(keyOf(entry("a")))]);
    const strangers = s3Source({
      places: [{ bucket: bucketOf(own, { owner: otherAccount }), prefix: "" }],
      scope,
      now: () => now,
    });
    await expect(allUnits(strangers)).rejects.toMatchObject({ class: "refused" });
  });

  it("asks under a former prefix for no day that began after nothing was delivered there any more", async () => {
    const { listed, own } = await start([
      anObject(`old/${keyOf(entry("a", 30))}`),
      anObject(`new/${keyOf(entry("b"))}`),
    ]);
    const bucket = bucketOf(own);
    const until = now - 26 * hourMs;
    const moved = s3Source({
      places: [
        { bucket, prefix: "new" },
        { bucket, prefix: "old", until },
      ],
      scope,
      now: () => now,
    });
    const hours = await windowsOf(moved);
    const callsFor = async (hoursAgo: number) => {
      const before = listed();
      const start = new Date(hourStart(entry("", hoursAgo))).toISOString();
      for (const window of hours.filter((one) => one.start === start)) await scanned(moved, window);
      return listed() - before;
    };
    expect([await callsFor(1), await callsFor(30)]).toEqual([1, 2]);
    expect((await allUnits(moved)).map(({ key }) => key.slice(0, 4)).toSorted()).toEqual(["new/", "old/"]);
  });

  it("finds the targets that deliver into a bucket", async () => {
    const { own } = await start([
      anObject(`p/${keyOf(entry("a"))}`),
      anObject(`p/AWSLogs/${otherAccount}/BedrockModelInvocationLogs/eu-west-1/2026/09/15/10/x.json.gz`),
      anObject(`p/AWSLogs/${otherAccount}/CloudTrail/eu-west-1/x.json.gz`),
      anObject("p/AWSLogs/someone/BedrockModelInvocationLogs/eu-west-1/x.json.gz"),
      anObject(`p/AWSLogs/${otherAccount}/BedrockModelInvocationLogs/copy-1/2026/09/15/10/x.json.gz`),
    ]);
    expect(await s3Targets({ bucket: bucketOf(own), prefix: "p" }, forever)).toEqual([
      scope,
      { accountId: otherAccount, region: "eu-west-1" },
    ]);
  });

  it("has windows up to the hour to come, by the source's time", async () => {
    const { own } = await start([]);
    const windows = await windowsOf(source(own));
    expect(windows[0]?.start).toBe(new Date(now).toISOString());
    expect(windows.at(-1)?.start).toBe(new Date(now - 48 * hourMs).toISOString());
  });
});

/** Longer than a test may take: what ends, has not waited for it. */
const neverMs = 2 ** 31 - 1;

describe("reading", () => {
  const text = "0123456789".repeat(100);
  const object = anObject(keyOf(entry("a")), text);

  async function listedUnit(faults: readonly Fault[], over: Partial<SimulatedObject> = {}) {
    const started = await start([{ ...object, ...over }], { faults });
    return { ...started, unit: await only(allUnits(source(started.own))) };
  }

  it.each([
    ["a body that is cut", { kind: "cut", afterBytes: 500 }, "CutBody"],
    ["a body that stalls", { kind: "stall", afterBytes: 500 }, "Stalled"],
    ["a body of another length", { kind: "replace", body: "short", headers: { "content-length": "5" } }, "OtherLength"],
    ["a part in place of the whole", { kind: "replace", status: 206 }, "OtherStatus"],
    ["bytes that are not those of the checksum", { kind: "replace", body: text.replace("5", "6") }, "ChecksumMismatch"],
  ] as const)("does not take %s for the object", async (_, deed, code) => {
    const { own, unit } = await listedUnit([{ api: "GetObject", count: 9, do: deed }]);
    const idleMs = deed.kind === "stall" ? 300 : neverMs;
    await expect(read(unit, own, { idleMs, totalMs: neverMs })).rejects.toMatchObject({ class: "transport", code });
  });

  it("ends after its whole time, too, and is free again", async () => {
    const { own, unit } = await listedUnit([{ api: "GetObject", do: { kind: "stall", afterBytes: 500 } }]);
    await expect(read(unit, own, { idleMs: neverMs, totalMs: 300 })).rejects.toMatchObject({ code: "Stalled" });
    expect((await read(unit, own)).toString()).toBe(text);
  });

  it("ends when it is cancelled in the middle of a body, waiting for nothing more", async () => {
    const { own, unit } = await listedUnit([{ api: "GetObject", do: { kind: "stall", afterBytes: 500 } }]);
    const bucket = bucketOf(own, { limits: { idleMs: neverMs, totalMs: neverMs } });
    const cancelled = new AbortController();
    const opened = await bucket.get({ key: unit.key, etag: unit.version, size: unit.size }, cancelled.signal);
    opened.bytes.once("data", () => cancelled.abort(new Error("enough")));
    await expect(readAll(opened.bytes)).rejects.toThrow("enough");
  });

  it("sees that an object was overwritten since it was listed", async () => {
    const { own, unit } = await listedUnit([]);
    await expect(read({ ...unit, version: "0".repeat(32) }, own)).rejects.toMatchObject({ class: "replaced" });
  });

  it("keeps an archived object apart from one that may not be read", async () => {
    const archived = await listedUnit([], { storageClass: "DEEP_ARCHIVE" });
    await expect(read(archived.unit, archived.own)).rejects.toMatchObject({
      class: "archived",
      code: "InvalidObjectState",
    });
    const denied = await listedUnit([{ api: "GetObject", count: 9, do: { kind: "deny", message: "kms:Decrypt" } }]);
    await expect(read(denied.unit, denied.own)).rejects.toMatchObject({ class: "refused", code: "AccessDenied" });
  });

  it("looks again before it believes a 403: what is gone is gone", async () => {
    const { own, unit } = await listedUnit([
      { api: "GetObject", count: 9, do: { kind: "deny" } },
      { api: "ListObjectsV2", nth: 7, count: 99, do: { kind: "hide", part: "a.json" } },
    ]);
    // Listings until the object is hidden.
    for (let n = 0; n < 6; n += 1) await allUnits(source(own));
    await expect(read(unit, own)).rejects.toMatchObject({ class: "gone" });
  });
});
