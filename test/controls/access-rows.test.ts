import { describe, expect, it } from "vitest";
import type { Fault } from "../../scripts/demo/aws/faults.ts";
import type { SimulatedKey } from "../../scripts/demo/aws/world.ts";
import { account, deliveryPolicy, deliveryRole, otherAccount } from "../aws/small-world.ts";
import {
  calls,
  casesOf,
  checked,
  group,
  here,
  of,
  type Setup,
  toBoth,
  toGroup,
  toGroupAlone,
  type Row,
  told,
  toldOf,
  toS3,
  worldOf,
} from "./kit.ts";

const noPolicies = { inline: {}, attached: [] };
const document = (Statement: object | readonly object[]) => ({ Version: "2012-10-17", Statement });
const everyone = document({ Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: "arn:aws:s3:::logs/*" });
const letsAll = document([...deliveryPolicy("logs").Statement, everyone.Statement]);
const on = { BlockPublicAcls: true, IgnorePublicAcls: true, BlockPublicPolicy: true, RestrictPublicBuckets: true };
const off = { BlockPublicAcls: false, IgnorePublicAcls: false, BlockPublicPolicy: false, RestrictPublicBuckets: false };
const toAll = [{ group: "AllUsers" as const, permission: "READ" }];
const service = { Principal: { Service: "bedrock.amazonaws.com" }, Action: "s3:PutObject" };
const key = (state: SimulatedKey["state"]): SimulatedKey => ({ id: "k", region: here, state });
const keyArn = `arn:aws:kms:${here}:${account}:key/k`;
const withKey = { encryption: { algorithm: "aws:kms" as const, keyId: keyArn } };
const managed = `arn:aws:iam::${account}:policy/write`;
const writing = { Effect: "Allow", Action: "logs:*", Resource: "*" };
const writes = document(writing);
const quiet = { deletionProtectionEnabled: true, bearerTokenAuthenticationEnabled: false };
const inGroup = { config: toGroupAlone, groups: [group(null, quiet)] };
const delivered = (channel: string, hoursAgo: number) => {
  const lately = calls(5, hoursAgo + 1, `ModelInvocation${channel}DeliverySuccess`);
  return {
    ...lately,
    *points(from: number, to: number) {
      for (const point of lately.points(from, to)) {
        yield point;
        return;
      }
    },
  };
};

