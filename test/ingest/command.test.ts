import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { simulatedCredentials } from "../../scripts/demo/aws/keys.ts";
import { startSimulatedAws } from "../../scripts/demo/aws/simulated-aws.ts";
import { demoWorld } from "../../scripts/demo/world.ts";
import { openSqlite } from "../../server/store/catalog/dialect.ts";
import { sql } from "../../server/store/sql.ts";
import { nodeArguments } from "../../server/lib/worker.ts";
import { hourPath, inWorkspace, lines, record } from "./kit.ts";

const built = nodeArguments(new URL("../../scripts/bedrock-audit", import.meta.url));
const fromCheckout = [
  "--import",
  import.meta.resolve("tsx"),
  path.join(import.meta.dirname, "../../scripts/bedrock-audit.ts"),
];

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** The real command, in a folder that holds no configuration. */
function bedrockAudit(
  cwd: string,
  args: readonly string[],
  {
    env = {},
    program = built,
  }: { readonly env?: Readonly<Record<string, string>>; readonly program?: readonly string[] } = {},
): Promise<Ended> {
  return new Promise((resolve) => {
    const running = spawn(process.execPath, [...program, "ingest", ...args], {
      cwd,
      env: { PATH: process.env["PATH"], HOME: cwd, AWS_EC2_METADATA_DISABLED: "true", ...env },
    });
    let [out, err] = ["", ""];
    running.stdout.on("data", (chunk: Buffer) => (out += chunk.toString("utf8")));
    running.stderr.on("data", (chunk: Buffer) => (err += chunk.toString("utf8")));
    running.once("close", (code) => resolve({ code, out, err }));
  });
}

