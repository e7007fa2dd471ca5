import { ListUsersCommand } from "@aws-sdk/client-iam";
import { ListKeysCommand } from "@aws-sdk/client-kms";
import { GetPublicAccessBlockCommand, ListAccessPointsCommand } from "@aws-sdk/client-s3-control";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Fault } from "../../scripts/demo/aws/faults.ts";
import { simulatedCredentials } from "../../scripts/demo/aws/keys.ts";
import { startSimulatedAws } from "../../scripts/demo/aws/simulated-aws.ts";
import { openAws } from "../../server/aws/aws.ts";
import {
  accountPublicAccessBlock,
  bucketEncryption,
  bucketOwnership,
  bucketPolicy,
  bucketPolicyStatus,
  bucketPublicAccessBlock,
  bucketPublicGrants,
} from "../../server/aws/bucket-access.ts";
import { classify } from "../../server/aws/classify.ts";
import type { AwsAccount } from "../../server/aws/clients.ts";
import {
  attachedPolicies,
  findRole,
  inlinePolicy,
  inlinePolicyNames,
  policyVersion,
  policyVersionInForce,
} from "../../server/aws/iam-roles.ts";
import { keyState } from "../../server/aws/kms-keys.ts";
import { findLogGroup, hasDataProtection } from "../../server/aws/log-groups.ts";
import { silentLog } from "../../server/lib/log.ts";
import { aBucket, account, aLogGroup, anAccount, aWorld, now, otherAccount, region } from "./small-world.ts";

const here = "us-east-1";
const keyId = "1234abcd-12ab-34cd-56ef-1234567890ab";
const keyArn = `arn:aws:kms:${here}:${account}:key/${keyId}`;
const statement = (over: object) => ({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...over }] });
const open_ = statement({ Principal: "*", Action: "s3:GetObject", Resource: "arn:aws:s3:::open/*" });
const odd = statement({ Action: "logs:*", Resource: "*", Condition: { StringLike: { "aws:x": "100%+ä&<" } } });
const boundary = `arn:aws:iam::${account}:policy/boundary`;
const managed = `arn:aws:iam::${account}:policy/team/writer`;
const on = { BlockPublicAcls: true, IgnorePublicAcls: true, BlockPublicPolicy: true, RestrictPublicBuckets: true };

const world = aWorld({
  accounts: [
    anAccount(account, {
      regions: new Map([[here, region()]]),
      publicAccessBlock: { ...on, IgnorePublicAcls: false },
      roles: [
        { name: "log", trust: odd, inline: { one: odd, "two+2": open_ }, attached: [managed], boundary },
        { name: "bare", trust: odd, inline: {}, attached: [] },
        {
          name: "many",
          trust: odd,
          inline: Object.fromEntries(Array.from({ length: 230 }, (_, n) => [`p${n}`, odd])),
          attached: [],
        },
      ],
      policies: [{ arn: managed, document: odd }],
      keys: [
        { id: keyId, region: here, state: "PendingDeletion" },
        { id: "on", region: here, state: "Enabled" },
      ],
      logGroups: [
        aLogGroup("/b/log", [], { kmsKeyId: keyArn, deletionProtectionEnabled: false, dataProtectionPolicy: odd }),
        aLogGroup("/b/plain", []),
      ],
    }),
  ],
  buckets: [
    aBucket("new", [], { policy: null }),
    aBucket("open", [], {
      policy: open_,
      publicAccessBlock: { ...on, RestrictPublicBuckets: false },
      ownership: "ObjectWriter",
      grants: [
        { group: "AllUsers", permission: "READ" },
        { group: "AuthenticatedUsers", permission: "WRITE" },
      ],
      encryption: { algorithm: "aws:kms", keyId: keyArn },
    }),
    aBucket("bare", [], { publicAccessBlock: null, ownership: null, encryption: null }),
  ],
});

async function open(faults: readonly Fault[] = []): Promise<AwsAccount> {
  const simulated = await startSimulatedAws(world, { clock: () => now, faults: { seed: 1, faults } });
  onTestFinished(simulated.close);
  const aws = openAws({
    endpoint: simulated.url,
    region: here,
    quotaShare: 10_000,
    clock: Date.now,
    log: silentLog,
    credentials: async () => simulatedCredentials(account),
  });
  return aws.account(account);
}

const iam = (own: AwsAccount) => ({ account: own, region: here });
const bucket = (own: AwsAccount, name: string) => ({ account: own, region: here, bucket: name, owner: account });

