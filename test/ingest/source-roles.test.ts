import { writeFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { expect, it, onTestFinished } from "vitest";
import { simulatedCredentials } from "../../scripts/demo/aws/keys.ts";
import { startSimulatedAws } from "../../scripts/demo/aws/simulated-aws.ts";
import { loadConfig } from "../../server/config.ts";
import type { Discovered } from "../../server/ingest/discovery.ts";
import { ingest } from "../../server/ingest.ts";
import { silentLog } from "../../server/lib/log.ts";
import { awsOf, sourcesOf } from "../../server/setup.ts";
import { sql } from "../../server/store/sql.ts";
import { takeLease } from "../../server/store/lease.ts";
import {
  aBucket,
  account,
  aLogGroup,
  anAccount,
  anEvent,
  anObject,
  aWorld,
  now,
  otherAccount,
} from "../aws/small-world.ts";
import { inWorkspace, lines, record, type Workspace } from "./kit.ts";

const timestamp = new Date(now - 3_600_000).toISOString();
const theirCall = (id: string) => record(id, { accountId: otherAccount, timestamp });
const key = `AWSLogs/${otherAccount}/BedrockModelInvocationLogs/us-east-1/2026/09/15/11/one.json.gz`;
const packed = gzipSync(lines(theirCall("in-s3")));
const object = { ...anObject(`central/${key}`, "", { size: packed.byteLength }), body: () => packed };
const events = [anEvent("1", Date.parse(timestamp), JSON.stringify(theirCall("in-group")))];
const world = aWorld({
  accounts: [
    anAccount(account),
    anAccount(otherAccount, {
      assumableRoles: ["log-reader"],
      externalId: "audit-7",
      logGroups: [aLogGroup("/calls", events)],
    }),
  ],
  buckets: [aBucket("central-logs", [object], { owner: otherAccount })],
});

/** Settings of both places, with whose keys they are read. */
function settings(readAs: string): string {
  const last = readAs === "" ? "" : `, ${readAs}`;
  return `aws: { regions: [us-east-1] }
sources:
  - { kind: s3, bucket: central-logs, prefixes: [central], bucketOwner: "${otherAccount}"${last} }
  - { kind: cloudwatch, logGroupArn: "arn:aws:logs:us-east-1:${otherAccount}:log-group:/calls:*"${last} }
`;
}

async function found({ root }: Workspace, yaml: string): Promise<Discovered & { readonly assumed: readonly string[] }> {
  const simulated = await startSimulatedAws(world, { clock: () => now });
  onTestFinished(simulated.close);
  const file = path.join(root, "bedrock-audit.yaml");
  writeFileSync(file, yaml);
  const config = loadConfig({ config: file, endpoint: simulated.url }, {});
  const aws = awsOf(config, silentLog, simulatedCredentials(account), { clock: () => now });
  const sources = await sourcesOf(config, { aws, folders: [], signal: new AbortController().signal });
  const requests = simulated.requests().filter(({ api }) => api === "AssumeRole");
  return { ...sources, assumed: requests.map(({ resource }) => resource) };
}

const roleArn = `arn:aws:iam::${otherAccount}:role/log-reader`;

it("a source is read by the role that its settings name, with the external id that the role asks for", () =>
  inWorkspace(async (workspace) => {
    const { assumed, problems, sources } = await found(
      workspace,
      settings(`roleArn: "${roleArn}", externalId: audit-7`),
    );
    expect([problems, sources.map(({ source }) => source.kind)]).toEqual([[], ["s3", "cloudwatch"]]);
    // One role for both, whose keys are asked for once.
    expect(assumed).toEqual([roleArn]);
    workspace.now = now;
    await workspace.withStore(async (store) => {
      const lease = await takeLease(store, "test");
      const signal = new AbortController().signal;
      await ingest({ store, lease, sources }, { once: true, since: "1d", signal, workers: 1 });
      await lease.release();
      const { rows } = await store.batch.query(
        sql`select request_id, account_id from invocations where dt >= '0000' order by request_id`,
      );
      expect(rows).toEqual([
        { request_id: "in-group", account_id: otherAccount },
        { request_id: "in-s3", account_id: otherAccount },
      ]);
    });
  }));

it.each([
  ["another external id", `roleArn: "${roleArn}", externalId: other`],
  ["no external id", `roleArn: "${roleArn}"`],
  ["a role that may not be assumed", `roleArn: "arn:aws:iam::${otherAccount}:role/other", externalId: audit-7`],
  ["the audit role of its account, which is not there", `account: "${otherAccount}"`],
  ["the caller's own keys", ""],
])("with %s it is refused, and told", (_, readAs) =>
  inWorkspace(async (workspace) => {
    const { problems, sources } = await found(workspace, settings(readAs));
    expect(sources.filter(({ source }) => source.kind === "s3")).toEqual([]);
    expect(problems.filter(({ kind }) => kind === "bucket")).toMatchObject([
      { place: "s3://central-logs", state: "denied", code: "AccessDenied" },
    ]);
  }),
);

it("the external id of all roles is that of a source, too, where it names none of its own", () =>
  inWorkspace(async (workspace) => {
    const { problems } = await found(
      workspace,
      settings(`roleArn: "${roleArn}"`).replace("aws: { ", "aws: { externalId: audit-7, "),
    );
    expect(problems).toEqual([]);
  }));
