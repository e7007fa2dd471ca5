import { SourceError, type SourceErrorClass } from "./source.ts";

const throttles =
  /^(KMS\.)?(Throttling(Exception)?|ThrottledException|RequestLimitExceeded|RequestThrottled(Exception)?|TooManyRequestsException|LimitExceededException|SlowDown|BandwidthLimitExceeded)$/;
const gone = /^(NoSuchBucket|NoSuchKey|NoSuchVersion|NotFound|ResourceNotFoundException)$/;
/**
 * What KMS says of the key of an object or of a log group. S3 passes it on under KMS's own name after `KMS.`, with the status 400 of KMS.
 * What is the fault of KMS itself comes with 500 or 503.
 * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_Decrypt.html#API_Decrypt_Errors
 */
const ofTheKey = /^KMS\.?[A-Z]/;
const words: Record<SourceErrorClass, string> = {
  transport: "The answer did not come, or not whole.",
  throttle: "AWS asks to go slower.",
  refused: "AWS refuses the call.",
  gone: "It is not there.",
  archived: "The object is archived.",
  replaced: "The object is not the one that was listed.",
  "wrong-region": "The bucket is in another region.",
  "too-large": "It is over the limit of its kind.",
};

interface ServiceError {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly Code?: unknown;
  readonly Region?: unknown;
  readonly BucketRegion?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: unknown };
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
}

/** What a failed call means to a source. The words are ours: a service's message may quote anything. */
export function sourceError(error: unknown): SourceError {
  if (error instanceof SourceError) return error;
  const details = (typeof error === "object" && error !== null ? error : {}) as ServiceError;
  const code = [details.code, details.name].find(isWord) ?? "Unknown";
  const status = details.$metadata?.httpStatusCode;
  const errorClass = classOf(code, typeof status === "number" ? status : null);
  const region = errorClass === "wrong-region" ? regionOf(details) : null;
  return new SourceError(errorClass, code, words[errorClass], { region, cause: error });
}

function classOf(code: string, status: number | null): SourceErrorClass {
  if (throttles.test(code) || status === 429) return "throttle";
  if (code === "InvalidObjectState") return "archived";
  if (status === 301 || status === 307 || code === "AuthorizationHeaderMalformed") return "wrong-region";
  if (status === 412) return "replaced";
  if (ofTheKey.test(code) && status !== null && status < 500) return "refused";
  if (gone.test(code) || status === 404) return "gone";
  if (status === 401 || status === 403 || code.startsWith("AccessDenied")) return "refused";
  return "transport";
}

function regionOf({ $response, BucketRegion, Region }: ServiceError): string | null {
  const region = [$response?.headers?.["x-amz-bucket-region"], BucketRegion, Region].find(
    (value) => typeof value === "string" && /^[a-z]{2,4}(-[a-z]+){1,2}-\d{1,2}$/.test(value),
  );
  return (region as string | undefined) ?? null;
}

function isWord(value: unknown): value is string {
  return typeof value === "string" && /^[A-Za-z][A-Za-z0-9._-]{0,80}$/.test(value);
}
