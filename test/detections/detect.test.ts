import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { detect } from "../../server/detect.ts";
import { Policy } from "../../server/domain/policy.ts";
import { denied, longAgo, series, type Example } from "../../server/detections/example.ts";
import { queryFindings, type AbsoluteFindingQuery } from "../../server/findings/query.ts";
import { silentLog } from "../../server/lib/log.ts";
import { openPriceBook } from "../../server/pricing/price-book.ts";
import { EngineError } from "../../server/store/engine/engine-error.ts";
import type { Engine, Store } from "../../server/store/store.ts";
import { withStore } from "../store/temp-store.ts";
import { engineOf } from "./memory-engine.ts";

const prices = openPriceBook();
const range = { from: "2026-11-03T00:00:00.000Z", to: "2026-11-04T00:00:00.000Z" };
const key = { principal_key: "111122223333/user/BedrockAPIKey-a1b2", actor_class: "bedrock-api-key" };
const models = (n: number) => ({ model: `anthropic.model-${String(n)}` });

/** A stolen key that sweeps and hops, a root user, and somebody's jailbreaks, among calls of every day. */
const calls = [
  longAgo,
  { at: "2026-10-20T06:00:00.000Z" },
  ...series({ at: "2026-11-03T02:10:00.000Z", ...key, ...denied }, 8, 30, models),
  ...series({ at: "2026-11-03T02:31:00.000Z", ...key, ...models(3) }, 40, 20),
  ...series({ at: "2026-11-03T03:31:00.000Z", ...key, ...models(3) }, 4, 20, (n) => ({
    region: ["us-east-1", "eu-west-1", "ca-central-1", "us-west-2"][n] ?? "",
  })),
  { at: "2026-11-03T05:00:00.000Z", principal_key: "111122223333/root", actor_class: "root" },
  ...series({ at: "2026-11-03T06:00:00.000Z" }, 12, 60),
].map((call, index) => ({ ...call, request_id: `q-${String(index).padStart(3, "0")}` }));
const jailbreaks = calls.length - 12;
const world: Example = {
  name: "a bad day",
  calls,
  signals: [0, 1, 2].map((n) => ({
    call: jailbreaks + n,
    rule_id: "jailbreak-score",
    weight: 6 + n,
    segment_hash: `text ${String(n)}`,
  })),
};

/** The same world with its calls in another order. */
function reordered(order: readonly number[]): Example {
  const place = new Map(order.map((from, to) => [from, to]));
  return {
    ...world,
    calls: order.map((index) => calls[index] ?? longAgo),
    signals: (world.signals ?? []).map((signal) => ({ ...signal, call: place.get(signal.call) ?? 0 })),
  };
}

function run(store: Store, engine: Engine, more: { dryRun?: boolean; rules?: string[] } = {}) {
  const deps = {
    engine,
    catalog: store.catalog,
    clock: () => Date.UTC(2026, 10, 4),
    log: silentLog,
    policy: Policy.parse({}),
    prices,
  };
  return detect(deps, { ...range, ...more });
}

const all: AbsoluteFindingQuery = {
  ...range,
  severities: [],
  states: [],
  detections: [],
  subjects: [],
  now: 0,
  cursor: null,
  limit: 100,
};

describe("detect", () => {
  it("finds what the world holds, links it and saves it", () =>
    withStore(async (store) => {
      const { findings, rules, ran, records, saved } = await run(store, await engineOf(world));
      expect(findings.map(({ detectionId, severity }) => `${detectionId} ${severity}`).sort()).toEqual([
        "bedrock-api-key-use high",
        "jailbreak-structure medium",
        "model-sweep high",
        "region-hop high",
        "root-user-invocation high",
        "sweep-then-use critical",
        "unfamiliar-principal medium",
      ]);
      expect(ran).toBe(rules.length);
      expect(records).toBe(calls.length - 2);
      expect(saved).toEqual({ opened: 7, updated: 0, withdrawn: 0 });
      const page = await queryFindings(store.catalog, all);
      expect(page.items[0]).toMatchObject({ detectionId: "sweep-then-use", state: "new" });
      expect(page.detections).toMatchObject({ ran });
      const used = findings.find(({ detectionId }) => detectionId === "bedrock-api-key-use");
      expect(used?.related).toHaveLength(4);
      expect(used?.records).toBe(52);
      expect(used?.reach).toMatchObject({
        accounts: ["111122223333"],
        principals: [key.principal_key],
        regions: ["ca-central-1", "eu-west-1", "us-east-1", "us-west-2"],
      });
    }));

  it("the order of the records and how they were committed change nothing", () =>
    withStore(async (store) => {
      const once = (await run(store, await engineOf(world), { dryRun: true })).findings;
      const order = fc.shuffledSubarray([...calls.keys()], { minLength: calls.length });
      await fc.assert(
        fc.asyncProperty(order, fc.integer({ min: 1, max: 7 }), async (indexes, commits) => {
          const engine = await engineOf(reordered(indexes), commits);
          expect((await run(store, engine, { dryRun: true })).findings).toEqual(once);
          await engine.close();
        }),
        { numRuns: 12 },
      );
    }));

  it("a second run over the same store changes nothing", () =>
    withStore(async (store) => {
      const engine = await engineOf(world);
      await run(store, engine);
      const before = await queryFindings(store.catalog, all);
      expect((await run(store, engine)).saved).toEqual({ opened: 0, updated: 7, withdrawn: 0 });
      expect(await queryFindings(store.catalog, all)).toEqual(before);
    }));

  it("a dry run writes nothing", () =>
    withStore(async (store) => {
      expect((await run(store, await engineOf(world), { dryRun: true })).findings).toHaveLength(7);
      expect((await queryFindings(store.catalog, all)).items).toEqual([]);
    }));

  it("a rule that fails is named; the others run, and what it found before stays", () =>
    withStore(async (store) => {
      const engine = await engineOf(world);
      await run(store, engine);
      const broken: Engine = {
        ...engine,
        query: (statement, options) =>
          statement.text.startsWith("/* detections/root-user")
            ? Promise.reject(new EngineError("ENGINE_TIMEOUT", null))
            : engine.query(statement, options),
      };
      const { rules, saved } = await run(store, broken);
      expect(rules.find(({ id }) => id === "root-user-invocation")).toMatchObject({
        health: "error",
        error: "ENGINE_TIMEOUT",
      });
      expect(saved).toEqual({ opened: 0, updated: 6, withdrawn: 0 });
    }));

  it("records that are gone withdraw their findings", () =>
    withStore(async (store) => {
      await run(store, await engineOf(world));
      const { saved } = await run(store, await engineOf({ name: "quiet", calls: [longAgo] }));
      expect(saved).toEqual({ opened: 0, updated: 0, withdrawn: 7 });
    }));

  it("an unknown rule is refused", () =>
    withStore(async (store) => {
      await expect(run(store, await engineOf(world), { rules: ["model-swep"] })).rejects.toThrow(/no detection/);
    }));
});
