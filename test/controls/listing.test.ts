import { describe, expect, it } from "vitest";
import type { Fault } from "../../scripts/demo/aws/faults.ts";
import { dryRunText, explainText, listText } from "../../scripts/check-listing.ts";
import { openPolicy } from "../../server/check-settings.ts";
import { loadConfig } from "../../server/config.ts";
import { nothingAccepted } from "../../server/controls/conclude.ts";
import { controls } from "../../server/controls/list.ts";
import { change, group, looked, toBoth, toGroup, worldOf } from "./kit.ts";

const config = loadConfig({}, {});
const byTheCaller = ["AssumeRole"];

function dryRunOf(id: string): string {
  const asked = { policy: openPolicy("default"), controls: [id], leftOut: null, accepted: nothingAccepted };
  return dryRunText({ ...asked, waiversText: null }, config, false);
}

/** `GetRole`: each operation of a line such as `  iam GetRole (iam:GetRole)`. */
const operationsIn = (text: string) =>
  new Set([...text.matchAll(/^ {2}[\w-]+ (\w+) \(([\w-]+:\w+)\)$/gm)].map(([, operation]) => operation));

/** With a bucket and a group that records went to before, so that everything is looked into. */
const everything = worldOf({
  config: { ...toBoth, ...toGroup },
  groups: [group(90)],
  region: {
    trailEvents: [
      change("PutModelInvocationLoggingConfiguration", 20, {
        loggingConfig: {
          s3Config: { bucketName: "former" },
          cloudWatchConfig: { logGroupName: "/former", roleArn: "r" },
        },
      }),
      change("PutModelInvocationLoggingConfiguration", 9, { loggingConfig: { ...toBoth, ...toGroup } }),
      change("PutRetentionPolicy", 5, { logGroupName: "/b/log", retentionInDays: 90 }),
    ],
  },
});

describe.each(controls.map(({ id }) => id))("what is told of %s alone", (id) => {
  it.each([
    ["where everything answers", []],
    [
      "where nobody may see the configuration",
      [{ api: "GetModelInvocationLoggingConfiguration", count: 99, do: { kind: "deny" } }],
    ],
  ] satisfies [string, Fault[]][])("names every call that it makes, %s", async (_, faults) => {
    const { requests } = await looked(everything, { controls: [id] }, faults);
    const made = [...new Set(requests.map(({ api }) => api))].filter((api) => !byTheCaller.includes(api));
    const printed = operationsIn(dryRunOf(id));
    expect(made.filter((api) => !printed.has(api))).toEqual([]);
    expect(made.length).toBeGreaterThan(3);
  });

  it("has the same permissions in its explanation as in its dry run", () => {
    const explained = /^IAM actions: (.*)$/m.exec(explainText(id))?.[1]?.split(", ") ?? [];
    const text = dryRunOf(id);
    const lines = text.slice(
      text.indexOf("AWS calls in each account and region in scope:"),
      text.indexOf("IAM policy"),
    );
    const listed = [...lines.matchAll(/\(([\w-]+:\w+)\)$/gm)].map(([, action]) => action ?? "");
    expect(explained).toEqual([...new Set(listed)].toSorted());
  });
});

describe("the list of controls", () => {
  it("has a line for each: its id, its severity and its title", () => {
    const lines = listText().trimEnd().split("\n");
    expect(lines).toEqual(controls.map(({ id, severity, title }) => `${id}  ${severity}  ${title}`));
  });
});

describe("the explanation of a control", () => {
  it("says what it is, why, and what it needs", () => {
    const text = explainText("s3-log-retention");
    expect(text).toMatch(
      /^.+ \(s3-log-retention, high\)\n.+\.\nneeds: loggingConfig; may use: s3Store, .+\nIAM actions: /,
    );
  });

  it.each(["s3-retention", "\u001b[31m", ""])("is none of %j, and the known ones are told", (id) => {
    expect(() => explainText(id)).toThrow(/is no control$/);
    try {
      explainText(id);
    } catch (error) {
      expect(error).toMatchObject({ exitCode: 2 });
      expect(String((error as Error).message)).not.toContain("\u001b");
    }
  });
});
