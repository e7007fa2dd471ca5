import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { explainText } from "../../scripts/check-listing.ts";
import {
  callerActions,
  forbiddenActions,
  publisherActions,
  readerActions,
  regionActions,
} from "../../server/aws/permissions.ts";
import { collectors } from "../../server/controls/collectors/list.ts";
import { controls } from "../../server/controls/list.ts";
import { checked, group, toGroup, worldOf } from "./kit.ts";

const Statement = z.strictObject({
  Sid: z.string(),
  Effect: z.literal("Allow"),
  Action: z.union([z.string(), z.array(z.string())]),
  Resource: z.unknown(),
  Condition: z.record(z.string(), z.unknown()).optional(),
});
type Statement = z.infer<typeof Statement>;
const Policy = z.strictObject({ Version: z.literal("2012-10-17"), Statement: z.array(Statement) });
const Template = z.object({
  Resources: z.record(z.string(), z.object({ Type: z.string(), Properties: z.record(z.string(), z.unknown()) })),
});

const textOf = (name: string) => readFileSync(new URL(`../../deploy/${name}`, import.meta.url), "utf8");
const policyOf = (name: string) => Policy.parse(JSON.parse(textOf(name))).Statement;
const actionsOf = (statements: readonly Statement[]) => statements.flatMap(({ Action }) => Action);
const template = Template.parse(parse(textOf("audit-role.yaml"))).Resources;
const organization = Template.parse(parse(textOf("organization.yaml"))).Resources;
const embedded = z.array(z.object({ PolicyDocument: Policy })).parse(template["Role"]?.Properties["Policies"]);
const reader = Policy.parse(template["Reader"]?.Properties["PolicyDocument"]).Statement;

const publisher = Template.parse(parse(textOf("publisher-role.yaml"))).Resources["Role"];
const publishes = z
  .array(z.object({ PolicyDocument: Policy }))
  .parse(publisher?.Properties["Policies"])
  .flatMap(({ PolicyDocument }) => PolicyDocument.Statement);

const unique = (actions: readonly string[]) => [...new Set(actions)].toSorted();
const declared = unique([
  ...Object.values(collectors).flatMap(({ calls }) => calls.map(({ action }) => action)),
  ...regionActions,
]);
const granted = actionsOf(policyOf("audit-role.json"));
const audits = embedded.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);

describe("the audit role", () => {
  it.each([
    ["the policy", policyOf("audit-role.json")],
    ["the template", audits],
  ])("%s grants what the collectors and the list of regions need, and no more", (_, statements) => {
    expect(actionsOf(statements).toSorted()).toEqual(declared);
  });

  it("reads nothing but settings and counts", () => {
    for (const action of granted) expect(action).toMatch(/:(Get|List|Describe|Lookup)/);
    for (const content of ["s3:GetObject", "logs:GetLogEvents", "logs:FilterLogEvents", "logs:StartQuery"])
      expect(granted).not.toContain(content);
  });

  it("lists objects in the folders of the logs alone", () => {
    for (const statements of [policyOf("audit-role.json"), audits]) {
      const [listing, ...more] = statements.filter(({ Action }) => Action.includes("s3:ListBucket"));
      expect(more).toEqual([]);
      expect(JSON.stringify(listing?.Condition)).toContain("BedrockModelInvocationLogs/*");
    }
  });

  it("is refused nothing without an answer of UNKNOWN", async () => {
    const denies = granted.filter((action) => !regionActions.includes(action));
    const report = await checked(worldOf({ config: toGroup, groups: [group(90)], region: { denies } }));
    expect(new Set(report.results.map(({ control }) => control)).size).toBe(controls.length);
    expect(new Set(report.results.map(({ verdict }) => verdict))).toEqual(new Set(["UNKNOWN"]));
  });
});

describe("the other roles", () => {
  it("grant what is declared, and no more", () => {
    expect(unique(actionsOf(policyOf("reader-role.json")))).toEqual(unique(readerActions));
    expect(unique(actionsOf([...audits, ...reader]))).toEqual(unique([...declared, ...readerActions]));
    expect(unique(actionsOf(policyOf("auditor.json")))).toEqual(unique(callerActions));
    for (const statements of [policyOf("publisher-role.json"), publishes])
      expect(actionsOf(statements)).toEqual(publisherActions);
  });

  it("read and decrypt within bounds", () => {
    for (const statements of [policyOf("reader-role.json"), reader])
      for (const { Action, Condition, Resource } of statements) {
        if (Action.includes("s3:GetObject")) expect(JSON.stringify(Resource)).toContain("BedrockModelInvocationLogs/*");
        if (Action.includes("kms:Decrypt")) expect(JSON.stringify(Condition)).toContain("kms:ViaService");
      }
  });

  it("import findings of their own account alone", () => {
    for (const statements of [policyOf("publisher-role.json"), publishes])
      for (const { Resource } of statements)
        expect(JSON.stringify(Resource)).toMatch(
          /:securityhub:\*:(ACCOUNT|\$\{AWS::AccountId\}):product\/\1\/default"/,
        );
    const others = ["audit-role.json", "reader-role.json", "auditor.json"].flatMap((file) => actionsOf(policyOf(file)));
    expect(others.filter((action) => publisherActions.includes(action))).toEqual([]);
  });

  it("grant nothing that is forbidden", () => {
    for (const file of ["audit-role.json", "reader-role.json", "auditor.json", "publisher-role.json"])
      for (const action of actionsOf(policyOf(file))) expect(forbiddenActions).not.toContain(action);
  });

  it("may be assumed by one role, and only with an external id", () => {
    const roles = [template["Role"], publisher].map((role) => role?.Properties["AssumeRolePolicyDocument"]);
    const trusts = [JSON.parse(textOf("trust.json")), ...roles];
    for (const trust of trusts) {
      const text = JSON.stringify(trust);
      expect(text).toContain("sts:ExternalId");
      expect(text).not.toContain(":root");
      expect(text).not.toContain('"AWS":"*"');
    }
  });
});

/** Of CloudFormation: for the setting of invocation logging there is none. */
const knownTypes = ["AWS::CloudFormation::StackSet", "AWS::IAM::Role", "AWS::IAM::RolePolicy"];
const typesIn = (text: string) => text.match(/\bAWS::\w+::\w+/g) ?? [];

describe("what a control prints", () => {
  const folder = new URL("../../server/controls/", import.meta.url);
  const sources = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));

  it("names no type that there is not, to mend or to explain", () => {
    const texts = [
      ...sources.map((name) => readFileSync(new URL(name, folder), "utf8")),
      ...controls.map(({ id }) => explainText(id)),
    ];
    expect(sources).toContain("access-remediation.ts");
    expect(texts.flatMap(typesIn).filter((type) => !knownTypes.includes(type))).toEqual([]);
    expect(typesIn("use `AWS::Bedrock::ModelInvocationLoggingConfiguration`.")).toHaveLength(1);
  });
});

describe("the templates", () => {
  it("name only types that there are", () => {
    const types = [...Object.values(template), ...Object.values(organization)].map(({ Type }) => Type);
    expect(unique(types)).toEqual(knownTypes);
  });

  it("hand on every parameter of the role", () => {
    const Parameters = z.object({ Parameters: z.record(z.string(), z.unknown()) });
    const asked = Object.keys(Parameters.parse(parse(textOf("audit-role.yaml"))).Parameters);
    const handed = z
      .array(z.object({ ParameterKey: z.string() }))
      .parse(organization["Roles"]?.Properties["Parameters"]);
    expect(handed.map(({ ParameterKey }) => ParameterKey)).toEqual(asked);
  });
});
