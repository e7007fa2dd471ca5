import { expect, it } from "vitest";
import { simulatedCredentials } from "../../scripts/demo/aws/keys.ts";
import { startSimulatedAws } from "../../scripts/demo/aws/simulated-aws.ts";
import { openAws } from "../../server/aws/aws.ts";
import { discoverSources } from "../../server/ingest/discovery.ts";
import { silentLog } from "../../server/lib/log.ts";
import { allTargets, targetCoverage } from "../../server/store/catalog/coverage.ts";
import { saveTargets } from "../../server/store/catalog/targets.ts";
import { account, anAccount, aWorld, now, otherAccount, region } from "../aws/small-world.ts";
import { inWorkspace } from "./kit.ts";

const on = { s3Config: { bucketName: "logs" }, textDataDeliveryEnabled: true };
const world = aWorld({
  accounts: [
    anAccount(account, {
      regions: new Map([
        ["us-east-1", region({ loggingConfig: on })],
        ["eu-west-1", region()],
        ["us-west-2", region({ denies: ["bedrock:GetModelInvocationLoggingConfiguration"] })],
        ["af-south-1", region({ optStatus: "DISABLED" })],
      ]),
    }),
    anAccount(otherAccount, { assumableRoles: [], regions: new Map([["us-east-1", region()]]) }),
  ],
});

it("shows the regions of an account that is not active, and waits for no record of them", () =>
  inWorkspace(async (workspace) => {
    const accounts = [...world.accounts.slice(0, 1), anAccount(otherAccount, { state: "SUSPENDED" })];
    const simulated = await startSimulatedAws(aWorld({ accounts }), { clock: () => now });
    const credentials = async () => simulatedCredentials(account);
    const options = {
      endpoint: simulated.url,
      region: "us-east-1",
      credentials,
      quotaShare: 1_000,
      organization: true,
    };
    const aws = openAws({ ...options, clock: () => now, log: silentLog });
    const found = await discoverSources(aws, { regions: [], signal: new AbortController().signal });
    await simulated.close();
    await workspace.withStore(async ({ catalog }) => {
      await saveTargets(catalog, found.targets, now);
      const listed = await allTargets(catalog, now);
      const theirs = listed.filter(({ accountId }) => accountId === otherAccount);
      expect(theirs.length).toBe(33);
      expect(new Set(theirs.map(({ logging, loggingError }) => `${logging} ${loggingError}`))).toEqual(
        new Set(["inactive SUSPENDED"]),
      );
      const awaited = await targetCoverage(catalog, now);
      expect(awaited.map(({ accountId }) => accountId)).not.toContain(otherAccount);
    });
    const refused = [{ api: "ListAccounts", count: 9, do: { kind: "deny" } }] as const;
    const shut = await startSimulatedAws(world, { clock: () => now, faults: { seed: 1, faults: refused } });
    const unlisted = openAws({ ...options, endpoint: shut.url, clock: () => now, log: silentLog });
    const nothing = await discoverSources(unlisted, { regions: [], signal: new AbortController().signal });
    await shut.close();
    expect(nothing.problems).toMatchObject([{ place: "list of accounts", code: "AccessDeniedException" }]);
  }));

it("lists every account and region whatever its state, and waits only for those that may have records", () =>
  inWorkspace(async (workspace) => {
    const simulated = await startSimulatedAws(world, { clock: () => now });
    const credentials = async () => simulatedCredentials(account);
    const options = { endpoint: simulated.url, region: "us-east-1", credentials, quotaShare: 1_000 };
    const aws = openAws({ ...options, accounts: [account, otherAccount], clock: () => now, log: silentLog });
    const found = await discoverSources(aws, { regions: [], signal: new AbortController().signal });
    await simulated.close();
    await workspace.withStore(async ({ catalog }) => {
      await saveTargets(catalog, found.targets, now);
      const listed = await allTargets(catalog, now);
      const told = listed
        .filter(({ accountId }) => accountId === account)
        .map((target) => [target.region, target.logging, target.loggingError]);
      expect(told).toEqual([
        ["eu-west-1", "off", null],
        ["us-east-1", "on", null],
        ["us-west-2", "unread", "AccessDeniedException"],
      ]);
      const shut = listed.filter(({ accountId }) => accountId === otherAccount);
      expect(shut.length).toBeGreaterThan(10);
      expect(new Set(shut.map(({ logging, loggingError }) => `${logging} ${loggingError}`))).toEqual(
        new Set(["unread AccessDenied"]),
      );
      const awaited = await targetCoverage(catalog, now);
      expect(awaited.filter(({ accountId }) => accountId === account).map((target) => target.region)).toEqual([
        "us-east-1",
        "us-west-2",
      ]);

      await saveTargets(catalog, [{ accountId: account, region: "us-east-1", logging: "off", error: null }], now);
      const later = await allTargets(catalog, now);
      expect(later.filter(({ accountId }) => accountId === account)).toMatchObject([{ logging: "off" }]);
      expect(later.filter(({ accountId }) => accountId === otherAccount)).toHaveLength(shut.length);
    });
  }));
