import {
  GetObjectCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandInput,
  type ListObjectsV2CommandOutput,
  type S3Client,
} from "@aws-sdk/client-s3";
import { Readable } from "node:stream";
import { unlessAborted } from "../lib/concurrency.ts";
import { sourceError } from "./aws-error.ts";
import { guardedBytes, type StallLimits, stallLimits } from "./guarded-bytes.ts";
import { type OpenedUnit, SourceError } from "./source.ts";

export interface BucketOptions {
  readonly bucket: string;
  /** Account that must own it: any other owner's answer is refused by AWS. */
  readonly owner: string;
  /** Where to ask first; AWS names the right region if it is another. */
  readonly region: string;
  readonly clientFor: (region: string) => S3Client;
  readonly limits?: StallLimits;
}

export interface ListedObject {
  readonly key: string;
  readonly etag: string;
  readonly size: number;
  readonly lastModified: string | null;
}

interface ListPage {
  readonly objects: readonly ListedObject[];
  readonly prefixes: readonly string[];
  readonly truncated: boolean;
}

interface ListRequest {
  readonly prefix: string;
  readonly delimiter?: "/";
  readonly signal: AbortSignal;
}

/** One bucket, shared by the sources whose prefixes lie in it: it remembers its region. */
export interface Bucket {
  readonly bucket: string;
  /** Page by page; ends normally only if the listing was complete. */
  list(request: ListRequest): AsyncIterable<ListPage>;
  /** The object version that was listed, or a `SourceError`. */
  get(
    object: { readonly key: string; readonly etag: string; readonly size: number },
    signal: AbortSignal,
  ): Promise<OpenedUnit>;
  /** The newest version of an object that no listing named, up to `maxBytes`. */
  getNewest(object: { readonly key: string; readonly maxBytes: number }, signal: AbortSignal): Promise<OpenedUnit>;
}

export function openBucket({ bucket, owner, region, clientFor, limits = stallLimits }: BucketOptions): Bucket {
  let at = region;
  const common = { Bucket: bucket, ExpectedBucketOwner: owner };

  /** One more try in the region that the first answer names. */
  async function inItsRegion<T>(call: (client: S3Client) => Promise<T>, signal: AbortSignal): Promise<T> {
    const once = () => unlessAborted(call(clientFor(at)), signal);
    // Another call may find the right region while this one is under way.
    const asked = at;
    try {
      return await once();
    } catch (error) {
      signal.throwIfAborted();
      const known = sourceError(error);
      if (known.class !== "wrong-region" || known.region === null || known.region === asked) throw known;
      at = known.region;
    }
    try {
      return await once();
    } catch (error) {
      signal.throwIfAborted();
      throw sourceError(error);
    }
  }

  async function page(request: ListRequest, token: string | null): Promise<ListObjectsV2CommandOutput> {
    const input: ListObjectsV2CommandInput = { ...common, Prefix: request.prefix, EncodingType: "url" };
    if (request.delimiter !== undefined) input.Delimiter = request.delimiter;
    if (token !== null) input.ContinuationToken = token;
    return inItsRegion(
      (client) => client.send(new ListObjectsV2Command(input), { abortSignal: request.signal }),
      request.signal,
    );
  }

  async function* list(request: ListRequest): AsyncGenerator<ListPage> {
    const tokens = new Set<string>();
    let token: string | null = null;
    do {
      const { next, ...found } = validPage(await page(request, token), tokens);
      token = next;
      yield found;
    } while (token !== null);
  }

  /** A refusal to read one object can mean that it has gone: without the right to list, S3 says 403 for both. */
  async function refusedOrGone(key: string, refusal: SourceError, signal: AbortSignal): Promise<SourceError> {
    for await (const { objects } of list({ prefix: key, signal }))
      if (objects.some((object) => object.key === key)) return refusal;
    return new SourceError("gone", "NoSuchKey", "The object is not there any more.", { cause: refusal });
  }

  /** `fits` says of the answer's length whether it can be the object. */
  async function opened(
    key: string,
    etag: string | null,
    { fits, signal }: { readonly fits: (length: number) => SourceError | null; readonly signal: AbortSignal },
  ): Promise<OpenedUnit> {
    const input = { ...common, Key: key, ...(etag === null ? {} : { IfMatch: `"${etag}"` }) };
    const send = (client: S3Client) => client.send(new GetObjectCommand(input), { abortSignal: signal });
    const answer = await inItsRegion(send, signal).catch(async (error: unknown) => {
      if (error instanceof SourceError && error.class === "refused") throw await refusedOrGone(key, error, signal);
      throw error;
    });
    const { Body: body, ContentLength: length, ETag, $metadata } = answer;
    if (!(body instanceof Readable)) throw malformed("NoBody");
    const wrong =
      $metadata.httpStatusCode !== 200
        ? malformed("OtherStatus")
        : length === undefined
          ? malformed("OtherLength")
          : fits(length);
    if (wrong !== null || length === undefined) {
      body.destroy();
      throw wrong ?? malformed("OtherLength");
    }
    const bytes = Readable.from(guardedBytes(body, { length, limits, signal }));
    return { bytes, length, version: etag ?? unquoted(ETag ?? "") };
  }

  return {
    bucket,
    list,
    get: ({ etag, key, size }, signal) =>
      opened(key, etag, { signal, fits: (length) => (length === size ? null : malformed("OtherLength")) }),
    getNewest: ({ key, maxBytes }, signal) =>
      opened(key, null, { signal, fits: (length) => (length <= maxBytes ? null : tooLarge()) }),
  };
}

/** The SDK makes `{}` of a 200 that is no listing: only a consistent answer counts. */
function validPage(
  answer: ListObjectsV2CommandOutput,
  tokens: Set<string>,
): ListPage & { readonly next: string | null } {
  const {
    IsTruncated: truncated,
    KeyCount: count,
    Contents = [],
    CommonPrefixes = [],
    NextContinuationToken: token,
  } = answer;
  if (typeof truncated !== "boolean" || count !== Contents.length + CommonPrefixes.length) throw malformed("NoListing");
  if (truncated !== (token !== undefined)) throw malformed("TokenMismatch");
  if (token !== undefined && tokens.has(token)) throw malformed("RepeatedToken");
  if (token !== undefined) tokens.add(token);
  const decode = answer.EncodingType === "url" ? urlDecoded : asIs;
  return {
    objects: Contents.map(({ Key, ETag, Size, LastModified }) => {
      if (Key === undefined || ETag === undefined || Size === undefined) throw malformed("NoListing");
      const lastModified = LastModified instanceof Date ? LastModified.toISOString() : null;
      return { key: decode(Key), etag: unquoted(ETag), size: Size, lastModified };
    }),
    prefixes: CommonPrefixes.map(({ Prefix }) => {
      if (Prefix === undefined) throw malformed("NoListing");
      return decode(Prefix);
    }),
    truncated,
    next: token ?? null,
  };
}

function unquoted(etag: string): string {
  return etag.replace(/^"(.*)"$/, "$1");
}

function tooLarge(): SourceError {
  return new SourceError("too-large", "TooLarge", "The object is over the limit of its kind.");
}

function asIs(text: string): string {
  return text;
}

/** Once, and `+` is a space. */
function urlDecoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch (error) {
    throw malformed("KeyEncoding", error);
  }
}

function malformed(code: string, cause?: unknown): SourceError {
  return new SourceError("transport", code, "S3 answered in an unknown shape.", { cause });
}
