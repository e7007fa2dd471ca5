import { expect, test } from "vitest";
import { readStatus, readStopClass } from "../../server/normalize/outcome.ts";
import { readOne, recordWith } from "./deps.ts";

test.each([
  ["ThrottlingException", "throttled"],
  ["ServiceQuotaExceededException", "throttled"],
  ["ValidationException", "client-error"],
  ["AccessDeniedException", "client-error"],
  ["ResourceNotFoundException", "client-error"],
  ["ConflictException", "client-error"],
  ["UnrecognizedClientException", "client-error"],
  ["InternalServerException", "server-error"],
  ["ServiceUnavailableException", "server-error"],
  ["ModelTimeoutException", "server-error"],
  ["TeapotException", "other-error"],
])("%s is %s", (errorCode, status) => {
  expect(readStatus(errorCode, null, false)).toBe(status);
});

test("a block is no error, a call with output is a success, one without anything is unknown", () => {
  expect(readStatus(null, "blocked", true)).toBe("blocked");
  expect(readStatus(null, "masked", true)).toBe("success");
  expect(readStatus(null, null, false)).toBe("unknown");
});

test.each([
  ["END_TURN", "end"],
  ["endoftext", "end"],
  ["stop_criteria_met", "stop-sequence"],
  ["tool_calls", "tool"],
  ["LENGTH", "length"],
  ["model_context_window_exceeded", "context"],
  ["refusal", "refusal"],
  ["ERROR_TOXIC", "filtered"],
  ["guardrail_intervened", "guardrail"],
  ["malformed_tool_use", "malformed"],
  ["pause_turn", "paused"],
  ["constructor", "other"],
  [null, null],
])("stop reason %s is %s", (stopReason, stopClass) => {
  expect(readStopClass(stopReason)).toBe(stopClass);
});

const geo = "us.anthropic.claude-haiku-4-5-20251001-v1:0";
test.each([
  [{ inferenceRegion: "us-east-1" }, "same-region"],
  [{ inferenceRegion: "us-west-2" }, "other-region"],
  [{ errorCode: "ThrottlingException", modelId: geo }, "did-not-run"],
  [{ errorCode: "ModelStreamErrorException", modelId: geo, output: { outputTokenCount: 3 } }, "not-recorded"],
  [{ output: {} }, "in-region-endpoint"],
  [{ output: {}, modelId: geo }, "not-recorded"],
  [{ output: {}, modelId: "my-model" }, "not-recorded"],
])("%j: %s", (fields, residency) => {
  expect(readOne(recordWith(fields)).invocation.residency).toBe(residency);
});
