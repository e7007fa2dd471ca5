import { describe, expect, it } from "vitest";
import { classify, type ErrorEvidence, isThrottle } from "../../server/aws/classify.ts";
import { UnreadableAnswer } from "../../server/aws/raw-answer.ts";

const evidence: ErrorEvidence = {
  regionInCatalogue: true,
  regionEnabled: true,
  invocations: null,
  stsWorks: true,
  otherHostAnswered: true,
};

function service(name: string, status: number, message = "said no"): Error {
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode: status } });
}
const node = (code: string) => Object.assign(new Error("connect"), { code });

describe("an error without more evidence is UNKNOWN", () => {
  it.each([
    [service("AccessDeniedException", 400), "permission"],
    [service("AccessDenied", 403), "permission"],
    [service("Forbidden", 403, "User is not authorized"), "permission"],
    [service("UnauthorizedOperation", 403), "permission"],
    [service("AccessDeniedException", 403, ""), "service"],
    [service("AccessDeniedException", 403, "Your account is not authorized to invoke this API operation."), "service"],
    [service("AccessDeniedException", 403, "with an explicit deny in a service control policy"), "scp"],
    [service("AccessDenied", 403, "with an explicit deny in a resource control policy: arn:aws:…"), "scp"],
    [service("UnknownOperationException", 404), "operation-absent"],
    [service("ValidationException", 400, "Unknown Operation GetX"), "operation-absent"],
    [service("ValidationException", 400, "1 validation error"), "unexpected"],
    [service("UnrecognizedClientException", 403), "credentials"],
    [service("InvalidClientTokenId", 403), "credentials"],
    [service("AuthFailure", 401), "credentials"],
    [service("InvalidAccessKeyId", 403), "credentials"],
    [node("ENOTFOUND"), "network"],
    [node("ECONNREFUSED"), "network"],
    [node("EAI_AGAIN"), "network"],
    [node("CERT_HAS_EXPIRED"), "network"],
    [node("ERR_TLS_CERT_ALTNAME_INVALID"), "network"],
    [service("ThrottlingException", 400), "transient"],
    [service("SlowDown", 503), "transient"],
    [service("TooMany", 429), "transient"],
    [service("InternalError", 500), "transient"],
    [node("ECONNRESET"), "transient"],
    [service("TimeoutError", 0), "transient"],
    [service("CallTimeout", 0), "transient"],
    [service("ExpiredToken", 403), "expired"],
    [service("ExpiredTokenException", 400), "expired"],
    [Object.assign(new Error("too late"), { code: "DeadlineExceeded" }), "deadline"],
    [new UnreadableAnswer("no Rules"), "unreadable-answer"],
    [new SyntaxError("Unexpected token < in JSON"), "unreadable-answer"],
    ["thrown text", "unexpected"],
    [null, "unexpected"],
  ])("%s: %s", (error, errorClass) => {
    expect(classify(error, evidence)).toMatchObject({ verdict: "UNKNOWN", class: errorClass });
  });
});

describe("NOT_APPLICABLE needs its own proof", () => {
  const keys = service("UnrecognizedClientException", 403);
  const operation = service("UnknownOperationException", 404);
  const dns = node("ENOTFOUND");
  it.each([
    [keys, { regionEnabled: false }, "NOT_APPLICABLE", "region-disabled"],
    [keys, { regionEnabled: false, stsWorks: false }, "UNKNOWN", "credentials"],
    [keys, { regionEnabled: null }, "UNKNOWN", "credentials"],
    [operation, { regionInCatalogue: false }, "NOT_APPLICABLE", "operation-absent"],
    [operation, { invocations: 0 }, "NOT_APPLICABLE", "operation-absent"],
    [operation, { invocations: 7 }, "UNKNOWN", "operation-absent"],
    [dns, { regionInCatalogue: false }, "NOT_APPLICABLE", "no-endpoint"],
    [dns, { regionInCatalogue: false, otherHostAnswered: false }, "UNKNOWN", "network"],
    [node("EAI_AGAIN"), { regionInCatalogue: false }, "UNKNOWN", "network"],
  ])("%s with %o: %s %s", (error, over, verdict, errorClass) => {
    expect(classify(error, { ...evidence, ...over })).toMatchObject({ verdict, class: errorClass });
  });
});

describe("a code", () => {
  it("is a word, whatever a service or proxy says", () => {
    expect(classify(service("<script>alert(1)</script>", 418), evidence).errorCode).toBe("Unknown");
    expect(classify(service("NoSuchBucket", 404), evidence).errorCode).toBe("NoSuchBucket");
  });

  it("tells a throttle from a failure", () => {
    expect([service("SlowDown", 503), service("X", 429), service("InternalError", 500)].map(isThrottle)).toEqual([
      true,
      true,
      false,
    ]);
  });
});
