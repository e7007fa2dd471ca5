import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Permission,
  permissionOf,
  permissionWithin,
  type PolicyQuestion,
} from "../../server/controls/iam-policy.ts";

const exactly = (text: string) => ({ text, open: false });
const source = "arn:aws:bedrock:us-east-1:111122223333:";
const folder = "arn:aws:s3:::logs/bedrock/AWSLogs/111122223333/BedrockModelInvocationLogs/us-east-1/";
const put: PolicyQuestion = {
  service: "bedrock.amazonaws.com",
  action: "s3:PutObject",
  resource: { text: folder, open: true },
  context: new Map([
    ["aws:sourceaccount", exactly("111122223333")],
    ["aws:sourcearn", { text: source, open: true }],
    ["aws:securetransport", exactly("true")],
  ]),
};
const assume: PolicyQuestion = { ...put, action: "sts:AssumeRole", resource: null };
const write: PolicyQuestion = {
  ...put,
  service: null,
  action: "logs:PutLogEvents",
  resource: exactly("arn:aws:logs:x"),
};

const allow = {
  Effect: "Allow",
  Principal: { Service: "bedrock.amazonaws.com" },
  Action: "s3:PutObject",
  Resource: "*",
};
const deny = { ...allow, Effect: "Deny" };
const policy = (...Statement: readonly unknown[]) => ({ Version: "2012-10-17", Statement });
const on = (Condition: unknown) => ({ ...allow, Condition });
const unless = (Condition: unknown) => policy(allow, { ...deny, Principal: "*", Condition });

type Row = readonly [what: string, statements: readonly unknown[], said: Permission];