describe("a bucket", () => {
  it("as AWS makes it has no policy, no public grant, and S3's own keys", async () => {
    const own = await open();
    const at = bucket(own, "new");
    expect(await bucketPolicy(at)).toBeNull();
    expect(await bucketPolicyStatus(at)).toBeNull();
    expect(await bucketPublicAccessBlock(at)).toEqual({
      ignoresPublicAcls: true,
      restrictsPublicBuckets: true,
      blocksPublicAcls: true,
      blocksPublicPolicy: true,
    });
    expect(await bucketOwnership(at)).toBe("BucketOwnerEnforced");
    expect(await bucketPublicGrants(at)).toEqual([]);
    expect(await bucketEncryption(at)).toEqual({ algorithm: "AES256", keyId: null });
  });

  it("that is open to everyone says by what", async () => {
    const own = await open();
    const at = bucket(own, "open");
    expect(await bucketPolicy(at)).toEqual(open_);
    expect(await bucketPolicyStatus(at)).toBe(true);
    expect(await bucketPublicAccessBlock(at)).toMatchObject({ ignoresPublicAcls: true, restrictsPublicBuckets: false });
    expect(await bucketOwnership(at)).toBe("ObjectWriter");
    expect(await bucketPublicGrants(at)).toEqual([
      { to: "AllUsers", permission: "READ" },
      { to: "AuthenticatedUsers", permission: "WRITE" },
    ]);
    expect(await bucketEncryption(at)).toEqual({ algorithm: "aws:kms", keyId: keyArn });
  });

  it("with nothing set has nothing, and that is read", async () => {
    const at = bucket(await open(), "bare");
    expect(await bucketPublicAccessBlock(at)).toBeNull();
    expect(await bucketOwnership(at)).toBeNull();
    expect(await bucketEncryption(at)).toBeNull();
  });

  it("that is not there is no bucket without settings", async () => {
    const at = bucket(await open(), "gone");
    for (const read of [bucketPolicy, bucketPublicAccessBlock, bucketOwnership, bucketPublicGrants, bucketEncryption])
      await expect(read(at)).rejects.toMatchObject({ name: "NoSuchBucket" });
  });
});

it("a flag in capitals is a flag", async () => {
  const body = "<PolicyStatus><IsPublic>TRUE</IsPublic></PolicyStatus>";
  const headers = { "content-length": String(Buffer.byteLength(body)) };
  const own = await open([{ api: "GetBucketPolicyStatus", do: { kind: "replace", body, headers } }]);
  expect(await bucketPolicyStatus(bucket(own, "open"))).toBe(true);
});

it("the account's own block is asked of S3 Control, by path", async () => {
  const block = await accountPublicAccessBlock(await open(), here);
  expect(block).toMatchObject({ ignoresPublicAcls: false, restrictsPublicBuckets: true });
});

describe("a role", () => {
  it("is read with its trust, its policies and its boundary", async () => {
    const at = iam(await open());
    expect(await findRole(at, "log")).toEqual({
      arn: `arn:aws:iam::${account}:role/log`,
      trust: odd,
      boundaryArn: boundary,
    });
    expect(await inlinePolicyNames(at, "log")).toEqual(["one", "two+2"]);
    expect(await inlinePolicy(at, "log", "two+2")).toEqual(open_);
    expect(await attachedPolicies(at, "log")).toEqual([managed]);
    expect(await policyVersion(at, managed, await policyVersionInForce(at, managed))).toEqual(odd);
  });

  it("without policies has none; with many, all pages of them", async () => {
    const at = iam(await open());
    expect(await inlinePolicyNames(at, "bare")).toEqual([]);
    expect(await attachedPolicies(at, "bare")).toEqual([]);
    expect(await inlinePolicyNames(at, "many")).toHaveLength(230);
  });

  it("that is not there is none", async () => {
    expect(await findRole(iam(await open()), "gone")).toBeNull();
  });
});

it("a key has a state, by its id or ARN; one that is not there is no answer", async () => {
  const own = await open();
  expect([await keyState(own, here, keyId), await keyState(own, here, keyArn)]).toEqual([
    "PendingDeletion",
    "PendingDeletion",
  ]);
  expect(await keyState(own, here, "on")).toBe("Enabled");
  await expect(keyState(own, here, "gone")).rejects.toMatchObject({ name: "NotFoundException" });
});