const reaching: readonly Row[] = [
  ["a bucket whose policy lets Bedrock in", {}, { reach: "PASS reachable" }],
  ["a group whose role lets Bedrock write", inGroup, { reach: "PASS reachable" }],
  ["row 18: a role that is not there", { ...inGroup, account: { roles: [] } }, { reach: "FAIL role-missing" }],
  [
    "a role that is not there, behind which a delivery came today",
    { ...inGroup, account: { roles: [] }, region: { metrics: [delivered("LogsCloudWatch", 20)] } },
    { reach: "PASS reachable" },
  ],
  [
    "a role that is not there, behind which the last delivery came two days ago",
    { ...inGroup, account: { roles: [] }, region: { metrics: [delivered("LogsCloudWatch", 48)] } },
    { reach: "FAIL role-missing" },
  ],
  [
    "a role that trusts another service",
    {
      ...inGroup,
      account: {
        roles: [
          deliveryRole("log", {
            trust: document({
              Effect: "Allow",
              Principal: { Service: "ec2.amazonaws.com" },
              Action: "sts:AssumeRole",
            }),
          }),
        ],
      },
    },
    { reach: "FAIL role-untrusting" },
  ],
  [
    "a role that trusts Bedrock of another account",
    { ...inGroup, account: { roles: [{ ...deliveryRole("log", {}, otherAccount), inline: { writes } }] } },
    { reach: "FAIL role-untrusting" },
  ],
  [
    "a role without a policy",
    { ...inGroup, account: { roles: [deliveryRole("log", noPolicies)] } },
    { reach: "FAIL role-cannot-write" },
  ],
  [
    "a role that may write to another group",
    {
      ...inGroup,
      account: {
        roles: [
          deliveryRole("log", {
            inline: {
              write: document({
                Effect: "Allow",
                Action: "logs:PutLogEvents",
                Resource: `arn:aws:logs:${here}:${account}:log-group:/b/other:*`,
              }),
            },
          }),
        ],
      },
    },
    { reach: "FAIL role-cannot-write" },
  ],
  [
    "a role that may write by an attached policy",
    {
      ...inGroup,
      account: {
        roles: [deliveryRole("log", { inline: {}, attached: [managed] })],
        policies: [{ arn: managed, document: writes }],
      },
    },
    { reach: "PASS reachable" },
  ],
  [
    "a role whose boundary allows something else",
    {
      ...inGroup,
      account: {
        roles: [deliveryRole("log", { boundary: managed })],
        policies: [{ arn: managed, document: document({ Effect: "Allow", Action: "s3:*", Resource: "*" }) }],
      },
    },
    { reach: "FAIL role-cannot-write" },
  ],
  [
    "a role whose policy hangs on something that is not judged",
    {
      ...inGroup,
      account: {
        roles: [
          deliveryRole("log", {
            inline: {
              write: document({ ...writing, Condition: { IpAddress: { "aws:SourceIp": "10.0.0.0/8" } } }),
            },
          }),
        ],
      },
    },
    { reach: "PASS reachable writability-unread" },
  ],
  [
    "a role that may not be read",
    { ...inGroup, region: { denies: ["iam:GetRole"] } },
    { reach: "PASS reachable writability-unread" },
  ],
  [
    "a role whose policies may not be read",
    { ...inGroup, region: { denies: ["iam:ListRolePolicies"] } },
    { reach: "PASS reachable writability-unread" },
  ],
  [
    "a role whose policies may not be read, that trusts nobody",
    {
      ...inGroup,
      region: { denies: ["iam:ListRolePolicies"] },
      account: { roles: [deliveryRole("log", { trust: document([]) })] },
    },
    { reach: "FAIL role-untrusting" },
  ],
  ["a bucket without a policy", { bucket: { policy: null } }, { reach: "FAIL policy-denies" }],
  [
    "a bucket without a policy, where a delivery came today",
    { bucket: { policy: null }, region: { metrics: [delivered("LogsS3", 3)] } },
    { reach: "PASS reachable" },
  ],
  [
    "a bucket whose policy lets Bedrock in elsewhere",
    {
      bucket: {
        policy: document({ Effect: "Allow", ...service, Resource: "arn:aws:s3:::logs/other/AWSLogs/*" }),
      },
    },
    { reach: "FAIL policy-denies" },
  ],
  [
    "a bucket whose policy denies what it allows",
    {
      bucket: {
        policy: document([
          ...deliveryPolicy("logs").Statement,
          { Effect: "Deny", Principal: "*", Action: "s3:Put*", Resource: "arn:aws:s3:::logs/bedrock/*" },
        ]),
      },
    },
    { reach: "FAIL policy-denies" },
  ],
  [
    "a bucket that wants encrypted calls, as many do",
    {
      bucket: {
        policy: document([
          ...deliveryPolicy("logs").Statement,
          {
            Effect: "Deny",
            Principal: "*",
            Action: "s3:*",
            Resource: ["arn:aws:s3:::logs", "arn:aws:s3:::logs/*"],
            Condition: { Bool: { "aws:SecureTransport": "false" } },
          },
        ]),
      },
    },
    { reach: "PASS reachable" },
  ],
  ["a bucket whose ACLs are on", { bucket: { ownership: "ObjectWriter" } }, { reach: "FAIL policy-denies" }],
  ["a bucket that never switched ACLs off", { bucket: { ownership: null } }, { reach: "FAIL policy-denies" }],
  [
    "a bucket whose policy may not be read",
    { bucket: { denies: ["s3:GetBucketPolicy"] } },
    { reach: "PASS reachable writability-unread" },
  ],
  [
    "a bucket whose policy may not be read, where a delivery came today",
    { bucket: { denies: ["s3:GetBucketPolicy"] }, region: { metrics: [delivered("LogsS3", 3)] } },
    { reach: "PASS reachable" },
  ],
  [
    "a bucket for large bodies that does not let Bedrock in",
    { config: toGroup, groups: [group(null, quiet)], bucket: { policy: null } },
    { reach: "FAIL policy-denies" },
  ],
];

