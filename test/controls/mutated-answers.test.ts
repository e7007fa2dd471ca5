import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Fault } from "../../scripts/demo/aws/faults.ts";
import type { SimulatedMetric, World } from "../../scripts/demo/aws/world.ts";
import {
  aBucket,
  account,
  anAccount,
  anEvent,
  anObject,
  aWorld,
  deliveryPolicy,
  deliveryRole,
  hourMs,
  now,
  otherAccount,
  region,
} from "../aws/small-world.ts";
import {
  calls,
  change,
  expiring,
  group,
  here,
  logsFolder,
  looked,
  type Options,
  toGroup,
  toS3,
  worldOf,
} from "./kit.ts";

/** A world in which all is well, and how it is looked at. */
interface Scene {
  readonly name: string;
  readonly world: World;
  readonly options?: Options;
  /** Without them some call would not be made. */
  readonly faults?: readonly Fault[];
}

const keyId = `arn:aws:kms:${here}:${account}:key/k`;
const managed = `arn:aws:iam::${account}:policy/write`;
const writes = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "logs:PutLogEvents", Resource: "*" }] };
const accessBlock = {
  BlockPublicAcls: true,
  IgnorePublicAcls: true,
  BlockPublicPolicy: true,
  RestrictPublicBuckets: true,
};
const called = calls(10, 48);
const byModel: SimulatedMetric = { ...called, dimensions: [{ name: "ModelId", value: "m" }] };
const delivered = calls(10, 48, "ModelInvocationLogsS3DeliverySuccess");
const stored: SimulatedMetric = {
  ...calls(10, 48, "IncomingLogEvents", "AWS/Logs"),
  dimensions: [{ name: "LogGroupName", value: "/b/log" }],
};
const refused = change("DeleteModelInvocationLoggingConfiguration", 3, null, { errorCode: "AccessDenied" });
const batches = ["2026/09/13/12", "2026/09/14/12", "2026/09/15/09"].map((hour) =>
  anObject(`${logsFolder}${hour}/20260915T090000000Z_0123456789abcdef.json.gz`),
);
const bucket = aBucket("logs", batches, {
  versioning: "Enabled",
  lifecycle: [expiring(90)],
  objectLock: { mode: "GOVERNANCE", days: 40 },
  encryption: { algorithm: "aws:kms", keyId },
});
const keys = [{ id: "k", region: here, state: "Enabled" }] as const;
const role = deliveryRole("log", { attached: [managed], boundary: managed });

const toBucket: Scene = {
  name: "a bucket",
  world: worldOf({
    buckets: [bucket],
    region: { metrics: [called, byModel, delivered], trailEvents: [refused] },
    account: { keys, publicAccessBlock: accessBlock },
  }),
};
const scenes: readonly Scene[] = [
  toBucket,
  {
    ...toBucket,
    name: "a bucket whose region the list of buckets leaves out",
    faults: [
      {
        api: "ListBuckets",
        count: 999,
        do: { kind: "rewrite", of: (body) => body.replaceAll(/<BucketRegion>[^<]*<\/BucketRegion>/g, "") },
      },
    ],
  },
  {
    name: "a log group whose deliveries nobody counts",
    world: worldOf({
      config: toGroup,
      buckets: [bucket],
      groups: [group(90, { kmsKeyId: keyId, events: () => [anEvent("e", now - 2 * hourMs)] })],
      region: { metrics: [called, byModel, stored], trailEvents: [refused] },
      account: { keys, roles: [role], policies: [{ arn: managed, document: writes }] },
    }),
  },
  ...[[], [{ api: "ListRegions", count: 999, do: { kind: "deny" } } satisfies Fault]].map((faults, at) => ({
    name: `an organisation, told of its regions by ${at === 0 ? "one service" : "another one"}`,
    world: aWorld({
      accounts: [account, otherAccount].map((id) =>
        anAccount(id, {
          regions: new Map([
            [
              here,
              region({ loggingConfig: { ...toS3, s3Config: { bucketName: `logs-${id}`, keyPrefix: "bedrock" } } }),
            ],
          ]),
        }),
      ),
      buckets: [account, otherAccount].map((id) =>
        aBucket(`logs-${id}`, [], { owner: id, policy: deliveryPolicy(`logs-${id}`, id) }),
      ),
      bedrockRegions: [here, "xx-told-1"],
    }),
    options: { organization: true, regions: [here, "xx-told-1"] },
    faults,
  })),
];

/** What came of a run: what it says of each target and resource, or how it ended without a report. */
interface Outcome {
  readonly exitCode: number;
  readonly targets: readonly string[];
  /** `<account> <region> <control> <resource>` → verdict and notes. */
  readonly results: Readonly<Record<string, string>>;
  readonly asked: readonly string[];
}