const puts: readonly Row[] = [
  ["an Allow", [allow], "allowed"],
  ["nothing", [], "not-allowed"],
  ["a Deny before it", [deny, allow], "denied"],
  ["a Deny behind it", [allow, deny], "denied"],
  ["a Deny alone", [deny], "denied"],
  ["several actions", [{ ...allow, Action: ["s3:GetObject", "s3:PutObject"] }], "allowed"],
  ["an action in other letters", [{ ...allow, Action: "S3:putobject" }], "allowed"],
  ["a star in the action", [{ ...allow, Action: "s3:Put*" }], "allowed"],
  ["a question mark in the action", [{ ...allow, Action: "s3:?utObject" }], "allowed"],
  ["another action", [{ ...allow, Action: "s3:PutObjectAcl" }], "not-allowed"],
  ["all but other actions", [without(allow, "Action", { NotAction: "s3:Get*" })], "allowed"],
  ["all but this action, and others", [without(allow, "Action", { NotAction: ["s3:Get*", "s3:Put*"] })], "not-allowed"],
  ["action and its opposite", [{ ...allow, NotAction: "s3:Get*" }], "unsure"],
  ["no action", [without(allow, "Action", {})], "unsure"],
  ["an action that is no text", [{ ...allow, Action: 7 }], "unsure"],
  ["an empty list of actions", [{ ...allow, Action: [] }], "unsure"],
  ["the bucket's objects", [{ ...allow, Resource: "arn:aws:s3:::logs/*" }], "allowed"],
  ["the bucket, not its objects", [{ ...allow, Resource: "arn:aws:s3:::logs" }], "not-allowed"],
  ["the account's logs", [{ ...allow, Resource: "arn:aws:s3:::logs/bedrock/AWSLogs/111122223333/*" }], "allowed"],
  [
    "all accounts' logs",
    [{ ...allow, Resource: "arn:aws:s3:::logs/*/AWSLogs/*/BedrockModelInvocationLogs/*" }],
    "allowed",
  ],
  [
    "another account's logs",
    [{ ...allow, Resource: "arn:aws:s3:::logs/bedrock/AWSLogs/444455556666/*" }],
    "not-allowed",
  ],
  ["one year's logs", [{ ...allow, Resource: `${folder}2026/*` }], "unsure"],
  ["a Deny on one year's logs", [allow, { ...deny, Resource: `${folder}2026/*` }], "unsure"],
  ["a Deny on another folder", [allow, { ...deny, Resource: "arn:aws:s3:::logs/other/*" }], "allowed"],
  [
    "a folder of another bucket that hangs on the request",
    [{ ...allow, Resource: "arn:aws:s3:::other/${aws:SourceAccount}/*" }],
    "not-allowed",
  ],
  [
    "what may hang on the request",
    [{ ...allow, Resource: "arn:aws:s3:::logs/bedrock/AWSLogs/${aws:SourceAccount}/*" }],
    "unsure",
  ],
  ["all but another folder", [without(allow, "Resource", { NotResource: "arn:aws:s3:::logs/other/*" })], "allowed"],
  ["all but this folder", [without(allow, "Resource", { NotResource: "arn:aws:s3:::logs/*" })], "not-allowed"],
  ["another service", [{ ...allow, Principal: { Service: "ec2.amazonaws.com" } }], "not-allowed"],
  [
    "one of several services",
    [{ ...allow, Principal: { Service: ["ec2.amazonaws.com", "bedrock.amazonaws.com"] } }],
    "allowed",
  ],
  ["an account", [{ ...allow, Principal: { AWS: "111122223333" } }], "not-allowed"],
  [
    "an account and the service",
    [{ ...allow, Principal: { AWS: "111122223333", Service: "bedrock.amazonaws.com" } }],
    "allowed",
  ],
  ["everyone", [{ ...allow, Principal: "*" }], "unsure"],
  ["everyone of AWS", [{ ...allow, Principal: { AWS: "*" } }], "unsure"],
  ["a Deny to everyone", [allow, { ...deny, Principal: "*" }], "denied"],
  ["a Deny to everyone of AWS", [allow, { ...deny, Principal: { AWS: ["*"] } }], "denied"],
  ["a Deny to an account", [allow, { ...deny, Principal: { AWS: "444455556666" } }], "allowed"],
  ["a Deny to all but the service", [allow, without(deny, "Principal", { NotPrincipal: allow.Principal })], "allowed"],
  [
    "a Deny to all but an account",
    [allow, without(deny, "Principal", { NotPrincipal: { AWS: "111122223333" } })],
    "denied",
  ],
  ["an Allow to all but an account", [without(allow, "Principal", { NotPrincipal: { AWS: "1" } })], "unsure"],
  ["nobody", [without(allow, "Principal", {})], "unsure"],
  ["a principal of another kind", [{ ...allow, Principal: { Robot: "bedrock.amazonaws.com" } }], "unsure"],
  ["this account's calls", [on({ StringEquals: { "aws:SourceAccount": "111122223333" } })], "allowed"],
  ["the key in other letters", [on({ StringEquals: { "AWS:sourceaccount": ["4", "111122223333"] } })], "allowed"],
  ["another account's calls", [on({ StringEquals: { "aws:SourceAccount": "444455556666" } })], "not-allowed"],
  ["all but another account's", [on({ StringNotEquals: { "aws:SourceAccount": "444455556666" } })], "allowed"],
  ["all but these accounts'", [on({ StringNotEquals: { "aws:SourceAccount": ["4", "111122223333"] } })], "not-allowed"],
  ["this region's Bedrock", [on({ ArnLike: { "aws:SourceArn": `${source}*` } })], "allowed"],
  ["every region's Bedrock", [on({ ArnLike: { "aws:SourceArn": "arn:aws:bedrock:*:111122223333:*" } })], "allowed"],
  [
    "another region's Bedrock",
    [on({ ArnLike: { "aws:SourceArn": "arn:aws:bedrock:eu-west-1:111122223333:*" } })],
    "not-allowed",
  ],
  ["one model's", [on({ ArnLike: { "aws:SourceArn": `${source}model/x` } })], "unsure"],
  ["a star that would reach over the parts", [on({ ArnLike: { "aws:SourceArn": "arn:aws:bedrock:*" } })], "unsure"],
  ["a star in a text reaches", [on({ StringLike: { "aws:SourceArn": "arn:aws:bedrock:*" } })], "allowed"],
  [
    "a star in a text that is compared",
    [on({ StringEquals: { "aws:SourceArn": "arn:aws:bedrock:*" } })],
    "not-allowed",
  ],
  [
    "both conditions",
    [on({ StringEquals: { "aws:SourceAccount": "111122223333" }, ArnLike: { "aws:SourceArn": `${source}*` } })],
    "allowed",
  ],
  [
    "one of both conditions",
    [on({ StringEquals: { "aws:SourceAccount": "4" }, ArnLike: { "aws:SourceArn": `${source}*` } })],
    "not-allowed",
  ],
  ["what must be encrypted", unless({ Bool: { "aws:SecureTransport": "false" } }).Statement, "allowed"],
  ["what must be encrypted, as a truth", unless({ Bool: { "aws:SecureTransport": false } }).Statement, "allowed"],
  ["what must not be encrypted", unless({ Bool: { "aws:SecureTransport": "true" } }).Statement, "denied"],
  ["a key that is there", [on({ Null: { "aws:SourceAccount": "false" } })], "allowed"],
  ["a key that is missing", [on({ Null: { "aws:SourceAccount": "true" } })], "not-allowed"],
  ["a key if it is there", [on({ StringEqualsIfExists: { "aws:SourceAccount": "111122223333" } })], "allowed"],
  ["a key that is not known", [on({ StringEquals: { "s3:x-amz-acl": "private" } })], "unsure"],
  ["an operator that is not known", [on({ NumericLessThan: { "aws:SourceAccount": "7" } })], "unsure"],
  ["an operator over sets", [on({ "ForAllValues:StringEquals": { "aws:SourceAccount": "111122223333" } })], "unsure"],
  [
    "a Deny on a key that is not known",
    unless({ StringNotEquals: { "aws:PrincipalOrgID": "o-1" } }).Statement,
    "unsure",
  ],
  [
    "a value that hangs on the request",
    [on({ StringEquals: { "aws:SourceAccount": "${aws:PrincipalAccount}" } })],
    "unsure",
  ],
  ["a condition that is none", [on("always")], "unsure"],
  ["an effect that is none", [{ ...allow, Effect: "Maybe" }], "unsure"],
  ["an effect that is none, beside an Allow", [allow, { ...allow, Effect: "Maybe" }], "unsure"],
  ["an effect that is none, beside a Deny", [deny, { ...allow, Effect: "Maybe" }], "denied"],
  ["a member that is not known", [{ ...allow, Until: "2030" }], "unsure"],
  ["a statement that is none", [allow, "Deny"], "unsure"],
];

