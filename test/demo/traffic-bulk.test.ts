import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { openHmac } from "../../server/lib/hash.ts";
import { readLine } from "../../server/normalize/read-line.ts";
import { writeTraffic } from "../../scripts/demo/traffic/bulk.ts";

const now = Date.parse("2026-11-24T02:20:00Z");
const root = mkdtempSync(join(tmpdir(), "bulk-"));
afterAll(() => rmSync(root, { recursive: true }));

const filesIn = (dir: string): string[] =>
  readdirSync(dir, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".gz"))
    .sort();
const linesIn = (dir: string): string[] =>
  filesIn(dir).flatMap((name) =>
    gunzipSync(readFileSync(join(dir, name)))
      .toString()
      .trimEnd()
      .split("\n"),
  );

describe("bulk traffic", () => {
  it("writes exactly as many records as asked, all readable, no identity twice", async () => {
    const dir = join(root, "a");
    const told: string[] = [];
    const result = await writeTraffic(dir, {
      seed: 1,
      now,
      records: 3_000,
      onRecord: (account, region, id) => told.push(`${account}/${region}/${id}`),
    });
    const deps = { hmac: openHmac(Buffer.alloc(32, 1)), resolve: () => null };
    const read = linesIn(dir).flatMap((line) => readLine(line, deps));
    const ids = read.flatMap((outcome) => ("invocation" in outcome ? [outcome.invocation.id] : []));
    expect(result.records).toBe(3_000);
    expect(ids.length).toBe(3_000);
    expect(new Set(ids)).toEqual(new Set(told));
    const tokens = read.reduce(
      (sum, outcome) => sum + ("invocation" in outcome ? (outcome.invocation.inputTokens ?? 0) : 0),
      0,
    );
    expect(tokens).toBe(result.inputTokens);
  });

  it("lies in the hour folders of its records' times", async () => {
    const dir = join(root, "b");
    await writeTraffic(dir, { seed: 2, now, records: 2_000 });
    for (const name of filesIn(dir)) {
      const hour = /(\d{4})\/(\d\d)\/(\d\d)\/(\d\d)\/\d{8}T\d{9}Z_[\da-f]{16}\.json\.gz$/.exec(name)?.slice(1).join("");
      const lines = gunzipSync(readFileSync(join(dir, name)))
        .toString()
        .trimEnd()
        .split("\n");
      const times = lines.map((line) =>
        (JSON.parse(line) as { timestamp: string }).timestamp.slice(0, 13).replaceAll(/[-T]/g, ""),
      );
      expect(new Set(times)).toEqual(new Set([hour]));
    }
  });

  it("is the same for the same seed", async () => {
    const [first, second] = [join(root, "c"), join(root, "d")];
    await writeTraffic(first, { seed: 3, now, records: 500 });
    await writeTraffic(second, { seed: 3, now, records: 500 });
    expect(linesIn(second)).toEqual(linesIn(first));
    expect(filesIn(second)).toEqual(filesIn(first));
  });
});
