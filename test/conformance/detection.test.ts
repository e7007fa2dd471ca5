import { readdirSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import { Policy } from "../../server/domain/policy.ts";
import { chains, detections } from "../../server/detections/list.ts";
import { chained } from "../../server/detections/chain-rule.ts";
import type { Detection } from "../../server/detections/detection-rule.ts";
import type { Example } from "../../server/detections/example.ts";
import { mappings } from "../../server/detections/mappings.ts";
import { runRule } from "../../server/detections/run-rule.ts";
import { openPriceBook } from "../../server/pricing/price-book.ts";
import type { Engine } from "../../server/store/store.ts";
import { engineOf } from "../detections/memory-engine.ts";

const folder = new URL("../../server/detections/", import.meta.url);
const shared = new Set([
  "approved",
  "baseline",
  "chain-rule",
  "counted",
  "detection-rule",
  "evidence",
  "example",
  "fragments",
  "list",
  "mappings",
  "new-signals",
  "poisson",
  "residency",
  "rule-deps",
  "run-rule",
  "signal-rows",
  "support",
  "token-cost",
  "sweeps",
  "windows",
]);
const prices = openPriceBook();
const dayMs = 86_400_000;

it("every rule file is in the list, under its own name, and mapped", () => {
  const files = readdirSync(folder)
    .map((name) => name.replace(/\.ts$/, ""))
    .filter((name) => !shared.has(name));
  const rules = [...detections, ...chains];
  expect(rules.map(({ id }) => id).sort()).toEqual(files.sort());
  for (const { id } of rules) expect(mappings.has(id), id).toBe(true);
});

let engine: Engine | null = null;
afterEach(async () => {
  await engine?.close();
});

/** The days of the calls of the last fortnight: what lies before them is history. */
async function judge(
  rule: Detection,
  example: Example,
): Promise<{ subject: string; bucket: string; severity: string }[]> {
  engine = await engineOf(example);
  const times = example.calls.map(({ at }) => Date.parse(at));
  const last = Math.max(...times);
  const first = Math.min(...times.filter((at) => at > last - 12 * dayMs));
  const deps = { engine, policy: Policy.parse(example.policy ?? {}), prices };
  const judged = await runRule(deps, rule, new Date(first).toISOString(), new Date(last + 1).toISOString());
  for (const { hit, support, evidence } of judged) {
    expect(hit.summary).not.toMatch(/\b1 (?!of)\w+s\b|\d{4} [a-z]/);
    expect(support.records).toBeGreaterThan(0);
    expect(evidence.length).toBeGreaterThan(0);
  }
  return judged.map(({ hit }) => ({
    subject: hit.subject,
    bucket: hit.bucket,
    severity: hit.severity ?? rule.severity,
  }));
}

describe.each(detections.map((rule) => ({ rule, id: rule.id })))("$id", ({ rule }) => {
  it("says what it is", () => {
    for (const text of [rule.title, rule.why, ...rule.runbook]) expect(text).not.toBe("");
    expect(rule.runbook.length).toBeGreaterThan(1);
    expect(rule.examples.finds.length).toBeGreaterThanOrEqual(2);
    expect(rule.examples.ignores.length).toBeGreaterThanOrEqual(2);
    expect(
      rule.query({
        from: "2026-11-01T00:00:00Z",
        to: "2026-11-02T00:00:00Z",
        fromDay: "2026-11-01",
        toDay: "2026-11-01",
        firstDay: "2026-11-01",
        lastDay: "2026-11-01",
      }).text,
    ).toMatch(new RegExp(`^/\\* detections/${rule.id} \\*/`));
  });

  it.each(rule.examples.finds.map((example) => ({ name: example.name, example })))(
    "finds: $name",
    async ({ example }) => {
      expect(await judge(rule, example)).toEqual(example.finds);
    },
  );

  it.each(rule.examples.ignores.map((example) => ({ name: example.name, example })))(
    "ignores: $name",
    async ({ example }) => {
      expect(await judge(rule, example)).toEqual([]);
    },
  );
});

describe.each(chains.map((chain) => ({ chain, id: chain.id })))("$id", ({ chain }) => {
  it("says what it is, of detections that there are", () => {
    for (const text of [chain.title, chain.why, ...chain.runbook]) expect(text).not.toBe("");
    expect(chain.runbook.length).toBeGreaterThan(1);
    expect(chain.examples.finds.length).toBeGreaterThanOrEqual(2);
    expect(chain.examples.ignores.length).toBeGreaterThanOrEqual(2);
    const known = new Set(detections.map(({ id }) => id));
    for (const id of chain.links.flat()) expect(known.has(id), id).toBe(true);
  });

  it.each(chain.examples.finds.map((example) => ({ name: example.name, example })))("finds: $name", ({ example }) => {
    const found = chained(chain, example.findings).map(({ subject, bucket, links }) => ({
      subject,
      bucket,
      links: links.length,
    }));
    expect(found).toEqual(example.finds);
    expect(chained(chain, example.findings.toReversed())).toEqual(chained(chain, example.findings));
  });

  it.each(chain.examples.ignores.map((example) => ({ name: example.name, example })))(
    "ignores: $name",
    ({ example }) => {
      expect(chained(chain, example.findings)).toEqual([]);
    },
  );
});
