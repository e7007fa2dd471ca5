import { randomUUID } from "node:crypto";
import { gzipSync } from "node:zlib";
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteLogGroupCommand,
  PutLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { describe, expect, it } from "vitest";
import { ingest } from "../../server/ingest.ts";
import { cloudWatchSource } from "../../server/sources/cloudwatch.ts";
import { openBucket } from "../../server/sources/s3-bucket.ts";
import { s3Source } from "../../server/sources/s3.ts";
import type { Source } from "../../server/sources/source.ts";
import { takeLease } from "../../server/store/lease.ts";
import { sql } from "../../server/store/sql.ts";
import type { Store } from "../../server/store/store.ts";
import { verify } from "../../server/store/verify.ts";
import { inWorkspace, lines, record } from "../ingest/kit.ts";

/*
 * Against a server that is not ours, where one is named: AWS_ENDPOINT_URL (or AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL_CLOUDWATCH_LOGS),
 * such as moto, LocalStack or MinIO. AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY if it asks for some, AWS_REGION, and FOREIGN_ACCOUNT
 * where it checks who owns a bucket. It makes a bucket and a log group of its own, and removes them.
 */

const { env } = process;
const all = env["AWS_ENDPOINT_URL"];
const s3Endpoint = env["AWS_ENDPOINT_URL_S3"] ?? all;
const logsEndpoint = env["AWS_ENDPOINT_URL_CLOUDWATCH_LOGS"] ?? all;
const region = env["AWS_REGION"] ?? "us-east-1";
const accountId = env["FOREIGN_ACCOUNT"] ?? "123456789012";
const settings = {
  region,
  credentials: {
    accessKeyId: env["AWS_ACCESS_KEY_ID"] ?? "test",
    secretAccessKey: env["AWS_SECRET_ACCESS_KEY"] ?? "test",
    ...(env["AWS_SESSION_TOKEN"] === undefined ? {} : { sessionToken: env["AWS_SESSION_TOKEN"] }),
  },
};
const scope = { accountId, region };
const hourMs = 3_600_000;
const firstHour = Math.floor(Date.now() / hourMs) * hourMs - 5 * hourMs;

function callsAt(time: number, name: string, count: number) {
  const timestamp = new Date(time).toISOString();
  return Array.from({ length: count }, (_, index) => ({
    ...record(`${name}-${index}`, { accountId, timestamp }),
    region,
  }));
}

function folderOf(time: number): string {
  const hour = new Date(time).toISOString().slice(0, 13).replaceAll("-", "/").replace("T", "/");
  return `AWSLogs/${accountId}/BedrockModelInvocationLogs/${region}/${hour}/`;
}

async function read(store: Store, source: Source) {
  const lease = await takeLease(store, "test");
  try {
    const { signal } = new AbortController();
    const sources = [{ source, origin: "configured" as const }];
    const run = await ingest({ store, lease, sources }, { once: true, since: "2d", signal, workers: 1 });
    expect([run.failure, run.listed]).toEqual([null, 1]);
    return run.counts;
  } finally {
    await lease.release();
  }
}

/** Each of these calls is stored once, and nothing else is. */
async function expectStored(store: Store, calls: readonly Record<string, unknown>[]): Promise<void> {
  const { rows } = await store.batch.query(sql`select request_id from invocations where dt >= '0000' order by 1`, {
    maxRows: 100_000,
  });
  expect(rows.map((row) => row["request_id"])).toEqual(calls.map((call) => String(call["requestId"])).toSorted());
  expect((await verify(store, { hashes: true })).faults).toEqual([]);
}

if (s3Endpoint === undefined) console.info("No foreign S3: AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_S3 are not set.");
if (logsEndpoint === undefined)
  console.info("No foreign CloudWatch Logs: AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_CLOUDWATCH_LOGS are not set.");

