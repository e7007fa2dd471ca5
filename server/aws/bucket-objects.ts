import { ListObjectsV2Command } from "@aws-sdk/client-s3";
import type { BucketCall } from "./bucket-settings.ts";
import { pagesOf, required } from "./pages.ts";
import { keepRawAnswer, requireXmlRoot } from "./raw-answer.ts";

export interface ListedObject {
  readonly key: string;
  readonly sizeBytes: number;
}

/** What is looked for is nearly always the first key. */
const firstPage = 5;

/** Whether an object under the prefix is one that is wanted. Keys are listed in order until one is met; nothing is read. */
export async function holdsObject(
  { account, bucket, owner, region }: BucketCall,
  prefix: string,
  isWanted: (object: ListedObject) => boolean,
): Promise<boolean> {
  const fetch = async (token: string | undefined) => {
    const command = new ListObjectsV2Command({
      Bucket: bucket,
      ExpectedBucketOwner: owner,
      Prefix: prefix,
      ...(token === undefined ? { MaxKeys: firstPage } : { ContinuationToken: token }),
    });
    const raw = keepRawAnswer(command);
    const answer = await account.s3(region).send(command);
    requireXmlRoot(raw(), "ListBucketResult");
    return answer;
  };
  const next = ({ IsTruncated, NextContinuationToken }: Awaited<ReturnType<typeof fetch>>) =>
    required(IsTruncated, "IsTruncated") ? required(NextContinuationToken, "NextContinuationToken") : undefined;
  for await (const { Contents = [] } of pagesOf(fetch, next))
    for (const { Key, Size } of Contents)
      if (isWanted({ key: required(Key, "Key"), sizeBytes: required(Size, "Size") })) return true;
  return false;
}