function without<T extends object>(statement: T, name: keyof T, over: object) {
  return Object.fromEntries([
    ...Object.entries(statement).filter(([member]) => member !== name),
    ...Object.entries(over),
  ]);
}

describe("a bucket's policy", () => {
  it.each(puts)("%s", (_, statements, said) => {
    expect(permissionOf([policy(...statements)], put)).toBe(said);
  });

  it("may be one statement without a list", () => {
    expect(permissionOf([{ Statement: allow }], put)).toBe("allowed");
    expect(permissionOf([{ Statement: 7 }], put)).toBe("unsure");
  });
});

describe("a policy of trust", () => {
  const trust = { Effect: "Allow", Principal: allow.Principal, Action: "sts:AssumeRole" };

  it.each<Row>([
    ["the service", [trust], "allowed"],
    ["another service", [{ ...trust, Principal: { Service: "lambda.amazonaws.com" } }], "not-allowed"],
    ["a person", [{ ...trust, Principal: { AWS: "arn:aws:iam::111122223333:user/a" } }], "not-allowed"],
    [
      "another account's Bedrock",
      [{ ...trust, Condition: { StringEquals: { "aws:SourceAccount": "4" } } }],
      "not-allowed",
    ],
    ["the service, with a resource, which it must not name", [{ ...trust, Resource: "*" }], "unsure"],
  ])("%s", (_, statements, said) => {
    expect(permissionOf([policy(...statements)], assume)).toBe(said);
  });
});

