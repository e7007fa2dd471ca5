import { z } from "zod";
import type { ResolvedModel } from "../normalize/endpoint.ts";
import type { Catalog } from "../store/catalog/ledger.ts";

const Answer = z.object({ modelArns: z.array(z.string()) });

/** The models behind opaque ARNs that were resolved before. */
export async function knownModels(catalog: Catalog): Promise<ReadonlyMap<string, ResolvedModel>> {
  const rows = await catalog.selectFrom("profiles").select(["arn", "answer"]).where("answer", "is not", null).execute();
  return new Map(
    rows.flatMap(({ answer, arn }) => {
      const read = Answer.safeParse(JSON.parse(answer ?? "null"));
      return read.success ? [[arn, read.data] as const] : [];
    }),
  );
}
