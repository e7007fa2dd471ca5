import type { Invocation } from "../domain/invocation.ts";
import { opaqueTypes } from "../normalize/opaque-models.ts";

/** The ARN of a call to a model that neither AWS nor the operator has explained yet, else null. */
export function unexplained({ endpointType, modelId, modelSource }: Invocation): string | null {
  const explained = modelSource === "api" || modelSource === "mapping";
  return opaqueTypes.has(endpointType) && !explained ? modelId : null;
}
