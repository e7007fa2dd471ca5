import { ListObjectsV2Command } from "@aws-sdk/client-s3";
import type { BucketCall } from "./bucket-settings.ts";
import { required } from "./pages.ts";
import { keepRawAnswer, requireXmlRoot, UnreadableAnswer } from "./raw-answer.ts";

export interface ListedObject {
  readonly key: string;
  readonly sizeBytes: number;
}

/** Several days of a bucket with little traffic in one answer. */
const usualPage = 250;
/** Where one answer holds less than a day, the first keys of each are enough. */
const smallPage = 5;
const widePage = 1_000;
const mostPages = 10_000;

/** Of an object its key and size are enough. */
const unneeded = ["ChecksumAlgorithm", "ChecksumType", "ETag", "LastModified", "StorageClass"];

interface Where {
  readonly startAfter: string;
  /** Goes on where the last page ended; null: from `startAfter`. */
  readonly token: string | null;
  readonly size: number;
}

interface Page {
  readonly objects: readonly ListedObject[];
  /** null: it was the last one. */
  readonly token: string | null;
}

/**
 * Which of the prefixes hold an object that is wanted. All begin with `folder`, none with another one. Keys are listed in their order, and
 * what lies behind the first wanted one of a prefix is skipped; nothing is read. Throws `UnreadableAnswer` for a list without order or end.
 */
export async function prefixesHolding(
  call: BucketCall,
  {
    folder,
    isWanted,
    prefixes,
  }: {
    readonly folder: string;
    readonly prefixes: readonly string[];
    readonly isWanted: (object: ListedObject) => boolean;
  },
): Promise<ReadonlySet<string>> {
  const left = prefixes.toSorted();
  const held = new Set<string>();
  const tokens = new Set<string>();
  let where: Where = { startAfter: left[0] ?? "", token: null, size: usualPage };
  let last = "";
  for (let pages = 0; left[0] !== undefined; pages++) {
    const page: Page = await pageOf(call, folder, where);
    const before = left.length;
    for (const object of page.objects) {
      if (object.key <= last) throw new UnreadableAnswer("A list has no order.");
      last = object.key;
      settle(object, left, held, isWanted);
    }
    const { token } = page;
    if (token === null) break;
    if (tokens.has(token) || pages >= mostPages) throw new UnreadableAnswer("A list repeats a page, or has no end.");
    tokens.add(token);
    const settled = before - left.length;
    where = page.objects.length === 0 ? { ...where, token } : next(left[0] ?? "", last, { token, settled });
  }
  return held;
}

/** Takes from `left` each prefix that the object shows to hold something, or nothing. */
function settle(
  object: ListedObject,
  left: string[],
  held: Set<string>,
  isWanted: (object: ListedObject) => boolean,
): void {
  while (left[0] !== undefined && object.key > left[0] && !object.key.startsWith(left[0])) left.shift();
  const [first] = left;
  if (first === undefined || !object.key.startsWith(first) || !isWanted(object)) return;
  held.add(first);
  left.shift();
}

/** Behind the last page, or further on where the next prefix begins. */
function next(
  first: string,
  last: string,
  { settled, token }: { readonly token: string; readonly settled: number },
): Where {
  // A day that goes on without what is wanted is passed by in large steps.
  if (first <= last) return { startAfter: "", token, size: widePage };
  return { startAfter: first, token: null, size: settled > 1 ? usualPage : smallPage };
}

async function pageOf(
  { account, bucket, owner, region }: BucketCall,
  folder: string,
  { size, startAfter, token }: Where,
): Promise<Page> {
  const command = new ListObjectsV2Command({
    Bucket: bucket,
    ExpectedBucketOwner: owner,
    Prefix: folder,
    MaxKeys: size,
    ...(token === null ? { StartAfter: startAfter } : { ContinuationToken: token }),
  });
  const raw = keepRawAnswer(command, unneeded);
  const { Contents = [], IsTruncated, NextContinuationToken } = await account.s3(region).send(command);
  requireXmlRoot(raw(), "ListBucketResult");
  return {
    objects: Contents.map(({ Key, Size }) => ({ key: required(Key, "Key"), sizeBytes: required(Size, "Size") })),
    token: required(IsTruncated, "IsTruncated") ? required(NextContinuationToken, "NextContinuationToken") : null,
  };
}
