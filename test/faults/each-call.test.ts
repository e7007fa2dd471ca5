import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { sha256Hex } from "../../server/lib/hash.ts";
import { unnamedPieces } from "../../server/store/unnamed-pieces.ts";
import { FlakyDisk } from "./flaky-disk.ts";
import { type Delivery, homeRegion } from "./stage.ts";
import { openTrial, type Trial } from "./trial.ts";
import { hour, minute } from "./virtual-time.ts";

/** A few hours before the trial's start: empty hours more would only be listed in the same way. */
const morning = "2026-11-20T10:00:00Z";

function deliver({ stage, time }: Trial, delivery: Delivery): void {
  const calls = Array.from({ length: 9 }, (_, n) => stage.call(time.now - (n + 3) * minute));
  if (delivery !== "s3") stage.log(calls);
  if (delivery !== "cloudwatch") stage.put(calls, time.now - 3 * minute);
}

/** More than are written at once. */
const broken = ["{", "[", "no record", "{}", '{"schemaType":"other"}', "7"];

/** Later runs in quiet times. A refusal is asked again after six hours. */
async function recover(trial: Trial): Promise<void> {
  for (const wait of [20 * minute, 7 * hour]) {
    trial.time.pass(wait);
    await trial.run();
  }
}

describe("C2: the N-th call fails, for every N until a run is untouched", { timeout: 300_000 }, () => {
  it.each([false, true])("of the disk, which is then full: %s", async (stays) => {
    for (let failAt = 1, touched = true; touched; failAt += 1) {
      const disk = new FlakyDisk();
      const trial = await openTrial({ disk, deliveries: { [homeRegion]: "s3" }, since: morning });
      deliver(trial, "s3");
      await trial.store();
      disk.failAt(failAt, stays);
      await trial.run().catch(() => undefined);
      touched = disk.touches >= failAt;
      disk.mend();
      await trial.close();
      await recover(trial);
      await trial.expectExact();
      await trial.end();
      expect(failAt).toBeLessThan(200);
    }
  });

  it.each([false, true])("of the disk that takes what is quarantined, which is then full: %s", async (stays) => {
    for (let failAt = 1, touched = true; touched; failAt += 1) {
      const disk = new FlakyDisk((file) => file.includes("/quarantine"));
      const trial = await openTrial({ disk, deliveries: { [homeRegion]: "s3" }, since: morning });
      const { stage, time } = trial;
      const key = stage.put([stage.call(time.now - 5 * minute)], time.now - 5 * minute);
      stage.object(key.replace("00000", "broken"), Buffer.from(broken.map((line) => `${line}\n`).join("")));
      await trial.store();
      disk.failAt(failAt, stays);
      await trial.run().catch(() => undefined);
      touched = disk.touches >= failAt;
      disk.mend();
      await trial.close();
      await recover(trial);
      await trial.expectExact({ quarantined: broken.length });
      const { catalog, paths, ...store } = await trial.store();
      const held = await catalog.selectFrom("quarantine").select(["file", "sha256"]).execute();
      const hashes = held.map(({ file }) => sha256Hex(readFileSync(path.join(paths.root, file ?? ""))));
      expect(hashes.toSorted()).toEqual(broken.map((line) => sha256Hex(Buffer.from(line))).toSorted());
      expect(held.map(({ sha256 }) => sha256)).toEqual(hashes);
      // A disk that is full takes no file away either: what it keeps is swept later.
      if (!stays) expect(await unnamedPieces({ catalog, paths, ...store })).toEqual([]);
      await trial.end();
      expect(failAt).toBeLessThan(200);
    }
  });

  it.each([
    ["an error", { kind: "error", status: 500, code: "InternalFailure" }],
    ["a refusal", { kind: "deny" }],
    ["a cut", { kind: "cut", afterBytes: 30 }],
    ["an empty body", { kind: "replace", body: "" }],
  ] as const)("of AWS, with %s", async (_, deed) => {
    for (let nth = 1, hit = true; hit; nth += 1) {
      const trial = await openTrial({ deliveries: { [homeRegion]: "both" }, since: morning, pageSize: { events: 4 } });
      deliver(trial, "both");
      const before = trial.aws.requests().length;
      // The SDK tries a call three times.
      trial.plan([{ api: "*", nth, count: 3, do: deed }]);
      await trial.run();
      hit = trial.aws.requests().length - before >= nth;
      trial.plan([]);
      await recover(trial);
      await trial.expectExact();
      await trial.end();
      expect(nth).toBeLessThan(200);
    }
  });
});