const guarded: readonly Row[] = [
  ["a bucket as AWS makes it", {}, { guard: "PASS hardened no-kms-key no-lock no-versioning" }],
  [
    "a bucket with versions, a lock and a key",
    {
      bucket: { ...withKey, versioning: "Enabled", objectLock: { mode: "COMPLIANCE", days: 30 } },
      account: { keys: [key("Enabled")] },
    },
    { guard: "PASS hardened" },
  ],
  [
    "a policy for everyone, where nothing blocks it",
    { bucket: { policy: letsAll, publicAccessBlock: null, versioning: "Enabled" } },
    { guard: "FAIL public no-kms-key no-lock", reach: "PASS reachable" },
  ],
  [
    "… where the bucket blocks it",
    { bucket: { policy: letsAll, publicAccessBlock: on } },
    { guard: "PASS hardened no-kms-key no-lock no-versioning" },
  ],
  [
    "… where the account blocks it",
    { bucket: { policy: letsAll, publicAccessBlock: off }, account: { publicAccessBlock: on } },
    { guard: "PASS hardened no-kms-key no-lock no-versioning" },
  ],
  [
    "… where only new ones would be blocked",
    {
      bucket: { policy: letsAll, publicAccessBlock: { ...off, BlockPublicPolicy: true, IgnorePublicAcls: true } },
      account: { publicAccessBlock: off },
    },
    { guard: "FAIL public no-kms-key no-lock no-versioning" },
  ],
  [
    "… where the account's block may not be read",
    {
      bucket: { policy: letsAll, publicAccessBlock: off },
      region: { denies: ["s3:GetAccountPublicAccessBlock"] },
    },
    { guard: "UNKNOWN permission no-kms-key no-lock no-versioning" },
  ],
  [
    "an ACL for everyone",
    { bucket: { ownership: "BucketOwnerPreferred", grants: toAll, publicAccessBlock: off } },
    { guard: "FAIL public no-kms-key no-lock no-versioning" },
  ],
  [
    "an ACL for everyone that is ignored",
    {
      bucket: {
        ownership: "BucketOwnerPreferred",
        grants: toAll,
        publicAccessBlock: { ...off, IgnorePublicAcls: true },
      },
    },
    { guard: "PASS hardened no-kms-key no-lock no-versioning" },
  ],
  [
    "row 19: a bucket whose key is to be deleted",
    { bucket: withKey, account: { keys: [key("PendingDeletion")] } },
    { guard: "FAIL key-unusable no-lock no-versioning", s3: "PASS kept" },
  ],
  ["a bucket whose key is gone", { bucket: withKey }, { guard: "UNKNOWN unexpected no-lock no-versioning" }],
  [
    "row 19: a group whose key is to be deleted",
    {
      config: toGroupAlone,
      groups: [group(null, { ...quiet, kmsKeyId: keyArn })],
      account: { keys: [key("PendingDeletion")] },
    },
    { guard: "FAIL key-unusable", group: "PASS kept large-bodies-lost" },
  ],
  ["a group that is well kept", { ...inGroup }, { guard: "PASS hardened no-kms-key" }],
  [
    "a group that all the notes are about",
    {
      config: toGroupAlone,
      groups: [
        group(null, {
          deletionProtectionEnabled: false,
          bearerTokenAuthenticationEnabled: true,
          dataProtectionPolicy: document([]),
        }),
      ],
    },
    { guard: "PASS hardened bearer-token data-protection deletion-unprotected no-kms-key" },
  ],
  [
    "a group of which AWS does not say whether it is protected",
    { config: toGroupAlone, groups: [group(null)] },
    { guard: "PASS hardened deletion-protection-unsaid no-kms-key" },
  ],
  ["a store that is not there", { buckets: [] }, { guard: "NOT_APPLICABLE store-missing" }],
  [
    "a group that may not be listed",
    { ...inGroup, region: { denies: ["logs:DescribeLogGroups"] } },
    { guard: "UNKNOWN permission" },
  ],
  ["logging that is off", { config: null }, { guard: "NOT_APPLICABLE logging-off" }],
];

