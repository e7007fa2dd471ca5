import type { Invocation } from "../domain/invocation.ts";
import { type Mapped, readEndpoint, type Resolve } from "./endpoint.ts";
import { readResidency } from "./outcome.ts";

/** The call with the model that stands behind its opaque id, once that is known; else the call as it is. */
export function withModel(
  call: Invocation,
  deps: { readonly resolve: Resolve; readonly mapping?: Mapped },
): Invocation {
  const { endpoint } = readEndpoint(call.modelId, call.region, {
    resolve: deps.resolve,
    mapping: deps.mapping ?? (() => null),
    invokedModelId: null,
    answeredModel: null,
  });
  if (endpoint.modelSource === null) return call;
  const residency = readResidency({ region: call.region, logged: call, counts: call, guardrail: call, endpoint });
  return { ...call, ...endpoint, residency };
}
