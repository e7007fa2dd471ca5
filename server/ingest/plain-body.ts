import { DamagedError, OversizeError, plainBytes, type UnitLimits } from "./gunzip.ts";
import type { BodyAnswer, BodyNote } from "./protocol.ts";

/** A body, decompressed, or why there is none. */
export type PlainBody =
  | { readonly bytes: Uint8Array }
  | (Pick<BodyNote, "code"> & { readonly outcome: Exclude<BodyNote["outcome"], "done"> });

/** What came under the path of a body, decompressed, within its limit. */
export async function plainBody(answer: BodyAnswer, limits: UnitLimits): Promise<PlainBody> {
  if ("failure" in answer) {
    const { code, failure } = answer;
    return { outcome: failure === "too-large" ? "oversize" : failure, code };
  }
  const { bodyBytes } = limits;
  const chunks: Buffer[] = [];
  try {
    const { buffer, byteOffset, length } = answer.bytes;
    for await (const chunk of plainBytes(once(Buffer.from(buffer, byteOffset, length)), {
      ...limits,
      bytes: bodyBytes,
    }))
      chunks.push(chunk);
  } catch (error) {
    if (error instanceof OversizeError) return { outcome: "oversize", code: error.limit };
    if (error instanceof DamagedError) return { outcome: "corrupt", code: error.reason };
    throw error;
  }
  return { bytes: Buffer.concat(chunks) };
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}
