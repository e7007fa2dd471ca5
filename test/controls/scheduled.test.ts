import { describe, expect, it } from "vitest";
import { simulatedCredentials } from "../../scripts/demo/aws/keys.ts";
import { startSimulatedAws } from "../../scripts/demo/aws/simulated-aws.ts";
import type { World } from "../../scripts/demo/aws/world.ts";
import { openAws } from "../../server/aws/aws.ts";
import { scheduledCheck } from "../../server/check-scheduled.ts";
import { loadConfig } from "../../server/config.ts";
import { latestCheck } from "../../server/controls/check-runs.ts";
import { silentLog } from "../../server/lib/log.ts";
import type { Store } from "../../server/store/store.ts";
import { account, anAccount, now, region } from "../aws/small-world.ts";
import { withStore } from "../store/temp-store.ts";
import { here, toS3, worldOf } from "./kit.ts";
import { aHub, publisher } from "./publish-kit.ts";

/** One account that logs, and whose publishing role can be assumed. */
function world(securityHub = aHub()): World {
  const regions = new Map([[here, region({ loggingConfig: toS3 })]]);
  const accounts = [anAccount(account, { regions, assumableRoles: [publisher] })];
  return { ...worldOf({}), accounts, securityHub };
}

async function run(store: Store, of: World, publishes: boolean, clock = now) {
  const simulated = await startSimulatedAws(of, { clock: () => clock });
  const began = Date.now();
  const how = {
    endpoint: simulated.url,
    region: here,
    purpose: "checking" as const,
    quotaShare: 10_000,
    clock: () => clock + Date.now() - began,
    log: silentLog,
    credentials: async () => simulatedCredentials(account),
  };
  try {
    const publish = { aws: openAws({ ...how, roleName: publisher, alsoInOwn: true }), roleName: publisher, home: null };
    const wish = { tool: "test", regions: [here], publish: publishes ? publish : null };
    const report = await scheduledCheck({ aws: openAws(how), store: { ...store, clock: () => clock } }, wish);
    return { report, imports: simulated.requests().filter(({ api }) => api === "BatchImportFindings") };
  } finally {
    await simulated.close();
  }
}

describe("a run of the server's own", () => {
  it("is kept, and nothing leaves unless that is asked for", () =>
    withStore(async (store) => {
      const { imports, report } = await run(store, world(), false);
      expect([imports, report.published]).toEqual([[], null]);
      expect((await latestCheck(store.catalog))?.run.id).toBe(report.run.id);
      expect(loadConfig({}, {}, null).publish.securityHub.scheduled).toBe(false);
    }));

  it("brings its findings to Security Hub if it is, and keeps what was said of that", () =>
    withStore(async (store) => {
      const hub = aHub();
      const { report } = await run(store, world(hub), true);
      expect(report.published).toMatchObject({ failed: [] });
      expect(report.published?.imported).toBe(hub.findings.size);
      expect(hub.findings.size).toBeGreaterThan(5);
      expect((await latestCheck(store.catalog))?.published).toEqual(report.published);
    }));

  it("puts aside what the run before brought and this one no longer finds", () =>
    withStore(async (store) => {
      const hub = aHub();
      await run(store, world(hub), true);
      const closed = world(hub);
      const later = await run(
        store,
        {
          ...closed,
          accounts: [anAccount(account, { assumableRoles: [publisher], regions: new Map([[here, region()]]) })],
        },
        true,
        now + 3_600_000,
      );
      expect(later.report.published?.archived).toBeGreaterThan(0);
      expect([...hub.findings.values()].some((finding) => finding["RecordState"] === "ARCHIVED")).toBe(true);
    }));

  it("is kept whole where Security Hub does not take a thing", () =>
    withStore(async (store) => {
      const { report } = await run(store, world(aHub({ regions: [] })), true);
      expect(report.published).toMatchObject({ imported: 0, failed: [{ code: "InvalidAccessException" }] });
      expect(report.run.exitCode).not.toBe(0);
      expect((await latestCheck(store.catalog))?.results.length).toBe(report.results.length);
    }));
});
