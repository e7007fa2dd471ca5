import { crc32 } from "node:zlib";
import { type Answer, AwsError } from "../answer.ts";
import { movedTo, refusal } from "../faults.ts";
import { type Call, type Operation, page, type Service } from "../operation.ts";
import type { AwsRequest } from "../request.ts";
import type { SimulatedBucket, SimulatedObject } from "../world.ts";
import { accessReads } from "./s3-access.ts";
import { lifecycleXml } from "./s3-lifecycle.ts";
import { type BucketRead, xml } from "./s3-read.ts";
import { listObjects } from "./s3-list.ts";

/** Path style only: `/bucket/key`. */
export const s3: Service = {
  protocol: "rest-xml",
  route(request) {
    const [, bucket = "", key = ""] = /^\/([^/]*)\/?(.*)$/s.exec(request.path) ?? [];
    const { method, query } = request;
    if (method === "HEAD" && key === "") return onBucket("HeadBucket", "s3:ListBucket", bucket, request, headBucket);
    if (method === "PUT" && request.headers["if-match"] !== undefined)
      return putInPlace(bucket, decodeURIComponent(key), request);
    if (method !== "GET") return null;
    if (bucket === "")
      return {
        api: "ListBuckets",
        action: "s3:ListAllMyBuckets",
        resource: "",
        answer: (call) => listBuckets(call, query),
      };
    if (key !== "") return getObject(bucket, decodeURIComponent(key), request);
    const read = reads.find(({ parameter }) => query.has(parameter));
    return read === undefined ? null : onBucket(read.api, read.action, bucket, request, read.answer);
  },
};

const reads: readonly BucketRead[] = [
  { parameter: "list-type", api: "ListObjectsV2", action: "s3:ListBucket", answer: listObjects },
  {
    parameter: "lifecycle",
    api: "GetBucketLifecycleConfiguration",
    action: "s3:GetLifecycleConfiguration",
    answer: lifecycle,
  },
  { parameter: "versioning", api: "GetBucketVersioning", action: "s3:GetBucketVersioning", answer: versioning },
  {
    parameter: "object-lock",
    api: "GetObjectLockConfiguration",
    action: "s3:GetBucketObjectLockConfiguration",
    answer: objectLock,
  },
  { parameter: "location", api: "GetBucketLocation", action: "s3:GetBucketLocation", answer: location },
  ...accessReads,
];

function onBucket(
  api: string,
  action: string,
  bucket: string,
  request: AwsRequest,
  read: BucketRead["answer"],
): Operation {
  const prefix = request.query.get("prefix");
  return {
    api,
    action,
    resource: prefix === null ? bucket : `${bucket}/${prefix}`,
    answer: (call) => read(reach(bucket, api, action, request, call), call, request.query),
  };
}

/** The bucket, if the caller may have it, in the order in which S3 finds fault. */
function reach(name: string, api: string, action: string, { headers }: AwsRequest, call: Call): SimulatedBucket {
  const bucket = call.world.buckets.find((bucket) => bucket.name === name);
  if (bucket === undefined) throw new AwsError(404, "NoSuchBucket", "The specified bucket does not exist");
  const owner = headers["x-amz-expected-bucket-owner"];
  const foreign = bucket.owner !== call.caller.account.id || (owner !== undefined && owner !== bucket.owner);
  if (foreign || bucket.denies.includes(action)) throw refusal("s3", "Access Denied");
  if (bucket.region !== call.region && api !== "GetBucketLocation") throw movedTo(bucket.region);
  return bucket;
}

function headBucket({ region }: SimulatedBucket): Answer {
  return { status: 200, headers: { "x-amz-bucket-region": region }, body: "" };
}

