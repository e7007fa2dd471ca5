import { expect, it } from "vitest";
import { toldRefusal } from "../../server/domain/refusal.ts";
import { sourceError } from "../../server/sources/aws-error.ts";

const of = (name: string, httpStatusCode: number) =>
  sourceError(Object.assign(new Error("said"), { name, $metadata: { httpStatusCode } })).class;

it.each([
  ["KMS.DisabledException", 400],
  ["KMS.KMSInvalidStateException", 400],
  ["KMS.NotFoundException", 400],
  ["KMS.InvalidKeyUsageException", 400],
  ["KMS.AccessDeniedException", 400],
  ["KMSAccessDeniedException", 400],
  ["KMSDisabledException", 400],
  ["AccessDeniedException", 400],
  ["AccessDenied", 403],
])("%s with status %i is a refusal", (code, status) => {
  expect(of(code, status)).toBe("refused");
});

it.each([
  ["KMS.ThrottlingException", 400, "throttle"],
  ["KMS.KMSInternalException", 500, "transport"],
  ["KMS.DependencyTimeoutException", 503, "transport"],
  ["KMS.KeyUnavailableException", 500, "transport"],
  ["SlowDown", 503, "throttle"],
  ["InternalError", 500, "transport"],
  ["NoSuchBucket", 404, "gone"],
  ["ResourceNotFoundException", 400, "gone"],
  ["InvalidObjectState", 403, "archived"],
  ["PreconditionFailed", 412, "replaced"],
])("%s with status %i is none: %s", (code, status, errorClass) => {
  expect(of(code, status)).toBe(errorClass);
});

it("says of a key what can be done about it, and of any other refusal its code alone", () => {
  expect(toldRefusal("KMS.DisabledException")).toBe("KMS.DisabledException (its key is disabled: enable it)");
  expect(toldRefusal("KMS.AccessDeniedException")).toContain("grant kms:Decrypt");
  expect(toldRefusal("KMS.Something")).toBe("KMS.Something (look at its key)");
  expect(toldRefusal("AccessDenied")).toBe("AccessDenied");
});