describe.each([
  ["whether Bedrock can write there", reaching],
  ["whether the stores are guarded", guarded],
])("%s", (_, rows) => {
  it.each(casesOf(rows))("$what", async (row) => {
    const { expected, told: said } = await toldOf(row);
    expect(said).toEqual(expected);
  });
});

it("each store has a result of its own; one bucket that serves as both has one", async () => {
  const resources = async (config: NonNullable<Setup["config"]>) => {
    const report = await checked(worldOf({ config, groups: [group(null, quiet)] }));
    return report.results.filter(({ control }) => control === "log-store-hardened").map(({ resource }) => resource);
  };
  expect(await resources(toGroup)).toEqual(["bucket:logs", "log-group:/b/log"]);
  expect(await resources(toBoth)).toEqual(["bucket:logs", "log-group:/b/log"]);
  expect(await resources({ ...toGroup, ...toS3 })).toEqual(["bucket:logs", "log-group:/b/log"]);
});

it.each([
  [["bedrock"], [], "FAIL policy-denies"],
  [["large"], [], "FAIL policy-denies"],
  [["bedrock", "large"], [], "PASS reachable"],
  // What it did today it may do; the other prefix is judged by the policy.
  [["large"], [delivered("LogsS3", 3)], "PASS reachable"],
  [["bedrock"], [delivered("LogsS3", 3)], "FAIL policy-denies"],
])("of one bucket that serves as both, Bedrock must be let into both prefixes: %j", async (prefixes, metrics, said) => {
  const Resource = prefixes.map((prefix) => `arn:aws:s3:::logs/${prefix}/AWSLogs/*`);
  const world = worldOf({
    config: { ...toGroup, ...toS3 },
    groups: [group(null, quiet)],
    bucket: { policy: document({ Effect: "Allow", ...service, Resource }) },
    region: { metrics },
  });
  const { results } = await checked(world);
  const found = results.filter(
    ({ control, resource }) => control === "log-destination-reachable" && resource === "bucket:logs",
  );
  expect(found.map(({ code, verdict }) => `${verdict} ${code}`)).toEqual([said]);
});

describe("the words", () => {
  it("name the store, what opens it, and the command that closes it", async () => {
    const found = of(await checked(worldOf({ bucket: { policy: letsAll, publicAccessBlock: off } })), "guard");
    expect(found).toMatchObject({ severity: "critical", reason: "Bucket logs is public by its policy." });
    expect(found.remediation).toBe(
      "aws s3api put-public-access-block --bucket logs --public-access-block-configuration BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true # Terraform: s3_bucket_public_access_block",
    );
  });

  it("name the key, its state, and how it comes back", async () => {
    const world = worldOf({ bucket: withKey, account: { keys: [key("PendingDeletion")] } });
    expect(of(await checked(world), "guard")).toMatchObject({
      severity: "high",
      reason: `Key ${keyArn} is PendingDeletion: logs become unreadable.`,
      remediation: `aws kms cancel-key-deletion --region ${here} --key-id ${keyArn} && aws kms enable-key --region ${here} --key-id ${keyArn} # Terraform: kms_key.is_enabled`,
    });
  });

  it("say who does not let Bedrock write, and print the whole policy that does", async () => {
    const bare = of(await checked(worldOf({ bucket: { policy: everyone } })), "reach");
    expect(bare.reason).toBe("The policy of bucket logs does not let Bedrock write to bucket logs.");
    const [, text = ""] = /--policy '(.*)' #/.exec(bare.remediation ?? "") ?? [];
    const mended = await checked(worldOf({ bucket: { policy: JSON.parse(text) as object } }));
    expect(told(of(mended, "reach"))).toBe("PASS reachable");
    expect(text).toContain(JSON.stringify(everyone.Statement).slice(1, -1));
  });

  it("print a role that lets Bedrock write, where there is none", async () => {
    const gone = of(await checked(worldOf({ ...inGroup, account: { roles: [] } })), "reach");
    expect(gone.reason).toBe("Role log, which does not exist, does not let Bedrock write to log group /b/log.");
    const documents = [...(gone.remediation ?? "").matchAll(/-document '([^']*)'/g)].map(
      ([, text = ""]) => JSON.parse(text) as object,
    );
    const [trust = {}, write = {}] = documents;
    const roles = [{ name: "log", trust, inline: { write }, attached: [] }];
    expect(told(of(await checked(worldOf({ ...inGroup, account: { roles } })), "reach"))).toBe("PASS reachable");
  });

  it("say what to grant where a policy could not be read", async () => {
    const { notes } = of(
      await checked(
        worldOf({
          ...inGroup,
          region: { denies: ["iam:GetPolicyVersion"] },
          account: {
            roles: [deliveryRole("log", { inline: {}, attached: [managed] })],
            policies: [{ arn: managed, document: writes }],
          },
        }),
      ),
      "reach",
    );
    expect(notes[0]?.text).toContain("Grant iam:GetPolicyVersion.");
  });
});