describe("the command", { timeout: 300_000 }, () => {
  it.each([
    ["a folder that is missing", ["run", "--once", "--folder", "gone"], "gone is not a folder\nName a folder"],
    ["a file that is missing", ["explain", "gone.json"], '"gone.json" could not be read\nName a readable file'],
    [
      "a time that is none",
      ["run", "--once", "--since", "yesterday"],
      "setting ingest.since: write 30d or 2026-11-01\n",
    ],
    ["content without a reason", ["explain", "--content", "-"], "content is printed only for a reason\nAdd --reason"],
  ])("%s is one sentence with a remedy, and exit code 2", (_, args, sentence) =>
    inWorkspace(async ({ root }) => {
      const { code, err, out } = await bedrockAudit(root, args);
      expect([code, out]).toEqual([2, ""]);
      expect(err).toContain(sentence);
      expect(err.trim().split("\n")).toHaveLength(2);
    }),
  );

  it("a folder that is missing beside one that is there is named, and the other one is read", () =>
    inWorkspace(async (workspace) => {
      workspace.write(`${hourPath}/one.json.gz`, lines(record("a-1")));
      const { code, err, out } = await bedrockAudit(workspace.root, ["run", "--once", "--folder", "gone", "logs"]);
      expect(err).toContain('could not look at "gone": ENOENT\n');
      expect(out).toContain("read 1 = stored 1 ");
      expect(out).toMatch(/^source folder \S+\/gone: missing: listing failed: ENOENT$/m);
      expect(out).toContain("finding place-not-opened The folder gone could not be opened since ");
      expect(code).toBe(4);
    }));

  it.each([
    ["none", "erase --before 2026-11-01 --reason asked"],
    ["empty", "compact"],
    ["none", "retain"],
    ["empty", "retry --unit 1"],
    ["none", "rebuild --into rebuilt"],
    ["none", "hold add --account 111122223333 --reason case"],
    ["empty", "hold release 1 --reason closed"],
    ["none", "quarantine retry"],
    ["empty", "quarantine repair 1 --with line.json --reason asked"],
    ["empty", "quarantine dismiss 1 --reason asked"],
  ])("makes no store where there is none, and says how there will be one (%s: %s)", (data, command) =>
    inWorkspace(async ({ root }) => {
      mkdirSync(path.join(root, "empty"));
      writeFileSync(path.join(root, "line.json"), lines(record("a-1")));
      const before = readdirSync(root, { recursive: true });
      const { code, err, out } = await bedrockAudit(root, [...command.split(" "), "--data", data]);
      expect([code, out]).toEqual([3, ""]);
      expect(err).toMatch(new RegExp(`^there is no store in \\S+${data}\nName its folder with --data, or read logs`));
      expect(err.trim().split("\n")).toHaveLength(2);
      expect(readdirSync(root, { recursive: true })).toEqual(before);
    }),
  );

  it("an unknown setting is named with its place", () =>
    inWorkspace(async ({ root }) => {
      writeFileSync(path.join(root, "bedrock-audit.yaml"), "store:\n  dirr: x\n");
      const { code, err } = await bedrockAudit(root, ["status"]);
      expect(code).toBe(2);
      expect(err).toMatch(/^unknown setting store\.dirr \(bedrock-audit\.yaml:2:9\)\n/);
    }));

  it("reads what is readable, names the rest, and lists the quarantine without its text", () =>
    inWorkspace(async (workspace) => {
      const { root } = workspace;
      const future = record("a-1", { modelId: "nobody.future-model-v9:0" });
      workspace.write(`${hourPath}/one.json.gz`, lines(future, "{secret garbage", record("a-2")));
      const args = ["--data", path.join(root, "data")];
      const ingest = ["run", "--once", "--folder", workspace.logs, ...args];
      const first = await bedrockAudit(root, ingest, { program: fromCheckout });
      expect(first.code).toBe(1);
      expect(first.out).toContain("read 3 = stored 2 + duplicates 0 + quarantined 1 + ignored 0\n");
      expect(first.err).toMatch(
        /^Not readable: 1\. "bedrock-audit ingest quarantine list" names each and its place\.$/m,
      );
      expect(first.err).not.toContain("garbage");

      const cut = gzipSync(lines(...Array.from({ length: 50 }, (_, index) => record(`c-${index}`))));
      workspace.write(`${hourPath}/two.json.gz`, cut.subarray(0, cut.length - 20));
      const second = await bedrockAudit(root, [...ingest, "--json"]);
      expect(second.code).toBe(4);
      const { run } = JSON.parse(second.out) as { run: { counts: { stored: number }; failure: null } };
      expect([run.counts.stored, run.failure]).toEqual([0, null]);
      expect(second.err).toContain("What waits is tried again by later runs.\n");

      const listed = await bedrockAudit(root, ["quarantine", "list", ...args]);
      expect(listed.code).toBe(0);
      expect(listed.out).toMatch(
        /^\w{26} open not-json AWSLogs\/.*\/one\.json\.gz bytes \d+–\d+ \S+ The line is no JSON\.\n$/,
      );
      expect(listed.out).not.toContain("secret");
      expect(listed.err).toBe("");

      const catalog = openSqlite(path.join(root, "data", "catalog.db"));
      const insert = catalog.prepare(
        `insert into quarantine (id, unit_id, source_id, reason, detail, state, created_at)
         select ?, unit_id, source_id, reason, detail, state, created_at from quarantine limit 1`,
      );
      for (let more = 0; more < 1_100; more += 1) insert.run([`more-${more}`]);
      catalog.close();
      const many = await bedrockAudit(root, ["quarantine", "list", ...args]);
      expect(many.out.trimEnd().split("\n")).toHaveLength(1_000);
      expect(many.err).toBe("These are the first 1,000 of 1,101.\n");
    }));

  it("reads one source alone, an object again that was given up, and all of it into a new store", () =>
    inWorkspace(async (workspace) => {
      const { root } = workspace;
      const data = path.join(root, "data");
      const run = ["run", "--once", "--folder", workspace.logs, "--data", data];
      workspace.write(`${hourPath}/one.json.gz`, lines(record("a-1"), record("a-2")));
      workspace.write(`${hourPath}/bomb.json.gz`, gzipSync(Buffer.alloc(32 * 2 ** 20, "x")));
      workspace.write("flat.json", lines(record("a-3")));
      const unknown = await bedrockAudit(root, [...run, "--source", "s3:none"]);
      expect([unknown.code, unknown.err]).toEqual([
        2,
        expect.stringContaining('there is no source "s3:none"\nName one of dir:'),
      ]);
      const scoped = /dir:\w+:111122223333:us-east-1/.exec(unknown.err)?.[0] ?? "";
      const one = await bedrockAudit(root, [...run, "--source", scoped]);
      expect([one.code, one.out]).toEqual([1, expect.stringContaining("read 2 = stored 2 +")]);

      const key = `${hourPath}/bomb.json.gz`;
      const retried = await bedrockAudit(root, ["retry", "--unit", key, "--max-bytes", "100000000", "--data", data]);
      expect([retried.code, retried.out]).toEqual([0, expect.stringMatching(/^unit \d+ is read again/)]);
      const again = await bedrockAudit(root, run);
      expect([again.code, again.out]).toEqual([
        1,
        expect.stringContaining("read 4 = stored 3 + duplicates 0 + quarantined 1"),
      ]);

      const into = path.join(root, "rebuilt");
      const full = await bedrockAudit(root, ["rebuild", "--into", data, "--data", data]);
      expect([full.code, full.err]).toEqual([2, expect.stringContaining("is not empty")]);
      const rebuilt = await bedrockAudit(root, ["rebuild", "--into", into, "--data", data, "--json"]);
      expect(rebuilt.code).toBe(1);
      const { status } = JSON.parse(rebuilt.out) as { status: { store: string; counts: unknown; invocations: number } };
      expect(status).toMatchObject({ store: "ok", invocations: 3, counts: { read: 4, stored: 3 } });
      const verified = await bedrockAudit(root, ["verify", "--hashes", "--data", into]);
      expect([verified.code, verified.out]).toEqual([0, expect.stringContaining("everything adds up")]);
    }));

  it("explains each line of a file, with content only when it is asked for", () =>
    inWorkspace(async ({ root }) => {
      const file = path.join(root, "log.json.gz");
      writeFileSync(file, gzipSync(lines(record("a-1"), "{garbage")));
      const told = await bedrockAudit(root, ["explain", file]);
      expect(told.code).toBe(1);
      const [first, second] = told.out
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as Record<string, unknown>);
      expect(first).toMatchObject({ line: 1, invocation: { requestId: "a-1", stopReason: "end_turn" } });
      expect(second).toEqual({ line: 2, quarantined: "not-json", detail: "The line is no JSON." });
      expect(told.out).not.toContain("How is order");
      const whole = await bedrockAudit(root, ["explain", "--content", "--reason", "a test", file]);
      expect(whole.out).toContain("How is order a-1?");
    }));

  it("explains lines as the store that is named reads them, with its key and the models that it knows; a damage too", () =>
    inWorkspace(async (workspace) => {
      const { root } = workspace;
      const arn = "arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/a1b2c3d4e5f6";
      const { requestId: _, ...unnamed } = record("a-1", { modelId: arn });
      workspace.write(`${hourPath}/one.json.gz`, lines(unnamed));
      const stored = await workspace.withStore(async (store) => {
        const answer = JSON.stringify({
          modelArns: ["arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-3-haiku-20240307-v1:0"],
        });
        await store.catalog.insertInto("profiles").values({ arn, answer, resolved_at: 1, error: null }).execute();
        await workspace.ingest(store);
        const { rows } = await store.batch.query(sql`select request_id, model from invocations where dt >= '0000'`);
        return rows[0];
      });
      const file = path.join(root, "log.json.gz");
      const bytes = gzipSync(lines(unnamed));
      writeFileSync(file, bytes);
      const explained = async (...args: readonly string[]) => {
        const { out } = await bedrockAudit(root, ["explain", ...args, file]);
        return out
          .trimEnd()
          .split("\n")
          .map((line) => JSON.parse(line) as { invocation?: { id: string; model: string } });
      };
      const [first] = await explained("--data", workspace.dataDir);
      expect(first?.invocation?.id).toBe(`111122223333/us-east-1/${String(stored?.["request_id"])}`);
      expect(first?.invocation?.model).toBe(stored?.["model"]);
      expect(stored?.["model"]).not.toBeNull();
      writeFileSync(
        path.join(root, "models.yaml"),
        `models:\n  - arn: ${arn}\n    model: anthropic.claude-3-haiku-20240307-v1:0\n`,
      );
      writeFileSync(path.join(root, "mine.yaml"), "store:\n  dir: elsewhere\ningest:\n  modelMapping: models.yaml\n");
      const [other] = await explained("--config", "mine.yaml");
      expect(other?.invocation?.id).not.toBe(first?.invocation?.id);
      expect(other?.invocation?.model).toBe(stored?.["model"]);
      writeFileSync(file, bytes.subarray(0, bytes.length - 9));
      const cut = await explained();
      expect(cut.at(-1)).toMatchObject({ line: cut.length, quarantined: "truncated" });
      const none = await bedrockAudit(root, ["explain", "--data", "none", file]);
      expect([none.code, none.out]).toEqual([3, ""]);
      expect(none.err).toMatch(/^there is no store in \S+none\n/);
    }));

  it("a denied bucket is named with what to grant, and all else is read", () =>
    inWorkspace(async ({ root }) => {
      const now = Date.now();
      const world = demoWorld({ seed: 5, now, days: 1, recordsPerDay: 100 });
      const [account = ""] = world.accounts.map(({ id }) => id);
      const denied = world.buckets.find(({ owner }) => owner === account)?.name ?? "";
      const faults = [{ api: "ListObjectsV2", match: denied, count: 1_000, do: { kind: "deny" as const } }];
      const simulated = await startSimulatedAws(world, { clock: Date.now, faults: { seed: 1, faults } });
      const keys = simulatedCredentials(account);
      mkdirSync(path.join(root, "data"));
      const ended = await bedrockAudit(root, ["run", "--once", "--since", "1d"], {
        env: {
          BEDROCK_AUDIT_AWS_ENDPOINT: simulated.url,
          AWS_REGION: "us-east-1",
          AWS_ACCESS_KEY_ID: keys.accessKeyId,
          AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
        },
      });
      await simulated.close();
      expect(ended.err).toContain("Some logs are refused. Grant s3:ListBucket");
      expect(ended.out).toMatch(
        new RegExp(`^source s3 s3://${denied}/ \\(${account}/[a-z0-9-]+\\): denied: listing failed: AccessDenied`, "m"),
      );
      expect(ended.code).toBe(4);
    }));

  it("days of an account are held from retention, listed and released", () =>
    inWorkspace(async (workspace) => {
      const { root } = workspace;
      await workspace.withStore(async () => undefined);
      const hold = (...args: string[]) => bedrockAudit(root, ["hold", ...args]);
      const asked = ["--account", "111122223333", "--reason", "case\u202E 12"];
      const added = await hold("add", ...asked, "--from", "2026-09-01", "--json");
      expect([added.code, added.err]).toEqual([0, ""]);
      const { id } = JSON.parse(added.out) as { readonly id: string };
      expect((await hold("list")).out).toBe(`${id} days of 111122223333 from 2026-09-01 on: case[U+202E] 12\n`);
      expect((await hold("add", ...asked, "--from", "2026-02-30")).code).toBe(2);
      expect((await hold("add", ...asked, "--to", "2026-09-30", "--from", "2026-10-01")).code).toBe(2);
      expect((await hold("add", "--account", "111122223333")).code).toBe(2);
      expect((await hold("release", id, "--reason", "closed")).out).toContain(`hold ${id} is released`);
      expect([(await hold("list")).out, (await hold("release", id, "--reason", "closed")).code]).toEqual(["", 2]);
    }));
});
