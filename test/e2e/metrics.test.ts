import { expect, it } from "vitest";
import { saveCheck } from "../../server/controls/check-runs.ts";
import { InvocationPage } from "../../server/domain/invocation-answers.ts";
import { MetricResult } from "../../server/domain/metric.ts";
import { Status } from "../../server/domain/status.ts";
import { lines, record } from "../ingest/kit.ts";
import { checkReport } from "../reports/check-document.ts";
import { withServer } from "./server.ts";

it("monitoring reads the newest check as Prometheus text", () =>
  withServer(async ({ ask, store }) => {
    const before = await ask("/metrics");
    expect(before.status).toBe(200);
    expect(before.text).not.toContain("bedrock_audit_check_targets");
    await saveCheck(store.catalog, checkReport());
    const { headers, text } = await ask("/metrics");
    expect(headers["content-type"]).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect(headers["cache-control"]).toBe("no-store");
    expect(text).toContain('bedrock_audit_check_results{control="s3-log-retention",verdict="UNKNOWN"} 1\n');
    // Neither a principal nor an account is a label.
    expect(text).not.toMatch(/111122223333|user\//);
  }));

it("while logs are read, all answers are of one commit, and of the newest as soon as they have been read", () => {
  const ingest = { state: "reading", units: 2, unitsDone: 1, records: 3, bytes: 1, etaSeconds: null };
  return withServer(
    async ({ add, ask, post }) => {
      const range = { from: "2026-11-20T00:00:00Z", to: "2026-11-21T00:00:00Z" };
      const shown = async () => {
        const { snapshot } = Status.parse(JSON.parse((await ask("/api/v1/status")).text));
        const metric = await post("/api/v1/metrics", { range, measures: ["invocations"] });
        const page = await post("/api/v1/invocations/query", { range });
        const { totals, ...of } = MetricResult.parse(JSON.parse(metric.text));
        const { items, total, ...list } = InvocationPage.parse(JSON.parse(page.text));
        return {
          snapshots: [...new Set([snapshot, of.snapshot, list.snapshot])],
          calls: [totals.values.invocations, total.value, items.length],
        };
      };
      const before = await shown();
      expect(before).toEqual({ snapshots: [expect.any(Number)], calls: [3, 3, 3] });
      await add("more.json", lines(record("r-4")));
      expect(await shown()).toEqual(before);
      ingest.state = "idle";
      const after = await shown();
      expect(after.calls).toEqual([4, 4, 4]);
      expect(after.snapshots).toEqual([Number(before.snapshots[0]) + 1]);
    },
    { now: Date.parse("2026-11-20T12:00:00Z"), progress: () => ingest },
  );
});
