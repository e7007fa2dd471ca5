import { expect, it } from "vitest";
import { saveCheck } from "../../server/controls/check-runs.ts";
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