/** AWS names a bucket's region only when it is asked with a parameter. */
function listBuckets({ world, caller }: Call, query: URLSearchParams): Answer {
  const wanted = ["max-buckets", "prefix", "bucket-region"].some((parameter) => query.has(parameter));
  const own = world.buckets
    .filter(
      ({ owner, name, region }) =>
        owner === caller.account.id &&
        name.startsWith(query.get("prefix") ?? "") &&
        region === (query.get("bucket-region") ?? region),
    )
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const { items, next } = page(own, Number(query.get("max-buckets") ?? 10_000), query.get("continuation-token"));
  const Bucket = items.map(({ createdAt = 0, name, region }) => ({
    Name: name,
    CreationDate: new Date(createdAt),
    BucketRegion: wanted ? region : undefined,
  }));
  return xml("ListAllMyBucketsResult", {
    Buckets: { Bucket },
    Owner: { ID: caller.account.id },
    ContinuationToken: next,
  });
}

function lifecycle({ lifecycle }: SimulatedBucket): Answer {
  if (lifecycle === null)
    throw new AwsError(404, "NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist");
  return xml("LifecycleConfiguration", lifecycleXml(lifecycle));
}

function versioning({ versioning }: SimulatedBucket): Answer {
  return xml("VersioningConfiguration", { Status: versioning });
}

function objectLock({ objectLock }: SimulatedBucket): Answer {
  if (objectLock === null)
    throw new AwsError(
      404,
      "ObjectLockConfigurationNotFoundError",
      "Object Lock configuration does not exist for this bucket",
    );
  const { mode, days } = objectLock;
  return xml("ObjectLockConfiguration", {
    ObjectLockEnabled: "Enabled",
    Rule: { DefaultRetention: { Mode: mode, Days: days } },
  });
}

/** An empty element is us-east-1. */
function location({ region }: SimulatedBucket): Answer {
  return xml("LocationConstraint", region === "us-east-1" ? "" : region);
}

function getObject(name: string, key: string, request: AwsRequest): Operation {
  const api = "GetObject";
  const action = "s3:GetObject";
  return {
    api,
    action,
    resource: `${name}/${key}`,
    answer(call) {
      const bucket = reach(name, api, action, request, call);
      return objectAnswer(visibleObject(bucket, key, call), request);
    },
  };
}

/** In place of an object that is there; who may write at all is for `excess` to say. Nothing is ever written. */
function putInPlace(name: string, key: string, request: AwsRequest): Operation {
  const api = "PutObject";
  const action = "s3:PutObject";
  return {
    api,
    action,
    resource: `${name}/${key}`,
    answer(call) {
      const bucket = reach(name, api, action, request, call);
      const isGranted = (call.caller.account.excess ?? []).some((one) => one.split(" ", 1)[0] === action);
      if (!isGranted)
        throw refusal("s3", `User: ${call.caller.account.callerArn} is not authorized to perform: ${action}`);
      visibleObject(bucket, key, call);
      throw new AwsError(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold");
    },
  };
}

function visibleObject(bucket: SimulatedBucket, key: string, { now, distortion }: Call): SimulatedObject {
  for (const object of bucket.list(key)) {
    if (object.key === key && object.lastModified + distortion.lateMs <= now) return object;
    if (object.key !== key) break;
  }
  throw new AwsError(404, "NoSuchKey", "The specified key does not exist.");
}

function objectAnswer(object: SimulatedObject, { headers }: AwsRequest): Answer {
  const wanted = headers["if-match"];
  if (wanted !== undefined && wanted !== "*" && wanted.replaceAll('"', "") !== object.etag)
    throw new AwsError(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold");
  if (["GLACIER", "DEEP_ARCHIVE"].includes(object.storageClass ?? ""))
    throw new AwsError(403, "InvalidObjectState", "The operation is not valid for the object's storage class");
  const body = object.body();
  return {
    status: 200,
    headers: {
      "content-type": "application/octet-stream",
      etag: `"${object.etag}"`,
      "last-modified": new Date(object.lastModified).toUTCString(),
      "accept-ranges": "bytes",
      ...(headers["x-amz-checksum-mode"] === "ENABLED" ? checksum(body) : {}),
    },
    body,
  };
}

function checksum(body: Uint8Array): Record<string, string> {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return { "x-amz-checksum-crc32": sum.toString("base64"), "x-amz-checksum-type": "FULL_OBJECT" };
}
