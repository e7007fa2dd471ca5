import { type Answer, answer, document, element, type XmlValue } from "../answer.ts";
import type { Call } from "../operation.ts";
import type { SimulatedBucket } from "../world.ts";

export const s3Xmlns = "http://s3.amazonaws.com/doc/2006-03-01/";

/** A setting of a bucket, asked for by a parameter of the query. */
export interface BucketRead {
  readonly parameter: string;
  readonly api: string;
  /** As IAM names it. */
  readonly action: string;
  readonly answer: (bucket: SimulatedBucket, call: Call, query: URLSearchParams) => Answer;
}

export function xml(root: string, value: XmlValue): Answer {
  return answer("rest-xml", document(element(root, value, s3Xmlns)));
}
