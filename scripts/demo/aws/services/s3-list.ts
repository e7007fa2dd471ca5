import { type Answer, answer, AwsError, document, element } from "../answer.ts";
import type { Call } from "../operation.ts";
import type { SimulatedBucket, SimulatedObject } from "../world.ts";

/** A key, or a common prefix, in the order of the listing. */
type Found = { readonly name: string; readonly object: SimulatedObject | null };

interface Position {
  /** The last key or common prefix that was given. */
  readonly after: string;
  readonly turn: number;
}

export function listObjects(bucket: SimulatedBucket, call: Call, query: URLSearchParams): Answer {
  const prefix = query.get("prefix") ?? "";
  const delimiter = query.get("delimiter") ?? "";
  const asked = query.get("continuation-token");
  const from = asked === null ? { after: query.get("start-after") ?? "", turn: 0 } : positionOf(asked);
  const size = Math.min(call.pageSize.keys, Number(query.get("max-keys") ?? 1_000));
  const { found, truncated } = call.distortion.emptyPage
    ? { found: [], truncated: true }
    : pageOf(visible(bucket, prefix, call), {
        prefix,
        delimiter,
        after: from.after,
        size,
        hold: call.distortion.repeatToken,
      });
  const shown = call.distortion.reorder ? found.toReversed() : found;
  const fresh = token({ after: found.at(-1)?.name ?? from.after, turn: from.turn + 1 });
  const next = call.distortion.repeatToken && asked !== null ? asked : fresh;
  const encode = query.get("encoding-type") === "url" ? urlEncoded : asIs;
  const result = {
    Name: bucket.name,
    Prefix: encode(prefix),
    Delimiter: delimiter === "" ? undefined : encode(delimiter),
    MaxKeys: size,
    EncodingType: query.get("encoding-type") ?? undefined,
    KeyCount: shown.length,
    IsTruncated: truncated,
    ContinuationToken: asked ?? undefined,
    NextContinuationToken: truncated ? next : undefined,
    Contents: shown.flatMap(({ object }) => (object === null ? [] : [contents(object, encode)])),
    CommonPrefixes: shown.flatMap(({ name, object }) => (object === null ? [{ Prefix: encode(name) }] : [])),
  };
  return answer("rest-xml", document(element("ListBucketResult", result, "http://s3.amazonaws.com/doc/2006-03-01/")));
}

function* visible(bucket: SimulatedBucket, prefix: string, { now, distortion }: Call): Generator<SimulatedObject> {
  for (const object of bucket.list(prefix)) {
    if (object.lastModified + distortion.lateMs > now) continue;
    if (distortion.hidden === null || !object.key.includes(distortion.hidden)) yield object;
  }
}

interface Cut {
  readonly prefix: string;
  readonly delimiter: string;
  readonly after: string;
  readonly size: number;
  /** Says that there is more, whatever there is. */
  readonly hold: boolean;
}

function pageOf(objects: Iterable<SimulatedObject>, { prefix, delimiter, after, size, hold }: Cut) {
  const found: Found[] = [];
  for (const object of objects) {
    const common = commonPrefix(object.key, prefix, delimiter);
    const name = common ?? object.key;
    if (
      after !== "" &&
      (compareUtf8(name, after) <= 0 || (after.endsWith(delimiter) && delimiter !== "" && object.key.startsWith(after)))
    )
      continue;
    if (found.at(-1)?.name === name) continue;
    if (found.length === size) return { found, truncated: true };
    found.push({ name, object: common === null ? object : null });
  }
  return { found, truncated: hold };
}

function commonPrefix(key: string, prefix: string, delimiter: string): string | null {
  if (delimiter === "") return null;
  const end = key.indexOf(delimiter, prefix.length);
  return end === -1 ? null : key.slice(0, end + delimiter.length);
}

function contents({ key, size, lastModified, etag, storageClass }: SimulatedObject, encode: (text: string) => string) {
  // S3 tells whole seconds.
  const LastModified = new Date(Math.floor(lastModified / 1_000) * 1_000);
  return { Key: encode(key), LastModified, ETag: `"${etag}"`, Size: size, StorageClass: storageClass ?? "STANDARD" };
}

export function compareUtf8(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function asIs(text: string): string {
  return text;
}

/** As S3 encodes keys in a listing: a space is a plus, a slash stays. */
function urlEncoded(text: string): string {
  return encodeURIComponent(text).replaceAll("%2F", "/").replaceAll("%20", "+");
}

function positionOf(token: string): Position {
  try {
    return JSON.parse(Buffer.from(token, "base64url").toString()) as Position;
  } catch {
    throw new AwsError(400, "InvalidArgument", "The continuation token provided is incorrect");
  }
}

function token(position: Position): string {
  return Buffer.from(JSON.stringify(position)).toString("base64url");
}