describe.runIf(s3Endpoint !== undefined)("an S3 that is not ours", { timeout: 120_000 }, () => {
  it("is read with each record once, also what is written over and what comes late", async () => {
    const client = new S3Client({ ...settings, endpoint: s3Endpoint ?? "", forcePathStyle: true });
    const Bucket = `bedrock-audit-${randomUUID()}`;
    const keys = new Set<string>();
    const put = async (key: string, body: Uint8Array) => {
      keys.add(key);
      await client.send(new PutObjectCommand({ Bucket, Key: key, Body: body }));
    };
    await client.send(new CreateBucketCommand({ Bucket }));
    try {
      const calls: Record<string, unknown>[] = [];
      for (let hour = 0; hour < 3; hour += 1) {
        const time = firstHour + hour * hourMs;
        for (let object = 0; object < 8; object += 1) {
          const fresh = callsAt(time, `h${hour}-o${object}`, 25);
          calls.push(...fresh);
          await put(`${folderOf(time)}${object} ü+%2F.json.gz`, gzipSync(lines(...fresh)));
        }
        await put(`${folderOf(time)}amazon-bedrock-logs-permission-check`, new Uint8Array());
      }
      const bucket = openBucket({ bucket: Bucket, owner: accountId, region, clientFor: () => client });
      const source = s3Source({ places: [{ bucket, prefix: "" }], scope, now: Date.now });
      await inWorkspace((workspace) =>
        workspace.withStore(async (store) => {
          expect(await read(store, source)).toMatchObject({ stored: 600, quarantined: 0 });
          await expectStored(store, calls);
          expect((await read(store, source)).stored).toBe(0);

          const late = callsAt(firstHour + 2 * hourMs, "late", 5);
          const known = calls.filter((call) => String(call["requestId"]).startsWith("h2-o0-"));
          await put(
            `${folderOf(firstHour + 2 * hourMs)}0 ü+%2F.json.gz`,
            gzipSync(lines(...known, ...late.slice(0, 2))),
          );
          await put(`${folderOf(firstHour + 2 * hourMs)}!late.json.gz`, gzipSync(lines(...late.slice(2))));
          workspace.now = Date.now() + 25 * hourMs;
          expect(await read(store, source)).toMatchObject({ stored: 5, duplicates: 25 });
          await expectStored(store, [...calls, ...late]);
        }),
      );
    } finally {
      for (const Key of keys) await client.send(new DeleteObjectCommand({ Bucket, Key }));
      await client.send(new DeleteBucketCommand({ Bucket }));
      client.destroy();
    }
  });
});

describe.runIf(logsEndpoint !== undefined)("a CloudWatch Logs that is not ours", { timeout: 120_000 }, () => {
  it("is read with each event once, also those that come late", async () => {
    const client = new CloudWatchLogsClient({ ...settings, endpoint: logsEndpoint ?? "" });
    const logGroupName = `/bedrock-audit/${randomUUID()}`;
    const logStreamName = "aws/bedrock/modelinvocations";
    const write = (calls: readonly Record<string, unknown>[]) =>
      client.send(
        new PutLogEventsCommand({
          logGroupName,
          logStreamName,
          logEvents: calls.map((call) => ({
            timestamp: Date.parse(String(call["timestamp"])),
            message: JSON.stringify(call),
          })),
        }),
      );
    await client.send(new CreateLogGroupCommand({ logGroupName }));
    try {
      await client.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
      const calls = [0, 1, 2].flatMap((hour) =>
        Array.from({ length: 100 }, (_, n) =>
          callsAt(firstHour + hour * hourMs + n * 20_000, `h${hour}-${n}`, 2),
        ).flat(),
      );
      await write(calls);
      const logGroupArn = `arn:aws:logs:${region}:${accountId}:log-group:${logGroupName}`;
      const source = () => cloudWatchSource({ client, logGroup: logGroupName, logGroupArn, scope, now: Date.now });
      await inWorkspace((workspace) =>
        workspace.withStore(async (store) => {
          expect(await read(store, source())).toMatchObject({ stored: 600, quarantined: 0 });
          await expectStored(store, calls);

          // Of the hour before the present, which is passed over again.
          const late = callsAt(firstHour + 4 * hourMs, "late", 5);
          await write(late);
          workspace.now = Date.now() + 4 * hourMs;
          expect(await read(store, source())).toMatchObject({ stored: 5, duplicates: 0 });
          await expectStored(store, [...calls, ...late]);
        }),
      );
    } finally {
      await client.send(new DeleteLogGroupCommand({ logGroupName }));
      client.destroy();
    }
  });
});