it("a log group says what protects it, as far as AWS says it", async () => {
  const own = await open();
  expect(await findLogGroup(own, here, "/b/log")).toMatchObject({
    kmsKeyId: keyArn,
    deletionProtected: false,
    bearerToken: null,
  });
  expect(await findLogGroup(own, here, "/b/plain")).toMatchObject({ kmsKeyId: null, deletionProtected: null });
  const protectedNow = ["/b/log", "/b/plain", "/b/gone"].map((name) => hasDataProtection(own, here, name));
  expect(await Promise.all(protectedNow)).toEqual([true, false, false]);
});

describe("what the simulated AWS does not know", () => {
  it("is refused as each service does it", async () => {
    const own = await open();
    const [users, keys, points] = [await own.iam(here), await own.kms(here), await own.s3control(here)];
    await expect(users.send(new ListUsersCommand({}))).rejects.toMatchObject({ name: "InvalidAction" });
    await expect(keys.send(new ListKeysCommand({}))).rejects.toMatchObject({ name: "UnknownOperationException" });
    const ofAccount = new ListAccessPointsCommand({ AccountId: account });
    await expect(points.send(ofAccount)).rejects.toMatchObject({ name: "NotImplemented" });
    const ofOther = new GetPublicAccessBlockCommand({ AccountId: otherAccount });
    await expect(points.send(ofOther)).rejects.toMatchObject({ name: "AccessDenied" });
  });
});

type Read = readonly [api: string, read: (own: AwsAccount) => Promise<unknown>, odd: readonly string[]];

const policyText = `<Role><Arn>a</Arn><AssumeRolePolicyDocument>%7B</AssumeRolePolicyDocument></Role>`;
const keyWith = (over: object) =>
  JSON.stringify({ KeyMetadata: { KeyId: keyId, Arn: keyArn, Enabled: true, KeyState: "Enabled", ...over } });

