import { AwsError } from "../answer.ts";
import type { AwsRequest } from "../request.ts";

/** Operation and input of a call in the JSON protocols: the name stands in a header. */
export function jsonTarget<Input>({ headers, body }: AwsRequest): { readonly api: string; readonly input: Input } {
  const api = headers["x-amz-target"]?.split(".")[1] ?? "";
  try {
    return { api, input: JSON.parse(body || "{}") as Input };
  } catch {
    throw new AwsError(400, "SerializationException", "The body is not JSON.");
  }
}