/** Each call of the fact, with a store that needs it. */
const hardeningActions: readonly (readonly [action: string, setup: Setup])[] = [
  ["s3:GetBucketPolicy", {}],
  ["s3:GetBucketPolicyStatus", {}],
  ["s3:GetBucketPublicAccessBlock", {}],
  ["s3:GetAccountPublicAccessBlock", {}],
  ["s3:GetBucketOwnershipControls", {}],
  ["s3:GetBucketAcl", {}],
  ["s3:GetEncryptionConfiguration", {}],
  ["kms:DescribeKey", { bucket: withKey, account: { keys: [key("Enabled")] } }],
  ["logs:GetDataProtectionPolicy", inGroup],
];

it.each(hardeningActions)("without %s the store's guard is unknown, which is medium", async (action, setup) => {
  const report = await checked(worldOf({ ...setup, region: { denies: [action] } }));
  const found = of(report, "guard");
  expect(found).toMatchObject({ verdict: "UNKNOWN", code: "permission", severity: "medium" });
  expect(found.reason).toContain(`Grant ${action}.`);
  expect(report.run.exitCode).toBe(0);
  expect((await checked(worldOf({ ...setup, region: { denies: [action] } }), { failOn: "medium" })).run.exitCode).toBe(
    4,
  );
});

it("a refusal by the bucket's own policy is unknown, too", async () => {
  const world = worldOf({ bucket: { denies: ["s3:GetBucketAcl"] } });
  expect(of(await checked(world), "guard")).toMatchObject({ verdict: "UNKNOWN", severity: "medium" });
});

describe("answers that contradict each other", () => {
  const replaced = (api: string, body: string, match = ""): Fault => ({
    api,
    match,
    count: 999,
    do: { kind: "replace", status: 200, body, headers: { "content-length": String(Buffer.byteLength(body)) } },
  });
  const absent = (api: string, code: string): Fault => ({ api, count: 999, do: { kind: "error", status: 404, code } });

  it.each([
    [
      "a status without a policy",
      { bucket: { policy: null } },
      [replaced("GetBucketPolicyStatus", "<PolicyStatus><IsPublic>false</IsPublic></PolicyStatus>")],
    ],
    ["a policy without a status", {}, [absent("GetBucketPolicyStatus", "NoSuchBucketPolicy")]],
  ])("%s", async (_, setup, faults) => {
    expect(of(await checked(worldOf(setup), {}, faults), "guard")).toMatchObject({
      verdict: "UNKNOWN",
      code: "contradictory-facts",
    });
  });

  it("another role than the one that was asked for", async () => {
    const [trust, arn] = [encodeURIComponent(JSON.stringify(document([]))), "arn:aws:iam::111122223333:role/else"];
    const role = `<Role><Arn>${arn}</Arn><AssumeRolePolicyDocument>${trust}</AssumeRolePolicyDocument></Role>`;
    const body = `<GetRoleResponse><GetRoleResult>${role}</GetRoleResult></GetRoleResponse>`;
    const found = of(await checked(worldOf(inGroup), {}, [replaced("GetRole", body)]), "reach");
    expect(told(found)).toBe("PASS reachable writability-unread");
    expect(found.notes[0]?.text).toContain("contradictory-facts");
  });
});
