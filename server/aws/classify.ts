import { UnreadableAnswer } from "./raw-answer.ts";

type ErrorClass =
  | "permission"
  | "scp"
  | "service"
  | "operation-absent"
  | "region-disabled"
  | "credentials"
  | "no-endpoint"
  | "network"
  | "transient"
  | "expired"
  | "deadline"
  | "unreadable-answer"
  | "unexpected";

/** What else is known of the place where a call failed; null where it could not be read. */
export interface ErrorEvidence {
  readonly regionInCatalogue: boolean;
  readonly regionEnabled: boolean | null;
  /** Of the window that is judged. */
  readonly invocations: number | null;
  readonly stsWorks: boolean;
  readonly otherHostAnswered: boolean;
}

/** Why a fact could not be read. `NOT_APPLICABLE` needs positive evidence, all else is `UNKNOWN`. */
export interface Classified {
  readonly verdict: "UNKNOWN" | "NOT_APPLICABLE";
  readonly class: ErrorClass;
  /** The service's code, or Node's; safe to show. */
  readonly errorCode: string;
}

const expired = ["ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "RequestExpired"];
const notOurKeys = [
  "UnrecognizedClientException",
  "InvalidClientTokenId",
  "AuthFailure",
  "InvalidAccessKeyId",
  "SignatureDoesNotMatch",
  "CredentialsProviderError",
];
/** Nobody is there. */
const noConnection = ["ENOTFOUND", "ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH"];
/** The name server did not answer: that says nothing of the name. */
const noNameServer = "EAI_AGAIN";
const unsafeConnection = /^(CERT_|ERR_TLS_|ERR_SSL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|EPROTO$)/;
const throttles = [
  "ThrottlingException",
  "Throttling",
  "ThrottledException",
  "RequestThrottled",
  "RequestThrottledException",
  "RequestLimitExceeded",
  "TooManyRequestsException",
  "LimitExceededException",
  "BandwidthLimitExceeded",
  "ProvisionedThroughputExceededException",
  "SlowDown",
];
const resets = [
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "TimeoutError",
  "CallTimeout",
  "RequestTimeout",
  "InternalError",
  "InternalFailure",
];

/** Pure: the same error and evidence give the same class. */
export function classify(error: unknown, evidence: ErrorEvidence): Classified {
  const { code, status, message } = describe(error);
  const unknown = (errorClass: ErrorClass): Classified => ({ verdict: "UNKNOWN", class: errorClass, errorCode: code });
  const absentIf = (proven: boolean, absent: ErrorClass, otherwise: ErrorClass): Classified =>
    proven ? { verdict: "NOT_APPLICABLE", class: absent, errorCode: code } : unknown(otherwise);

  if (error instanceof UnreadableAnswer || failedToRead(error, status)) return unknown("unreadable-answer");
  if (code === "DeadlineExceeded") return unknown("deadline");
  if (isExpired(error)) return unknown("expired");
  if (notOurKeys.includes(code))
    return absentIf(evidence.regionEnabled === false && evidence.stsWorks, "region-disabled", "credentials");
  if (isUnknownOperation(code, message))
    return absentIf(!evidence.regionInCatalogue || evidence.invocations === 0, "operation-absent", "operation-absent");
  if (noConnection.includes(code) || unsafeConnection.test(code))
    return absentIf(!evidence.regionInCatalogue && evidence.otherHostAnswered, "no-endpoint", "network");
  if (code === noNameServer) return unknown("network");
  if (isTransient(error)) return unknown("transient");
  if (status === 403 || isRefusal(code)) return unknown(refusalClass(message));
  return unknown("unexpected");
}

/** What an error says by itself, where nothing else is known of the place: never that a thing is not there. */
export function classifyAlone(error: unknown): Classified {
  return classify(error, {
    regionInCatalogue: true,
    regionEnabled: null,
    invocations: null,
    stsWorks: false,
    otherHostAnswered: false,
  });
}

/** The keys were good once. */
export function isExpired(error: unknown): boolean {
  return expired.includes(describe(error).code);
}

function isRefusal(code: string): boolean {
  return code.startsWith("AccessDenied") || code === "UnauthorizedOperation";
}

/** What may go away by itself. */
export function isTransient(error: unknown): boolean {
  const { code, status } = describe(error);
  return isThrottle(error) || resets.includes(code) || (status !== null && status >= 500);
}

/** "Too fast", in any of its spellings. */
export function isThrottle(error: unknown): boolean {
  const { code, status } = describe(error);
  return throttles.includes(code) || status === 429;
}

/** A success that the SDK could not make sense of. */
function failedToRead(error: unknown, status: number | null): boolean {
  return error instanceof SyntaxError || (status !== null && status >= 200 && status < 300);
}

function isUnknownOperation(code: string, message: string): boolean {
  if (code === "UnknownOperationException") return true;
  return code === "ValidationException" && /unknown operation/i.test(message);
}

function refusalClass(message: string): ErrorClass {
  if (/\b(service|resource) control polic(y|ies)\b/i.test(message)) return "scp";
  const text = message.trim();
  const bare = text === "" || text === "UnknownError";
  return bare || text === "Your account is not authorized to invoke this API operation." ? "service" : "permission";
}

export interface ErrorDescription {
  readonly code: string;
  readonly status: number | null;
  readonly message: string;
  readonly requestId: string | null;
}

/** The parts of an SDK or Node error that decide. Its message is the service's: hostile, never shown raw. */
export function describe(error: unknown): ErrorDescription {
  if (typeof error !== "object" || error === null)
    return { code: "Unknown", status: null, message: "", requestId: null };
  const { name, code, message, $metadata } = error as {
    name?: unknown;
    code?: unknown;
    message?: unknown;
    $metadata?: { httpStatusCode?: unknown; requestId?: unknown };
  };
  const status = $metadata?.httpStatusCode;
  const requestId = $metadata?.requestId;
  return {
    code: codeWord(typeof code === "string" ? code : name),
    status: typeof status === "number" ? status : null,
    message: typeof message === "string" ? message : "",
    requestId: typeof requestId === "string" ? requestId : null,
  };
}

/** A code is a word: anything else did not come from a service. */
export function codeWord(value: unknown): string {
  return typeof value === "string" && /^[A-Za-z][A-Za-z0-9._-]{0,80}$/.test(value) ? value : "Unknown";
}

/** How often it was tried, as the SDK tells; 1 where it does not. */
export function attemptsOf(error: unknown): number {
  const { $metadata } = (typeof error === "object" && error !== null ? error : {}) as {
    $metadata?: { attempts?: unknown };
  };
  return typeof $metadata?.attempts === "number" ? $metadata.attempts : 1;
}