/** Each call, and answers of the right root that are none. */
const reads: readonly Read[] = [
  ["GetBucketPolicy", (own) => bucketPolicy(bucket(own, "open")), ["{}", `"text"`, "null", `{"Version":"x"}`]],
  [
    "GetBucketPolicyStatus",
    (own) => bucketPolicyStatus(bucket(own, "open")),
    [
      "<PolicyStatus/>",
      "<PolicyStatus><IsPublic/></PolicyStatus>",
      "<PolicyStatus><IsPublic>no</IsPublic></PolicyStatus>",
    ],
  ],
  [
    "GetPublicAccessBlock",
    (own) => bucketPublicAccessBlock(bucket(own, "open")),
    [
      "<PublicAccessBlockConfiguration/>",
      "<PublicAccessBlockConfiguration><IgnorePublicAcls>true</IgnorePublicAcls></PublicAccessBlockConfiguration>",
    ],
  ],
  ["GetPublicAccessBlock", (own) => accountPublicAccessBlock(own, here), ["<PublicAccessBlockConfiguration/>"]],
  [
    "GetBucketOwnershipControls",
    (own) => bucketOwnership(bucket(own, "open")),
    [
      "<OwnershipControls/>",
      "<OwnershipControls><Rule/></OwnershipControls>",
      "<OwnershipControls><Rule><ObjectOwnership>Nobody</ObjectOwnership></Rule></OwnershipControls>",
    ],
  ],
  [
    "GetBucketAcl",
    (own) => bucketPublicGrants(bucket(own, "open")),
    [
      "<AccessControlPolicy/>",
      "<AccessControlPolicy><Owner><ID>a</ID></Owner></AccessControlPolicy>",
      "<AccessControlPolicy><Owner><ID>a</ID></Owner><AccessControlList><Grant><Permission>READ</Permission></Grant></AccessControlList></AccessControlPolicy>",
    ],
  ],
  [
    "GetBucketEncryption",
    (own) => bucketEncryption(bucket(own, "open")),
    [
      "<ServerSideEncryptionConfiguration/>",
      "<ServerSideEncryptionConfiguration><Rule/></ServerSideEncryptionConfiguration>",
      "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>rot13</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>",
    ],
  ],
  [
    "GetRole",
    (own) => findRole(iam(own), "log"),
    [
      "<GetRoleResponse/>",
      "<GetRoleResponse><GetRoleResult/></GetRoleResponse>",
      "<GetRoleResponse><GetRoleResult><Role><Arn>a</Arn></Role></GetRoleResult></GetRoleResponse>",
      `<GetRoleResponse><GetRoleResult>${policyText}</GetRoleResult></GetRoleResponse>`,
    ],
  ],
  [
    "ListRolePolicies",
    (own) => inlinePolicyNames(iam(own), "log"),
    [
      "<ListRolePoliciesResponse/>",
      "<ListRolePoliciesResponse><ListRolePoliciesResult/></ListRolePoliciesResponse>",
      "<ListRolePoliciesResponse><ListRolePoliciesResult><PolicyNames/></ListRolePoliciesResult></ListRolePoliciesResponse>",
      "<ListRolePoliciesResponse><ListRolePoliciesResult><PolicyNames/><IsTruncated>true</IsTruncated></ListRolePoliciesResult></ListRolePoliciesResponse>",
      "<ListRolePoliciesResponse><ListRolePoliciesResult><PolicyNames/><IsTruncated/></ListRolePoliciesResult></ListRolePoliciesResponse>",
      "<ListRolePoliciesResponse><ListRolePoliciesResult><IsTruncated>false</IsTruncated></ListRolePoliciesResult></ListRolePoliciesResponse>",
    ],
  ],
  [
    "ListAttachedRolePolicies",
    (own) => attachedPolicies(iam(own), "log"),
    [
      "<ListAttachedRolePoliciesResponse><ListAttachedRolePoliciesResult/></ListAttachedRolePoliciesResponse>",
      "<ListAttachedRolePoliciesResponse><ListAttachedRolePoliciesResult><IsTruncated>false</IsTruncated></ListAttachedRolePoliciesResult></ListAttachedRolePoliciesResponse>",
      "<ListAttachedRolePoliciesResponse><ListAttachedRolePoliciesResult><AttachedPolicies><member/></AttachedPolicies><IsTruncated>false</IsTruncated></ListAttachedRolePoliciesResult></ListAttachedRolePoliciesResponse>",
    ],
  ],
  [
    "GetRolePolicy",
    (own) => inlinePolicy(iam(own), "log", "one"),
    [
      "<GetRolePolicyResponse><GetRolePolicyResult/></GetRolePolicyResponse>",
      "<GetRolePolicyResponse><GetRolePolicyResult><PolicyDocument>%E0%A4%A</PolicyDocument></GetRolePolicyResult></GetRolePolicyResponse>",
      "<GetRolePolicyResponse><GetRolePolicyResult><PolicyDocument>%7B%7D</PolicyDocument></GetRolePolicyResult></GetRolePolicyResponse>",
    ],
  ],
  [
    "GetPolicy",
    (own) => policyVersionInForce(iam(own), managed),
    ["<GetPolicyResponse><GetPolicyResult><Policy/></GetPolicyResult></GetPolicyResponse>"],
  ],
  [
    "GetPolicyVersion",
    (own) => policyVersion(iam(own), managed, "v1"),
    ["<GetPolicyVersionResponse><GetPolicyVersionResult/></GetPolicyVersionResponse>"],
  ],
  [
    "DescribeKey",
    (own) => keyState(own, here, keyArn),
    [
      "{}",
      `{"KeyMetadata":{}}`,
      keyWith({ KeyState: "Melted", Enabled: false }),
      keyWith({ Enabled: false }),
      keyWith({ Enabled: null }),
      keyWith({ KeyId: "another", Arn: "another" }),
    ],
  ],
  [
    "GetDataProtectionPolicy",
    (own) => hasDataProtection(own, here, "/b/log"),
    [`{"policyDocument":7}`, `{"policyDocument":{"Statement":[]}}`],
  ],
];

const never = ["", "<html><body>Sign in</body></html>", "[]", "1", `{"Message":"ok"`, "<Result/>", "<Error/>"];

it.each(reads)("an answer of 200 to %s that is none is not read as one", async (api, read, own) => {
  for (const body of [...never, ...own]) {
    const headers = { "content-length": String(Buffer.byteLength(body)) };
    const account = await open([{ api, count: 99, do: { kind: "replace", body, headers } }]);
    const answer = await read(account).then(
      (value) => ({ value }),
      (error: unknown) => classify(error, evidence).class,
    );
    expect([body, answer]).toEqual([body, "unreadable-answer"]);
  }
});

const evidence = {
  regionInCatalogue: true,
  regionEnabled: true,
  invocations: null,
  stsWorks: true,
  otherHostAnswered: true,
};