async function outcome({ faults = [], options, world }: Scene, hit: readonly Fault[] = []): Promise<Outcome> {
  try {
    const { report, requests } = await looked(world, options, [...hit, ...faults]);
    return {
      exitCode: report.run.exitCode,
      targets: report.targets.map((target) => `${target.account} ${target.region} ${target.state}`),
      results: Object.fromEntries(
        report.results.map(({ account: id, control, notes, region: place, resource, verdict }) => [
          [id, place, control, resource].join(" "),
          [verdict, ...notes.map(({ code }) => code).toSorted()].join(" "),
        ]),
      ),
      asked: [...new Set(requests.map(({ api }) => api))].toSorted(),
    };
  } catch (error) {
    // Only what names its exit code is an end that was meant.
    if (!(error instanceof Error && "exitCode" in error)) throw error;
    return { exitCode: Number(error.exitCode), targets: [], results: {}, asked: [] };
  }
}

const every = (api: string, deed: Fault["do"]): Fault => ({ api, count: 999, do: deed });

const isError = (body: string): boolean => body.includes("<Error>");

/** The same answers are spoiled each time; `ANSWER_SEED` spoils others. */
const seed = Number(process.env["ANSWER_SEED"] ?? 7);

/** What no service sends for a success, made of what it would have sent. */
const breakages: Readonly<Record<string, (body: string, part: number) => string>> = {
  empty: () => "",
  "a page for people": () => "<!DOCTYPE html><html><body>Sign in</body></html>",
  "a list": () => "[]",
  "a number": () => "1",
  "cut short": (body, part) => body.slice(0, Math.floor((body.trimEnd().length - 1) * part)),
  "cut behind an element": (body, part) => {
    const all = [...body.matchAll(/<\/[^>]+>|[,[{]/g)].map(({ 0: { length }, index }) => index + length);
    const ends = all.filter((end) => end < body.trimEnd().length);
    return body.slice(0, ends[Math.floor((ends.length - 1) * part)] ?? 0);
  },
  "under another name": (body) => (body.startsWith("<") ? body.replaceAll(/(<\/?)(?=[A-Z])/g, "$1Other") : `[${body}]`),
  "in an envelope": (body) =>
    body.startsWith("<") ? `<Answer>${body.replace(/^<\?.*?\?>\s*/, "")}</Answer>` : `[${body}]`,
};

describe("an answer that can't be read", async () => {
  const honest = await Promise.all(scenes.map((scene) => outcome(scene)));
  const all = scenes.flatMap((scene, at) => (honest[at]?.asked ?? []).map((api) => ({ scene, api })));
  const denials = new Map<string, Promise<Outcome>>();
  /** The same world, where the call is refused. */
  function denied(scene: Scene, api: string): Promise<Outcome> {
    const key = `${scene.name} ${api}`;
    const known = denials.get(key) ?? outcome(scene, [every(api, { kind: "deny" })]);
    denials.set(key, known);
    return known;
  }

  it("is looked for where all is well, in each call that a check makes", () => {
    for (const { exitCode, results } of honest) {
      expect(exitCode).toBe(0);
      expect(Object.values(results).filter((said) => !/^(PASS|NOT_APPLICABLE)/.test(said))).toEqual([]);
    }
    expect([...new Set(all.map(({ api }) => api))].toSorted()).toMatchInlineSnapshot(`
      [
        "AssumeRole",
        "DescribeKey",
        "DescribeLogGroups",
        "DescribeLogStreams",
        "DescribeRegions",
        "GetBucketAcl",
        "GetBucketEncryption",
        "GetBucketLifecycleConfiguration",
        "GetBucketLocation",
        "GetBucketOwnershipControls",
        "GetBucketPolicy",
        "GetBucketPolicyStatus",
        "GetBucketVersioning",
        "GetCallerIdentity",
        "GetDataProtectionPolicy",
        "GetMetricData",
        "GetModelInvocationLoggingConfiguration",
        "GetObjectLockConfiguration",
        "GetParametersByPath",
        "GetPolicy",
        "GetPolicyVersion",
        "GetPublicAccessBlock",
        "GetRole",
        "GetRolePolicy",
        "ListAccounts",
        "ListAttachedRolePolicies",
        "ListBuckets",
        "ListMetrics",
        "ListObjectsV2",
        "ListRegions",
        "ListRolePolicies",
        "LookupEvents",
      ]
    `);
  });

  it("is worth no more than a refusal", { timeout: 300_000 }, () =>
    fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...all),
        fc.constantFrom(...Object.keys(breakages)),
        fc.double({ min: 0, max: 1, noNaN: true }),
        async ({ api, scene }, breakage, part) => {
          // An error that can still be read says what it says: it is broken whole.
          const of = (body: string): string => (isError(body) ? "" : (breakages[breakage]?.(body, part) ?? ""));
          const { asked: _, ...found } = await outcome(scene, [every(api, { kind: "rewrite", of })]);
          const { asked: __, ...refusal } = await denied(scene, api);
          expect(found, `${scene.name}: ${api}, ${breakage}`).toEqual(refusal);
        },
      ),
      { numRuns: 80, seed },
    ),
  );
});

