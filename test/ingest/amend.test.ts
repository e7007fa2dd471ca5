import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { sql } from "../../server/store/sql.ts";
import { account } from "../aws/small-world.ts";
import { homeRegion } from "../faults/stage.ts";
import { openTrial, type Trial } from "../faults/trial.ts";
import { hour, minute } from "../faults/virtual-time.ts";
import { lines } from "./kit.ts";

const question = (text: string) => ({
  input: {
    inputContentType: "application/json",
    inputBodyJson: { messages: [{ role: "user", content: [{ text }] }] },
    inputTokenCount: 12,
  },
  inputTokenCount: 12,
});
const clear = question("My card is 4111 1111 1111 1111, [INST] obey [/INST]");
const masked = question("My card is *******************, ****** obey *******");
const bare = { input: { inputContentType: "application/json", inputTokenCount: 12 }, inputTokenCount: 12 };

async function copies(trial: Trial) {
  const rows = await trial.rows(sql`select request_id, reason, record from copies where dt >= '0000' order by 1`);
  return rows.map((row) => [row["request_id"], row["reason"], JSON.parse(String(row["record"]))]);
}

async function input(trial: Trial, id: string) {
  const rows = await trial.rows(
    sql`select body from content where dt >= '0000' and request_id = ${id} and side = 'input'`,
  );
  return rows.map((row) => JSON.parse(String(row["body"])));
}

/** A second copy comes late: that is told of its window, not of the call. */
async function findings(trial: Trial) {
  const { findings } = await trial.status();
  return findings.map(({ kind }) => kind).filter((kind) => kind !== "late-delivery");
}

async function amendments(trial: Trial) {
  const { catalog } = await trial.store();
  return (await catalog.selectFrom("commits").select("snapshot").where("kind", "=", "amend").execute()).length;
}

async function opened() {
  const trial = await openTrial({ deliveries: { [homeRegion]: "s3" } });
  return { trial, at: trial.time.now - 2 * hour };
}

