import { z } from "zod";
import { CheckReport } from "../domain/compliance.ts";
import { safeJson } from "../lib/safe-json.ts";
import { type CheckFormat, whole } from "./check-format.ts";

/** The report itself, on one line. */
export const checkJson: CheckFormat = {
  id: "json",
  file: "check.json",
  render: (report) => whole(`${safeJson(report)}\n`),
};

/** What the format promises, as JSON Schema 2020-12. */
export function checkJsonSchema(): Readonly<Record<string, unknown>> {
  return z.toJSONSchema(CheckReport, { target: "draft-2020-12", io: "output" });
}
