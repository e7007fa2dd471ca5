import { describe, expect, it } from "vitest";
import { detect } from "../../server/detect.ts";
import { denied, longAgo, series, type Example, type ExampleCall } from "../../server/detections/example.ts";
import { Policy } from "../../server/domain/policy.ts";
import { silentLog } from "../../server/lib/log.ts";
import { openPriceBook } from "../../server/pricing/price-book.ts";
import type { Store } from "../../server/store/store.ts";
import { withStore } from "../store/temp-store.ts";
import { engineOf } from "./memory-engine.ts";

const prices = openPriceBook();
const key = { principal_key: "111122223333/user/BedrockAPIKey-a1b2", actor_class: "bedrock-api-key" };
const before = [longAgo, ...series({ at: "2026-10-03T00:00:00.000Z" }, 31, 86_400)];
const sweep = series({ at: "2026-11-03T22:10:00.000Z", ...key, ...denied }, 8, 30, (n) => ({
  model: `anthropic.model-${String(n)}`,
  input_tokens: null,
  output_tokens: null,
}));
const bill: ExampleCall = {
  at: "2026-11-04T03:10:00.000Z",
  ...key,
  price_key: "anthropic.claude-opus-4-1-20250805-v1:0|geo|us-east-1|standard|base|io",
  input_tokens: 1_000,
  output_tokens: 4_000_000,
};

function run(store: Store, calls: readonly ExampleCall[], day: string, rules?: readonly string[]) {
  return engineOf({ name: "a stolen key", calls } satisfies Example).then((engine) =>
    detect(
      {
        engine,
        catalog: store.catalog,
        clock: () => Date.UTC(2026, 10, 5),
        log: silentLog,
        policy: Policy.parse({}),
        prices,
      },
      {
        from: `${day}T00:00:00.000Z`,
        to: `${day}T23:59:59.999Z`,
        ...(rules === undefined ? {} : { rules }),
      },
    ),
  );
}

const chainOf = ({ findings }: Awaited<ReturnType<typeof run>>) =>
  findings.filter(({ detectionId }) => detectionId === "llmjacking-chain");

describe("a chain of findings", () => {
  it("ends the story of a stolen key, with the evidence of each link", () =>
    withStore(async (store) => {
      const result = await run(store, [...before, ...sweep, bill], "2026-11-04");
      expect(chainOf(result)).toMatchObject([
        { severity: "critical", subject: key.principal_key, bucket: "2026-11-03", records: 9 },
      ]);
      const [chain] = chainOf(result);
      const links = result.findings.filter(({ id }) => chain?.related.includes(id));
      expect(links.map(({ detectionId }) => detectionId)).toContain("cost-spike");
      expect(new Set(chain?.evidence.map(({ ruleId }) => ruleId))).toContain("cost-spike");
      expect(chain?.costUsd).toBeGreaterThan(250);
      expect(result.findings.find(({ detectionId }) => detectionId === "cost-spike")?.severity).toBe("critical");
    }));

  it("joins what earlier runs have found", () =>
    withStore(async (store) => {
      expect(chainOf(await run(store, [...before, ...sweep], "2026-11-03"))).toEqual([]);
      const found = chainOf(
        await run(store, [...before, ...sweep, bill], "2026-11-04", ["cost-spike", "llmjacking-chain"]),
      );
      expect(found).toMatchObject([{ bucket: "2026-11-03" }]);
      const again = await run(store, [...before, ...sweep, bill], "2026-11-04", ["llmjacking-chain"]);
      expect(chainOf(again)).toEqual(found);
    }));

  it("is withdrawn when a link has lost its records", () =>
    withStore(async (store) => {
      await run(store, [...before, ...sweep, bill], "2026-11-04");
      const { saved, findings } = await run(store, [...before, ...sweep], "2026-11-04");
      expect(findings.some(({ detectionId }) => detectionId === "llmjacking-chain")).toBe(false);
      const state = await store.catalog
        .selectFrom("findings")
        .select("state")
        .where("detection_id", "=", "llmjacking-chain")
        .executeTakeFirst();
      expect(state).toEqual({ state: "withdrawn" });
      expect(saved.withdrawn).toBeGreaterThanOrEqual(2);
    }));
});
