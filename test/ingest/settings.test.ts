import { ListFoundationModelsCommand } from "@aws-sdk/client-bedrock";
import { expect, it } from "vitest";
import { simulatedCredentials } from "../../scripts/demo/aws/keys.ts";
import { startSimulatedAws } from "../../scripts/demo/aws/simulated-aws.ts";
import { loadConfig } from "../../server/config.ts";
import { batchSizes } from "../../server/ingest/batch.ts";
import { silentLog } from "../../server/lib/log.ts";
import { awsOf } from "../../server/setup.ts";
import { sql } from "../../server/store/sql.ts";
import { account, aWorld } from "../aws/small-world.ts";
import { hourPath, inWorkspace, lines, record } from "./kit.ts";

const mib = 2 ** 20;

it("the bytes in flight are shared by the two batches of each worker", () => {
  const memory = 512 * mib;
  for (const [inFlightBytes, workers] of [
    [64 * mib, 1],
    [64 * mib, 4],
    [mib, 3],
  ] as const) {
    const { bytes } = batchSizes({ inFlightBytes, memory, workers });
    expect(bytes * 2 * workers).toBeLessThanOrEqual(inFlightBytes);
    expect(bytes).toBeGreaterThan(100_000);
  }
  expect(batchSizes({ inFlightBytes: 2 ** 30, memory, workers: 1 }).bytes).toBe(24 * mib);
});

it("with 1 GiB of memory, batches are larger", () => {
  const sizes = { inFlightBytes: 64 * mib, workers: 1 };
  expect(batchSizes({ ...sizes, memory: 1_024 * mib - 1 }).rows).toBe(8_192);
  expect(batchSizes({ ...sizes, memory: 1_024 * mib }).rows).toBe(16_384);
});

it.each([
  ["a store of many small batches", mib, 5],
  ["a store of one batch", 64 * mib, 1],
])("with few bytes in flight or many, each record is stored once: %s", { timeout: 60_000 }, (_, inFlightBytes, least) =>
  inWorkspace(async (workspace) => {
    const text = "word ".repeat(10_000);
    const ids = Array.from({ length: 60 }, (_unused, index) => `r${String(index).padStart(2, "0")}`);
    const calls = ids.map((id) =>
      record(id, {
        input: { inputBodyJson: { messages: [{ role: "user", content: [{ text }] }] }, inputTokenCount: 12 },
      }),
    );
    workspace.write(`${hourPath}/one.json.gz`, lines(...calls));
    await workspace.withStore(async (store) => {
      await workspace.ingest(store, { inFlightBytes });
      const { rows } = await store.batch.query(
        sql`select request_id from invocations where dt >= '0000' order by request_id`,
      );
      expect(rows.map((row) => row["request_id"])).toEqual(ids);
      const written = await store.catalog
        .selectFrom("segments")
        .select("id")
        .where("tbl", "=", "content")
        .where("added_snapshot", "=", 1)
        .execute();
      expect(written.length >= least && (least > 1 || written.length === 1)).toBe(true);
    });
  }),
);

it("reading takes its share of the quotas, and no more", { timeout: 60_000 }, async () => {
  const simulated = await startSimulatedAws(aWorld(), { clock: Date.now });
  /** How long 10 calls have to wait for their turn, of a quota of 10 a second; those before them may go at once. */
  async function waitedMs(share: string): Promise<number> {
    let now = Date.now();
    let waited = 0;
    const config = loadConfig({ endpoint: simulated.url }, { BEDROCK_AUDIT_INGEST_QUOTA_SHARE: share }, null);
    const keys = simulatedCredentials(account);
    const aws = awsOf(config, silentLog, keys, {
      clock: () => now,
      async sleep(ms) {
        now += ms;
        waited += ms;
      },
    });
    const client = (await aws.account(account)).bedrock("us-east-1");
    for (let call = 0; call < 20; call += 1) {
      if (call === 10) waited = 0;
      await client.send(new ListFoundationModelsCommand({}));
    }
    return waited;
  }
  try {
    expect(await waitedMs("0.5")).toBeCloseTo(2_000, -2);
    expect(await waitedMs("0.1")).toBeCloseTo(10_000, -2);
  } finally {
    await simulated.close();
  }
});
