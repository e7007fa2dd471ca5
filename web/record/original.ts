import type { InvocationRecord } from "../../server/domain/invocation-answers.ts";

/** Only what a shell takes as it stands, in quotes: a key is somebody else's text. */
const plain = /^[\w!\-.*()/+=:,@ ]+$/;

/** The command that prints the record's own line, for an object in S3; null for other places, and for names that are no plain text. */
export function originalCommand({ place, key, line }: InvocationRecord["provenance"]): string | null {
  const bucket = /^s3:\/\/([a-z0-9.-]+)\//.exec(place)?.[1];
  if (bucket === undefined || !plain.test(key)) return null;
  const unpack = key.endsWith(".gz") ? " | gunzip" : "";
  return `aws s3 cp 's3://${bucket}/${key}' -${unpack} | sed -n ${line}p`;
}
