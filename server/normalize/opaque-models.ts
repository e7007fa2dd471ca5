import type { EndpointType } from "../domain/invocation.ts";

/** Names that AWS or the operator must explain; a router names the model in each answer. */
export const opaqueTypes: ReadonlySet<EndpointType> = new Set([
  "application-profile",
  "provisioned",
  "custom",
  "imported",
  "marketplace",
]);

/** No model of Bedrock's stands behind these: the operator's name for it is as good as any. */
export function isNamedFreely(endpointType: EndpointType): boolean {
  return endpointType === "imported" || endpointType === "marketplace";
}