describe("the policies of a role", () => {
  const own = { Effect: "Allow", Action: "logs:*", Resource: "*" };

  it("count together, and a Deny in one of them is one for all", () => {
    const denied = policy({ ...own, Effect: "Deny" });
    expect(permissionOf([policy(), policy(own)], write)).toBe("allowed");
    expect(permissionOf([policy(own), denied], write)).toBe("denied");
    expect(permissionOf([], write)).toBe("not-allowed");
  });

  it("name nobody", () => {
    expect(permissionOf([policy({ ...own, Principal: "*" })], write)).toBe("unsure");
  });

  it("allow no more than their bound", () => {
    const all: readonly Permission[] = ["allowed", "denied", "not-allowed", "unsure"];
    for (const one of all) expect(permissionWithin(one, one)).toBe(one);
    for (const one of all) expect(permissionWithin("allowed", one)).toBe(one);
    expect(permissionWithin("unsure", "not-allowed")).toBe("not-allowed");
    expect(permissionWithin("not-allowed", "denied")).toBe("denied");
  });
});

const pattern = fc.string({ unit: fc.constantFrom("a", "b", "*", "?", "."), maxLength: 8 });
const text = fc.string({ unit: fc.constantFrom("a", "b", "."), maxLength: 6 });
const resourceOf = (Resource: string, known: { text: string; open: boolean }) =>
  permissionOf([policy({ ...allow, Resource })], { ...put, resource: known });
const regular = (glob: string) =>
  new RegExp(`^${glob.replace(/[.*?]/g, (mark) => (mark === "*" ? ".*" : mark === "?" ? "." : "\\."))}$`);

describe("a pattern", () => {
  it("is met as a regular expression would be", () => {
    fc.assert(
      fc.property(pattern, text, (glob, whole) => {
        const said = regular(glob).test(whole) ? "allowed" : "not-allowed";
        expect(resourceOf(glob, exactly(whole))).toBe(said);
      }),
    );
  });

  it("that is surely met by a beginning is met by whatever follows, and one that is surely not is by nothing", () => {
    fc.assert(
      fc.property(pattern, text, text, (glob, beginning, rest) => {
        const said = resourceOf(glob, { text: beginning, open: true });
        const meets = regular(glob).test(beginning + rest);
        if (said === "allowed") expect(meets).toBe(true);
        if (said === "not-allowed") expect(meets).toBe(false);
      }),
    );
  });

  it("of many stars is met in time", () => {
    expect(resourceOf("*a".repeat(1_000), exactly("a".repeat(1_999)))).toBe("allowed");
    expect(resourceOf(`${"*a".repeat(1_000)}b`, exactly("a".repeat(1_999)))).toBe("not-allowed");
  });
});

const rank: Record<Permission, number> = { denied: 0, "not-allowed": 1, unsure: 2, allowed: 3 };
const known = puts.flatMap(([, statements]) => statements);
const some = fc.array(fc.constantFrom(...known), { maxLength: 5 });
const said = (statements: readonly unknown[]) => permissionOf([policy(...statements)], put);

describe("statements", () => {
  it("count alike in any order, in one policy or in several", () => {
    fc.assert(
      fc.property(some, (statements) => {
        expect(said(statements.toReversed())).toBe(said(statements));
        expect(
          permissionOf(
            statements.map((one) => policy(one)),
            put,
          ),
        ).toBe(said(statements));
      }),
    );
  });

  it("a Deny more never allows more, an Allow more never allows less", () => {
    const effect = (wanted: string) =>
      fc.constantFrom(...known.filter((one) => (one as { Effect?: unknown } | null)?.Effect === wanted));
    fc.assert(
      fc.property(some, effect("Deny"), (statements, one) => {
        expect(rank[said([...statements, one])]).toBeLessThanOrEqual(rank[said(statements)]);
      }),
    );
    fc.assert(
      fc.property(some, effect("Allow"), (statements, one) => {
        expect(rank[said([...statements, one])]).toBeGreaterThanOrEqual(rank[said(statements)]);
      }),
    );
  });

  it("of any shape are answered, and what is no statement allows nothing for sure", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(["unsure", "not-allowed"]).toContain(permissionOf([{ Statement: value }], put));
        expect(["unsure", "not-allowed"]).toContain(permissionOf([policy({ ...allow, Principal: value })], put));
        for (const member of ["Condition", "Effect", "Action", "Resource", "Principal"])
          expect(permissionOf([policy({ ...allow, [member]: value })], put)).toBeTypeOf("string");
      }),
    );
  });
});