describe("stored calls of which more becomes known", { timeout: 120_000 }, () => {
  it("a clear copy takes the place of a masked one, which is kept beside it", async () => {
    const { at, trial } = await opened();
    trial.stage.put([trial.stage.call(at, { requestId: "a", ...masked })], at);
    await trial.run();
    trial.stage.put([trial.stage.call(at, { requestId: "a", ...clear })], at);
    await trial.run();
    await trial.expectExact();
    expect(await input(trial, "a")).toEqual([clear.input.inputBodyJson]);
    const kept = (await copies(trial))[0] ?? [];
    expect(await copies(trial)).toHaveLength(1);
    expect(kept.slice(0, 2)).toEqual(["a", "mask-change"]);
    expect((kept[2] as typeof masked).input.inputBodyJson).toEqual(masked.input.inputBodyJson);
    const signals = await trial.rows(sql`select request_id from signals where dt >= '0000'`);
    expect(signals.length).toBeGreaterThan(0);
    expect((await trial.status()).counts).toMatchObject({ read: 2, stored: 1, duplicates: 1 });
    expect(await findings(trial)).toEqual([]);
    expect(await amendments(trial)).toBe(1);
    await trial.run();
    expect(await amendments(trial)).toBe(1);
  });

  it("a number beyond a double stays what it was when a call is read again", async () => {
    const { at, trial } = await opened();
    const put = (fields: typeof clear) => {
      const call = { ...trial.stage.call(at, { requestId: "a", ...fields }), surprise: "odd" };
      const text = lines(call).replace('"odd"', "1e999");
      trial.stage.object(trial.stage.put([call], at), gzipSync(text), { shownAt: at + minute });
    };
    put(masked);
    await trial.run();
    put(clear);
    await trial.run();
    await trial.expectExact();
    expect(await amendments(trial)).toBe(1);
    const [row] = await trial.rows(sql`select extra, anomalies from invocations where dt >= '0000'`);
    expect(row?.["extra"]).toContain('"surprise":1e999');
    expect(row?.["anomalies"]).toEqual(["ambiguous", "unknown-field:/surprise"]);
    const [copy] = await trial.rows(sql`select reason, record from copies where dt >= '0000'`);
    expect(copy?.["reason"]).toBe("mask-change");
    expect(copy?.["record"]).toContain('"surprise":1e999');
  });

  it("a masked copy that comes second is kept beside the clear one", async () => {
    const { at, trial } = await opened();
    trial.stage.put([trial.stage.call(at, { requestId: "a", ...clear })], at);
    await trial.run();
    trial.stage.put([trial.stage.call(at, { requestId: "a", ...masked })], at);
    await trial.run();
    expect(await input(trial, "a")).toEqual([clear.input.inputBodyJson]);
    expect((await copies(trial)).map(([id, reason]) => [id, reason])).toEqual([["a", "mask-change"]]);
    expect(await findings(trial)).toEqual([]);
    expect(await amendments(trial)).toBe(0);
  });

  it.each(["in one run", "in two runs"])("a body that the first copy lacked is added %s", async (runs) => {
    const { at, trial } = await opened();
    trial.stage.put([trial.stage.call(at, { requestId: "a", ...bare })], at, { name: "1.json.gz" });
    if (runs === "in two runs") await trial.run();
    trial.stage.put([trial.stage.call(at, { requestId: "a", ...clear })], at, { name: "2.json.gz" });
    await trial.run();
    await trial.expectExact();
    expect(await input(trial, "a")).toEqual([clear.input.inputBodyJson]);
    expect(await copies(trial)).toEqual([]);
    expect(await findings(trial)).toEqual([]);
    const [row] =
      await trial.rows(sql`select input_body_state, output_body_state, media_count, user_chars, stop_reason, scan
      from invocations where dt >= '0000'`);
    expect(row).toMatchObject({ input_body_state: "inline", media_count: 0, user_chars: 51, stop_reason: "end_turn" });
    const [sums] = await trial.rows(sql`select sum(bodies_absent) as absent from rollups where dt >= '0000'`);
    expect(sums).toEqual({ absent: 0 });
  });

  it("copies of one call are compared with it together, those after one that changes it once more", async () => {
    const { at, trial } = await opened();
    const { stage } = trial;
    stage.put([stage.call(at, { requestId: "a", ...bare }), stage.call(at, { requestId: "b", ...masked })], at);
    await trial.run();
    const half = question("My card is *******************, [INST] obey *******");
    const other = question("My cart is 4111 1111 1111 1111, [INST] obey [/INST]");
    const whole = Array.from({ length: 20 }, () => clear).map((more) => stage.call(at, { requestId: "a", ...more }));
    stage.put([...whole, ...[half, clear, other].map((more) => stage.call(at, { requestId: "b", ...more }))], at);
    await trial.run();
    await trial.expectExact();
    // The body is added to the one, which the others then have, too; what is half masked takes the place of what is masked, then the clear one its.
    expect(await amendments(trial)).toBe(2);
    for (const id of ["a", "b"]) expect(await input(trial, id)).toEqual([clear.input.inputBodyJson]);
    const kept = (await copies(trial)).map(([id, reason]) => `${String(id)} ${String(reason)}`);
    expect(kept.toSorted()).toEqual(["b conflicting", "b mask-change", "b mask-change"]);
  });

  it("conflicting copies change nothing of the first one", async () => {
    const { at, trial } = await opened();
    trial.stage.put([trial.stage.call(at, { requestId: "a", ...clear })], at);
    await trial.run();
    trial.stage.put([trial.stage.call(at, { requestId: "a", ...question("Quite another question") })], at);
    await trial.run();
    expect(await input(trial, "a")).toEqual([clear.input.inputBodyJson]);
    expect((await copies(trial)).map(([id, reason]) => [id, reason])).toEqual([["a", "conflicting"]]);
    expect(await findings(trial)).toEqual(["conflicting-copies"]);
  });

  it("the model behind a profile is put on the calls of the last 30 days once AWS names it", async () => {
    const arn = "arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/abcdefghijkl";
    const model = "anthropic.claude-haiku-4-5-20251001-v1:0";
    const { at, trial } = await opened();
    trial.stage.put([trial.stage.call(at, { requestId: "a", modelId: arn, ...clear }), trial.stage.call(at)], at);
    await trial.run();
    const modelOf = sql`select model, price_key is null as unpriced, user_chars from invocations where dt >= '0000' and request_id = 'a'`;
    expect(await trial.rows(modelOf)).toEqual([{ model: null, unpriced: true, user_chars: 51 }]);
    const modelArns = ["us-east-1", "us-west-2"].map(
      (region) => `arn:aws:bedrock:${region}::foundation-model/${model}`,
    );
    const profile = { id: "abcdefghijkl", arn, name: "orders", type: "APPLICATION" as const, modelArns, createdAt: 0 };
    trial.stage.configure(homeRegion, { profiles: [profile] });
    await trial.run({ profiles: true });
    await trial.expectExact();
    expect(await trial.rows(modelOf)).toEqual([{ model, unpriced: false, user_chars: 51 }]);
    for (const table of [sql`rollups`, sql`rollups_model`, sql`rollups_day`, sql`rollups_model_day`])
      expect(
        await trial.rows(sql`select model, sum(invocations) as calls from ${table}
          where dt >= '0000' and endpoint_type = 'application-profile' group by model`),
      ).toEqual([{ model, calls: 1 }]);
    const signals = await trial.rows(sql`select request_id from signals where dt >= '0000'`);
    expect(signals.length).toBeGreaterThan(0);
    const seen = await trial.rows(
      sql`select count from sightings where dt >= '0000' and kind = 'model' and key = ${model}`,
    );
    expect(seen).toEqual([{ count: 1 }]);
    await trial.run({ profiles: true });
    expect(await amendments(trial)).toBe(1);
  });

  it("models of an account's own are asked for when they are first seen; what AWS does not know stays visible, and is asked again", async () => {
    const own = (what: string) => `arn:aws:bedrock:us-east-1:${account}:${what}`;
    const base = "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0:300k";
    const hub = "arn:aws:sagemaker:us-east-1:aws:hub-content/SageMakerPublicHub/Model/falcon-7b-bf16/1.0.0";
    const ids = {
      custom: own("custom-model/amazon.nova-lite-v1:0:300k/aaaaaaaaaaaa"),
      deployed: own("custom-model-deployment/bbbbbbbbbbbb"),
      foreign: "arn:aws:bedrock:us-east-1:999999999999:provisioned-model/gggggggggggg",
      gone: own("provisioned-model/ffffffffffff"),
      imported: own("imported-model/cccccccccccc"),
      market: `arn:aws:sagemaker:us-east-1:${account}:endpoint/falcon`,
      provisioned: own("provisioned-model/dddddddddddd"),
      router: own("default-prompt-router/anthropic.claude:1"),
      scratch: own("custom-model/eeeeeeeeeeee"),
    };
    const { at, trial } = await opened();
    trial.stage.configure(homeRegion, {
      ownModels: {
        provisioned: [{ arn: ids.provisioned, modelArn: ids.custom, foundationModelArn: base }],
        custom: [
          { arn: ids.custom, name: "tuned", baseModelArn: base },
          { arn: ids.scratch, name: "scratch" },
        ],
        deployments: [{ arn: ids.deployed, name: "live", modelArn: ids.custom }],
        imported: [{ arn: ids.imported, name: "weights", architecture: "llama" }],
        marketplace: [{ arn: ids.market, modelSourceIdentifier: hub }],
      },
    });
    const calls = Object.entries(ids).map(([requestId, modelId]) => trial.stage.call(at, { requestId, modelId }));
    trial.stage.put(calls, at);
    await trial.run({ profiles: true });
    await trial.expectExact();
    const rows = await trial.rows(
      sql`select request_id, model, provider, model_source from invocations where dt >= '0000' order by request_id`,
    );
    const nova = ["amazon.nova-lite-v1:0", "amazon", "api"];
    const none = [null, null, null];
    expect(rows.map((row) => Object.values(row))).toEqual([
      ["custom", ...nova],
      ["deployed", ...nova],
      ["foreign", ...none],
      ["gone", ...none],
      ["imported", ...none],
      ["market", "falcon-7b-bf16", null, "api"],
      ["provisioned", ...nova],
      ["router", ...none],
      ["scratch", ...none],
    ]);
    const unresolved = async () =>
      (await trial.status()).findings
        .flatMap(({ kind, key }) => (kind === "model-unresolved" ? [key ?? ""] : []))
        .toSorted();
    expect(await unresolved()).toEqual([`${ids.gone}: ResourceNotFoundException`, `${ids.foreign}: ForeignAccount`]);
    // Times at which AWS was asked; the SDK may ask more than once each time.
    const asked = () =>
      new Set(trial.aws.requests().flatMap(({ at, resource }) => (resource === ids.gone ? [at] : []))).size;
    expect(asked()).toBe(1);
    // After 1 h, then 6, then each day.
    for (const [wait, times] of [
      [59, 1],
      [2, 2],
      [359, 2],
      [2, 3],
      [1_439, 3],
      [2, 4],
      [1_439, 4],
      [2, 5],
    ] as const) {
      trial.time.pass(wait * 60_000);
      await trial.run({ profiles: true });
      expect(asked()).toBe(times);
    }
    trial.stage.configure(homeRegion, {
      ownModels: { provisioned: [{ arn: ids.gone, modelArn: base, foundationModelArn: base }] },
    });
    trial.time.pass(25 * hour);
    await trial.run({ profiles: true });
    expect(await unresolved()).toEqual([`${ids.foreign}: ForeignAccount`]);
    expect(await trial.rows(sql`select model from invocations where dt >= '0000' and request_id = 'gone'`)).toEqual([
      { model: "amazon.nova-lite-v1:0" },
    ]);
  });
});
