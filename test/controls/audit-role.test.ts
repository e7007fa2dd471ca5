import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { z } from "zod";
import { collectors } from "../../server/controls/collectors/list.ts";
import { controls } from "../../server/controls/list.ts";
import { checked, group, toGroup, worldOf } from "./kit.ts";

const Policy = z.object({
  Version: z.literal("2012-10-17"),
  Statement: z.array(z.object({ Effect: z.literal("Allow"), Action: z.array(z.string()), Resource: z.literal("*") })),
});
const file = new URL("../../deploy/audit-role.json", import.meta.url);
const granted = Policy.parse(JSON.parse(readFileSync(file, "utf8"))).Statement.flatMap(({ Action }) => Action);

it("the audit role may do what the collectors and the list of regions need, and no more", () => {
  const declared = Object.values(collectors).flatMap(({ calls }) => calls.map(({ action }) => action));
  expect(granted.toSorted()).toEqual([...new Set([...declared, "account:ListRegions"])].toSorted());
});

it("reads nothing but settings and counts", () => {
  for (const action of granted) expect(action).toMatch(/:(Get|List|Describe)/);
  for (const content of ["s3:GetObject", "logs:GetLogEvents", "logs:FilterLogEvents", "logs:StartQuery"])
    expect(granted).not.toContain(content);
});

it("a refusal of any of them never becomes a PASS that rests on it", async () => {
  const report = await checked(
    worldOf({
      config: toGroup,
      groups: [group(90)],
      region: { denies: granted.filter((action) => action !== "account:ListRegions") },
    }),
  );
  expect(new Set(report.results.map(({ control }) => control)).size).toBe(controls.length);
  expect(new Set(report.results.map(({ verdict }) => verdict))).toEqual(new Set(["UNKNOWN"]));
});
