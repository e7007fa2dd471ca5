import { createHmac, randomBytes } from "node:crypto";
import { DamagedError, OversizeError, plainBytes, unitLimits } from "./gunzip.ts";
import { splitLines, tooLong } from "./lines.ts";
import { openModels } from "./models.ts";
import { UserError } from "../lib/errors.ts";
import type { ResolvedModel } from "../normalize/endpoint.ts";
import { explainLine, type Explained } from "../normalize/explain.ts";
import type { ModelMapping } from "../normalize/model-mapping.ts";
import type { Store } from "../store/store.ts";

/** What a store knows that reading a line needs. */
export interface ExplainContext {
  /** Key of the hashes that stand in place of what is not kept. */
  readonly hmacKey: Uint8Array;
  /** What AWS said of opaque model ARNs. */
  readonly models: ReadonlyMap<string, ResolvedModel>;
}

/** Lines are read as this store would read them. */
export async function contextOf(store: Store): Promise<ExplainContext> {
  const { catalog, clock, log } = store;
  const { models } = await openModels({ catalog, clock, log, lookup: null });
  return { hmacKey: store.hmacKey(), models };
}

/** Without a store: hashes then mean nothing beyond this run. */
export function noContext(): ExplainContext {
  return { hmacKey: randomBytes(32), models: new Map() };
}

/**
 * How each line of a log file is read, compressed or not; stores nothing. What is damaged stands where it begins. Throws `UserError` for a
 * file that is larger than one that would be read.
 */
export async function* explainFile(
  chunks: AsyncIterable<Buffer>,
  options: ExplainContext & { readonly mapping: ModelMapping; readonly content: boolean },
): AsyncGenerator<Explained> {
  const { hmacKey, mapping, models } = options;
  const deps = {
    hmac: (text: string) => createHmac("sha256", hmacKey).update(text).digest("hex"),
    resolve: (arn: string) => models.get(arn) ?? null,
    mapping: (arn: string) => mapping.get(arn) ?? null,
  };
  let number = 0;
  try {
    for await (const line of splitLines(plainBytes(chunks, unitLimits), unitLimits.recordBytes)) {
      number += 1;
      if (line.bytes === null)
        yield { line: number, quarantined: "record-too-large", detail: tooLong(unitLimits.recordBytes) };
      else yield* explainLine(number, line.bytes, deps, options);
    }
  } catch (error) {
    if (error instanceof OversizeError)
      throw new UserError(`the file is over the limit of ${error.limit}`, "Give a part of it, or its lines.", {
        cause: error,
      });
    if (!(error instanceof DamagedError)) throw error;
    const detail = `It is damaged from compressed byte ${error.at} on.`;
    yield { line: number + 1, quarantined: error.reason, detail };
  }
}
