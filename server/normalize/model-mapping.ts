import { z } from "zod";
import { parseYaml } from "../lib/yaml-text.ts";
import { parseModelId } from "./model-id.ts";
import { isNamedFreely, opaqueTypes } from "./opaque-models.ts";

/** The operator's own word for what stands behind ARNs that AWS does not explain: ARN → model id, as a caller would write it. */
export type ModelMapping = ReadonlyMap<string, string>;

export const noMapping: ModelMapping = new Map();

const Entry = z
  .strictObject({
    arn: z
      .string()
      .max(400)
      .refine(
        (arn) => arn.startsWith("arn:") && opaqueTypes.has(parseModelId(arn).endpointType),
        "not the ARN of an application profile, provisioned throughput, custom or imported model or Marketplace endpoint",
      ),
    /** A base model id, or the id or ARN of a system profile: `global.…`, `us.…`. Of an imported model or a Marketplace endpoint any name. */
    model: z.string().min(1).max(200),
  })
  .superRefine(({ arn, model }, context) => {
    if (isNamedFreely(parseModelId(arn).endpointType) || parseModelId(model).model !== null) return;
    context.addIssue({
      code: "custom",
      path: ["model"],
      message: "not a model id such as anthropic.claude-…, or of a profile",
    });
  });

const Mapping = z.strictObject({
  models: z
    .array(Entry)
    .max(10_000)
    .superRefine((entries, context) => {
      const seen = new Set<string>();
      for (const [index, { arn }] of entries.entries()) {
        if (seen.has(arn)) context.addIssue({ code: "custom", path: [index, "arn"], message: "it stands there twice" });
        seen.add(arn);
      }
    }),
});

/** Reads a mapping file, YAML; `file` is how messages call it. Throws `UserError` with file, line and field of what is wrong. */
export function parseModelMapping(file: string, text: string): ModelMapping {
  const { models } = parseYaml(Mapping, file, text);
  return new Map(models.map(({ arn, model }) => [arn, model]));
}