type Odd = string | number | undefined;

/** What stands in an answer under one name, wherever: the first of its values, and the answer with another in the place of each. */
interface Part {
  readonly name: string;
  readonly value: unknown;
  /** undefined takes them out. */
  readonly replaced: (other: Odd) => string;
}

function partsOf(body: string): readonly Part[] {
  if (body.trimStart().startsWith("<")) return xmlParts(body);
  try {
    return jsonParts(JSON.parse(body));
  } catch {
    return [];
  }
}

/** Members by their names, items by that of their list. */
function jsonParts(whole: unknown): readonly Part[] {
  const found = new Map<string, unknown>();
  const walk = (value: unknown, name: string): void => {
    if (name !== "" && !found.has(name)) found.set(name, value);
    if (Array.isArray(value)) for (const item of value) walk(item, `${name}[]`);
    else if (typeof value === "object" && value !== null)
      for (const [key, member] of Object.entries(value)) walk(member, key);
  };
  walk(whole, "");
  const put = (value: unknown, name: string, wanted: string, other: unknown): unknown => {
    if (name === wanted) return other;
    if (Array.isArray(value))
      return value.map((item) => put(item, `${name}[]`, wanted, other)).filter((item) => item !== undefined);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, put(member, key, wanted, other)]));
  };
  return [...found].map(([name, value]) => ({
    name,
    value,
    replaced: (other) => JSON.stringify(put(whole, "", name, other)),
  }));
}

/** Every element but the root. */
function xmlParts(body: string): readonly Part[] {
  const [, ...names] = new Set([...body.matchAll(/<(\w+)[^<>/]*>/g)].map(({ 1: name = "" }) => name));
  return names.map((name) => {
    const each = new RegExp(`(<${name}[^<>/]*>)([\\s\\S]*?)</${name}>`, "g");
    const text = each.exec(body)?.[2] ?? "";
    each.lastIndex = 0;
    return {
      name,
      value: text.includes("<") ? {} : /^-?\d+$/.test(text) ? Number(text) : text,
      replaced: (other) =>
        body.replaceAll(each, (_, opening: string) => (other === undefined ? "" : `${opening}${other}</${name}>`)),
    };
  });
}

/** What stands there in its place: nothing, or what such a part never is. */
function spoiled({ name, value }: Part, absent: readonly string[] = []): readonly Odd[] {
  const nothing = absent.includes(name) ? [] : [undefined];
  if (typeof value === "number") return [...nothing, -1, "NaN", 1e300, "soon", ""];
  if (typeof value === "boolean") return [...nothing, "", 7];
  if (typeof value === "string") return [...nothing, ""];
  return nothing;
}

/** Parts that AWS itself leaves out: without them an answer says truly that there is no such thing. */
const mayBeAbsent: Readonly<Record<string, readonly string[]>> = {
  DescribeLogGroups: ["retentionInDays", "kmsKeyId"],
  GetBucketAcl: ["Grant"],
  GetBucketEncryption: ["KMSMasterKeyID"],
  LookupEvents: ["Events[]"],
};

