import { fieldsOf } from "../json-values.ts";
import { readConverseInput, readConverseOutput } from "./converse.ts";
import type { FamilyReader } from "./family-reader.ts";

const events = ["messageStart", "contentBlockStart", "contentBlockDelta", "contentBlockStop", "messageStop"];

export const nova: FamilyReader = {
  id: "nova",
  knowsOutput: (part) =>
    fieldsOf(part["output"])["message"] !== undefined || events.some((event) => part[event] !== undefined),
  knowsInput: (part) => part["inferenceConfig"] !== undefined && part["messages"] !== undefined,
  readInput: readConverseInput,
  readOutput: readConverseOutput,
};
