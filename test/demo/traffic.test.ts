import { readdirSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { Invocation } from "../../server/domain/invocation.ts";
import { openHmac } from "../../server/lib/hash.ts";
import { readLine } from "../../server/normalize/read-line.ts";
import { hourMs } from "../../scripts/demo/traffic/layout.ts";
import { openTraffic, type Traffic } from "../../scripts/demo/traffic/traffic.ts";

const now = Date.parse("2026-11-24T02:20:00Z");
const month = openTraffic({ seed: 7, now, days: 8 });
const small = (): Traffic => openTraffic({ seed: 5, now, days: 3, recordsPerDay: 300 });

function* recordsOf(traffic: Traffic) {
  for (const { accountId, region } of traffic.targets)
    for (const hour of traffic.hours(accountId, region))
      for (const record of traffic.records(accountId, region, hour)) yield { accountId, region, hour, record };
}

const deps = { hmac: openHmac(Buffer.alloc(32, 1)), resolve: () => null };

const recorded = [...recordsOf(month)];

/** Every record, as the product itself reads it. */
function readAll(): { invocations: Invocation[]; refused: string[] } {
  const [invocations, refused]: [Invocation[], string[]] = [[], []];
  for (const { record } of recorded)
    for (const outcome of readLine(JSON.stringify(record), deps)) {
      if (!("invocation" in outcome)) refused.push(JSON.stringify(outcome));
      else invocations.push(outcome.invocation);
    }
  return { invocations, refused };
}

const all = readAll();
const seen = (value: (invocation: Invocation) => string | null): Set<string | null> =>
  new Set(all.invocations.map(value));

describe("the traffic of a week", () => {
  it("is read whole: nothing is quarantined", () => {
    expect(all.refused).toEqual([]);
    expect(all.invocations.length).toBeGreaterThan(15_000);
  });

  it("shows every operation and body family", () => {
    expect(seen((each) => each.operation)).toEqual(
      new Set(["Converse", "ConverseStream", "InvokeModel", "InvokeModelWithResponseStream"]),
    );
    const families = [
      "ai21",
      "anthropic-messages",
      "anthropic-text",
      "cohere",
      "converse",
      "embedding",
      "llama",
      "media",
      "mistral",
      "nova",
      "openai",
      "titan-text",
    ];
    expect([...seen((each) => each.family)]).toEqual(expect.arrayContaining(families));
    expect(seen((each) => each.family)).not.toContain("unknown");
  });

  it("shows every endpoint type and actor class that an organisation has", () => {
    const types = [
      "global",
      "geo",
      "in-region",
      "provisioned",
      "application-profile",
      "custom",
      "imported",
      "router",
      "marketplace",
      "unknown",
    ];
    expect(seen((each) => each.endpointType)).toEqual(new Set(types));
    const actors = ["root", "bedrock-api-key", "iam-user", "sso-human", "aws-service", "instance", "lambda", "role"];
    expect(seen((each) => each.actorClass)).toEqual(new Set(actors));
  });

  it("shows success, throttling, errors, and what guardrails do", () => {
    expect([...seen((each) => each.status)]).toEqual(
      expect.arrayContaining(["success", "blocked", "throttled", "client-error", "server-error"]),
    );
    expect([...seen((each) => each.guardrailOutcome)]).toEqual(
      expect.arrayContaining(["blocked", "masked", "detected", "passed", "no-evidence"]),
    );
    expect([...seen((each) => each.residency)]).toEqual(
      expect.arrayContaining(["same-region", "other-region", "did-not-run", "not-recorded"]),
    );
    expect(seen((each) => each.inputBodyState)).toEqual(new Set(["absent", "inline", "s3"]));
  });

  it("leaves nothing that a reader would wonder at, but for the name of a stored prompt", () => {
    const odd = all.invocations.filter((each) => each.anomalies.length > 0);
    expect(new Set(odd.flatMap((each) => each.anomalies))).toEqual(new Set(["unknown-model-form"]));
    expect(odd.every((each) => each.modelId?.includes(":prompt/"))).toBe(true);
  });

  it("has no request id twice, and nothing from the future or from before its first day", () => {
    expect(new Set(all.invocations.map((each) => each.requestId)).size).toBe(all.invocations.length);
    const times = all.invocations.map((each) => Date.parse(each.time));
    expect(times.every((time) => time <= now && time >= now - 8 * 24 * hourMs - hourMs)).toBe(true);
  });

  it("names nobody and holds no address beyond example.com", () => {
    const addresses = recorded.flatMap(({ record }) =>
      [...JSON.stringify(record).matchAll(/[\w.+-]+@[\w-]+\.[\w.-]*\w/g)].map(([address]) => address),
    );
    expect(addresses.length).toBeGreaterThan(0);
    expect(addresses.filter((address) => !address.endsWith("@example.com"))).toEqual([]);
    expect(all.invocations.filter((each) => /@(?!example\.com$)/.test(each.identityArn ?? ""))).toEqual([]);
  });
});

/** Counts that a body says of itself, by any of the families' names. */
function ownCounts(body: unknown): readonly (readonly [input: number, output: number])[] {
  if (Array.isArray(body)) return body.flatMap((event) => ownCounts(event));
  if (typeof body !== "object" || body === null) return [];
  const fields = body as Record<string, Record<string, number>>;
  const usage = fields["usage"];
  const metrics = fields["amazon-bedrock-invocationMetrics"];
  if (metrics !== undefined) return [[metrics["inputTokenCount"] ?? -1, metrics["outputTokenCount"] ?? -1]];
  if (usage?.["inputTokens"] !== undefined) return [[usage["inputTokens"], usage["outputTokens"] ?? -1]];
  const isMessage = (body as { type?: string }).type === "message";
  return usage !== undefined && isMessage ? [[usage["input_tokens"] ?? -1, usage["output_tokens"] ?? -1]] : [];
}

describe("one record", () => {
  it("says the same counts in its body and outside it", () => {
    let compared = 0;
    const differing: unknown[] = [];
    for (const { record } of recorded) {
      const { input, output } = record as {
        input?: Record<string, number>;
        output?: { outputBodyJson?: unknown; outputTokenCount?: number };
      };
      if (input?.["inputTokenCount"] === undefined) continue;
      for (const counts of ownCounts(output?.outputBodyJson)) {
        if (counts[0] !== input["inputTokenCount"] || counts[1] !== output?.outputTokenCount) differing.push(record);
        compared++;
      }
    }
    expect(differing).toEqual([]);
    expect(compared).toBeGreaterThan(10_000);
  });

  it("of a failed call has neither input nor output", () => {
    const failed = recorded.filter(({ record }) => "errorCode" in record);
    expect(failed.length).toBeGreaterThan(100);
    expect(failed.filter(({ record }) => "input" in record || "output" in record)).toEqual([]);
  });
});

describe("an hour", () => {
  it("is the same for the same seed, whatever was asked before", () => {
    const [first, second] = [small(), small()];
    const asked = first.targets.flatMap(({ accountId, region }) =>
      first.hours(accountId, region).map((hour) => ({ accountId, region, hour })),
    );
    const forwards = asked.map(({ accountId, region, hour }) => JSON.stringify(first.records(accountId, region, hour)));
    const backwards = asked
      .toReversed()
      .map(({ accountId, region, hour }) => JSON.stringify(second.records(accountId, region, hour)));
    expect(backwards.toReversed()).toEqual(forwards);
    expect(asked.length).toBeGreaterThan(200);
  });

  it("is another one for another seed", () => {
    const other = openTraffic({ seed: 6, now, days: 3, recordsPerDay: 300 });
    const ids = (traffic: Traffic) => new Set([...recordsOf(traffic)].map(({ record }) => record["requestId"]));
    const mine = ids(small());
    expect([...ids(other)].filter((id) => mine.has(id))).toEqual([]);
  });
});

describe("the objects of an hour", () => {
  it("hold exactly its records, each in the folder of an hour that it may be in", () => {
    const traffic = small();
    let late = 0;
    for (const { accountId, region, s3 } of traffic.targets) {
      if (s3 === null) continue;
      for (const hour of traffic.hours(accountId, region)) {
        const folder = hour.slice(0, 13).replaceAll("-", "/").replace("T", "/");
        const objects = traffic.objects(accountId, region, hour).filter(({ key }) => !key.includes("/data/"));
        const lines = objects.flatMap((object) => gunzipSync(object.body()).toString().trimEnd().split("\n"));
        const expected = traffic.records(accountId, region, hour).map((record) => JSON.stringify(record));
        expect(lines.sort()).toEqual(expected.sort());
        for (const { key } of objects) {
          expect(key).toMatch(
            /AWSLogs\/\d{12}\/BedrockModelInvocationLogs\/[a-z0-9-]+\/\d{4}\/\d\d\/\d\d\/\d\d\/\d{8}T\d{9}Z_[\da-f]{16}\.json\.gz$/,
          );
          if (!key.includes(`/${folder}/`)) late++;
        }
      }
    }
    expect(late).toBeGreaterThan(0);
  });

  it("give the long bodies that records point to", () => {
    const { accountId, region } = { accountId: "444455556666", region: "us-east-1" };
    const pointing = month.hours(accountId, region).flatMap((hour) =>
      month.records(accountId, region, hour).flatMap((record) => {
        const path = (record["input"] as { inputBodyS3Path?: string } | undefined)?.inputBodyS3Path;
        return path === undefined ? [] : [{ hour, key: path.replace(/^s3:\/\/[^/]+\//, "") }];
      }),
    );
    expect(pointing.length).toBeGreaterThan(5);
    for (const { hour, key } of pointing.slice(0, 20)) {
      const object = month.objects(accountId, region, hour).find((each) => each.key === key);
      const body = JSON.parse(gunzipSync(object?.body() ?? new Uint8Array()).toString()) as { messages: unknown[] };
      expect(JSON.stringify(body).length).toBeGreaterThan(100_000);
      expect(body.messages.length).toBeGreaterThan(0);
    }
  });
});

describe("the truth", () => {
  it("sums what the calls say, a day, account and region", () => {
    const traffic = small();
    const totals = traffic.truth.totals();
    const counted = new Map<string, { records: number; inputTokens: number; outputTokens: number }>();
    for (const { accountId, region, record } of recordsOf(traffic)) {
      const key = `${accountId} ${region} ${(record["timestamp"] as string).slice(0, 10)}`;
      const sums = counted.get(key) ?? { records: 0, inputTokens: 0, outputTokens: 0 };
      const { input, output } = record as {
        input?: { inputTokenCount?: number };
        output?: { outputTokenCount?: number };
      };
      counted.set(key, {
        records: sums.records + 1,
        inputTokens: sums.inputTokens + (input?.inputTokenCount ?? 0),
        outputTokens: sums.outputTokens + (output?.outputTokenCount ?? 0),
      });
    }
    const logged = totals.filter((each) => each.logged > 0);
    expect(logged.length).toBe(counted.size);
    for (const { accountId, region, day, logged: records, inputTokens, outputTokens } of logged)
      expect(counted.get(`${accountId} ${region} ${day}`)).toEqual({ records, inputTokens, outputTokens });
  });

  it("knows calls that no log has: a region without logging", () => {
    const silent = small()
      .truth.totals()
      .filter((each) => each.region === "ca-central-1");
    expect(silent.length).toBeGreaterThan(0);
    expect(silent.every((each) => each.logged === 0 && each.records > 0)).toBe(true);
  });

  it("knows calls that were made while the configuration was gone", () => {
    const days = month.truth
      .totals()
      .filter((each) => each.accountId === "111122223333" && each.region === "eu-central-1");
    const swallowed = days
      .filter((each) => each.logged < each.records)
      .map(({ day, records, logged }) => ({ day, lost: records - logged }));
    expect(swallowed.length).toBe(1);
    expect(swallowed[0]?.day).toBe("2026-11-17");
    expect(swallowed[0]?.lost).toBeGreaterThan(10);
  });

  it("tells where each story is, with records to show for it", () => {
    const { stories } = month.truth;
    expect(stories.map((each) => each.detection)).toEqual(
      expect.arrayContaining([
        "model-sweep",
        "sweep-then-use",
        "key-checker-probe",
        "region-hop",
        "bedrock-api-key-use",
        "iam-user-invocation",
        "root-user-invocation",
        "jailbreak-structure",
        "secret-in-prompt",
        "cost-spike",
      ]),
    );
    for (const { subject, from, to } of stories) {
      const shown = all.invocations.filter(
        (each) => each.principalKey === subject && Date.parse(each.time) >= Date.parse(from) - 1000 && each.time <= to,
      );
      expect(shown.length).toBeGreaterThan(0);
    }
  });
});

describe("the stories", () => {
  const of = (subject: string): Invocation[] => all.invocations.filter((each) => each.principalKey === subject);
  const key = of("111122223333/user/BedrockAPIKey-q7xk").toSorted((a, b) => (a.time < b.time ? -1 : 1));

  it("sweep over more models than a smoke test, most of them denied, within a quarter of an hour", () => {
    const denied = key.filter((each) => each.errorCode === "AccessDeniedException");
    expect(new Set(denied.map((each) => each.model)).size).toBeGreaterThanOrEqual(5);
    expect(Date.parse(denied.at(-1)?.time ?? "") - Date.parse(denied[0]?.time ?? "")).toBeLessThan(15 * 60_000);
  });

  it("use one of the swept models heavily within the hour", () => {
    const sweepEnd = Date.parse(key.findLast((each) => each.errorCode !== null)?.time ?? "");
    const used = key.filter(
      (each) =>
        each.model?.includes("opus-4-1") &&
        Date.parse(each.time) > sweepEnd &&
        Date.parse(each.time) < sweepEnd + hourMs,
    );
    expect(used.length).toBeGreaterThanOrEqual(20);
  });

  it("hop over four source regions in six minutes", () => {
    const start = Date.parse(key[0]?.time ?? "");
    const early = key.filter((each) => Date.parse(each.time) < start + 10 * 60_000);
    expect(new Set(early.map((each) => each.region)).size).toBe(4);
  });

  it("resell to many characters, languages and clients", () => {
    const sold = of("444455556666/user/ses-smtp-relay");
    const bodies = recorded.filter(({ record }) => JSON.stringify(record["identity"]).includes("ses-smtp-relay"));
    const personas = new Set(
      bodies.flatMap(
        ({ record }) => JSON.stringify(record).match(/Write \{\{char\}\}'s[^"]{200,}?\[Start a new chat\]/) ?? [],
      ),
    );
    expect(personas.size).toBeGreaterThanOrEqual(60);
    expect(new Set(sold.map((each) => each.requestShape)).size).toBeGreaterThanOrEqual(6);
    expect(new Set(sold.map((each) => each.time.slice(0, 13))).size).toBeGreaterThanOrEqual(36);
  });
});

describe("the files of the generator", () => {
  it("hold nothing that looks like a credential", () => {
    const folder = new URL("../../scripts/demo/", import.meta.url);
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
    expect(files.length).toBeGreaterThan(40);
    const shapes =
      /(AKIA|ASIA)[A-Z2-7]{16}|gh[pousr]_\w{36}|sk-ant-\w|xox[bp]-\d|AIza[\w-]{35}|-----BEGIN [A-Z ]*PRIVATE KEY/;
    for (const name of files) expect(readFileSync(new URL(name, folder), "utf8")).not.toMatch(shapes);
  });
});