const unlogged = calls(10, 2, "Inferences", "AWS/BedrockMantle");
const failed = calls(10, 2, "ModelInvocationLogsS3DeliveryFailure");
const failedToGroup = calls(10, 2, "ModelInvocationLogsCloudWatchDeliveryFailure");
const early = calls(10, 30 * 24);
const changes = (config: object) => [
  change("DeleteModelInvocationLoggingConfiguration", 12, null),
  change("PutModelInvocationLoggingConfiguration", 11.875, { loggingConfig: config }),
];
const dark = { textDataDeliveryEnabled: false };
const lostKeys = [{ id: "k", region: here, state: "PendingDeletion" }] as const;
const open = aBucket("logs", [], {
  lifecycle: [expiring(7)],
  encryption: { algorithm: "aws:kms", keyId },
  ownership: "ObjectWriter",
  publicAccessBlock: null,
  grants: [{ group: "AllUsers", permission: "READ" }],
  policy: null,
});
const badScenes: readonly Scene[] = [
  {
    name: "a bucket where nothing is well",
    world: worldOf({
      config: { ...toS3, ...dark },
      buckets: [open],
      region: { metrics: [early, failed, unlogged], trailEvents: changes({ ...toS3, ...dark }) },
      account: { keys: lostKeys },
    }),
  },
  {
    name: "a log group where nothing is well",
    world: worldOf({
      config: { ...toGroup, ...dark },
      buckets: [open],
      groups: [group(7, { kmsKeyId: keyId })],
      region: { metrics: [early, failedToGroup, unlogged], trailEvents: changes({ ...toGroup, ...dark }) },
      account: { keys: lostKeys, roles: [deliveryRole("log", { inline: {}, attached: [] })] },
    }),
  },
  { name: "no logging", world: worldOf({ config: null, region: { metrics: [calls(10, 2), unlogged] } }) },
];
/** They say who is asked, and where: what they leave out is not looked at. */
const ofScope = ["AssumeRole", "GetCallerIdentity", "GetParametersByPath", "ListAccounts", "ListRegions"];

/** The gravest verdict of each control. */
function byControl({ results }: Outcome): ReadonlyMap<string, string> {
  const order = ["FAIL", "UNKNOWN", "PASS", "NOT_APPLICABLE"];
  const gravest = new Map<string, string>();
  for (const [key, said] of Object.entries(results)) {
    const [, , control = ""] = key.split(" ");
    const [verdict = ""] = said.split(" ");
    const known = gravest.get(control);
    if (known === undefined || order.indexOf(verdict) < order.indexOf(known)) gravest.set(control, verdict);
  }
  return gravest;
}

describe("an answer that has lost a part, or has an odd one in its place", async () => {
  const honest = await Promise.all(badScenes.map((scene) => outcome(scene)));
  const all = badScenes.flatMap((scene, at) =>
    (honest[at]?.asked ?? [])
      .filter((api) => !ofScope.includes(api))
      .map((api) => ({ scene, api, before: honest[at] })),
  );

  it("is looked for where much is wrong", () => {
    expect(honest.map((each) => [...byControl(each)].filter(([, verdict]) => verdict !== "FAIL")))
      .toMatchInlineSnapshot(`
      [
        [
          [
            "invocation-logging-enabled",
            "PASS",
          ],
          [
            "log-group-retention",
            "NOT_APPLICABLE",
          ],
        ],
        [
          [
            "invocation-logging-enabled",
            "PASS",
          ],
          [
            "s3-log-retention",
            "NOT_APPLICABLE",
          ],
        ],
        [
          [
            "delivery-alive",
            "NOT_APPLICABLE",
          ],
          [
            "log-destination-reachable",
            "NOT_APPLICABLE",
          ],
          [
            "log-group-retention",
            "NOT_APPLICABLE",
          ],
          [
            "log-store-hardened",
            "NOT_APPLICABLE",
          ],
          [
            "logs-complete",
            "NOT_APPLICABLE",
          ],
          [
            "required-modalities-logged",
            "NOT_APPLICABLE",
          ],
          [
            "s3-log-retention",
            "NOT_APPLICABLE",
          ],
        ],
      ]
    `);
  });

  it("makes no FAIL better", { timeout: 300_000 }, () =>
    fc.assert(
      fc.asyncProperty(fc.constantFrom(...all), fc.nat(), fc.nat(), async ({ api, before, scene }, which, how) => {
        let done = "nothing";
        const of = (body: string): string => {
          const parts = partsOf(body)
            .map((part) => ({ ...part, others: spoiled(part, mayBeAbsent[api]) }))
            .filter(({ others }) => others.length > 0);
          const part = parts[which % parts.length];
          if (part === undefined) return body;
          const { others } = part;
          const other = others[how % others.length];
          done = `${api}: ${part.name} is ${other === undefined ? "left out" : JSON.stringify(other)} in ${body.slice(0, 500)}`;
          return part.replaced(other);
        };
        const after = await outcome(scene, [every(api, { kind: "rewrite", of })]);
        expect(after.exitCode, done).not.toBe(0);
        const verdicts = byControl(after);
        const isOff = verdicts.get("invocation-logging-enabled") === "FAIL";
        for (const [control, verdict] of byControl(before ?? after))
          if (verdict === "FAIL" && !(isOff && verdicts.get(control) === "NOT_APPLICABLE"))
            expect(["FAIL", "UNKNOWN"], `${control}, ${done}`).toContain(verdicts.get(control));
      }),
      { numRuns: 80, seed },
    ),
  );
});
