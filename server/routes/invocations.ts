import { api } from "../domain/api.ts";
import type { InvocationRecord, RevealedContent } from "../domain/invocation-answers.ts";
import type { PriceLookup } from "../domain/price.ts";
import { openHmac } from "../lib/hash.ts";
import { findContent, findInvocation, type FoundInvocation } from "../metrics/invocation.ts";
import { queryInvocations } from "../metrics/invocations.ts";
import { outline } from "../normalize/outline.ts";
import { storedSegments } from "../normalize/stored-content.ts";
import { findingsOfInvocation } from "../findings/of-invocation.ts";
import type { Moment } from "../store/moments.ts";
import type { Store } from "../store/store.ts";
import { appendTrail } from "../trail/trail.ts";
import { handle, NotFoundError, type Route } from "./route.ts";

interface Deps {
  readonly store: Store;
  readonly prices: PriceLookup;
  readonly moment: () => Promise<Moment>;
  /** Seconds that revealed content may stay on a screen. */
  readonly revealTtl: number;
}

export function invocationRoutes(deps: Deps): readonly Route[] {
  const { moment, store, prices } = deps;
  const { catalog, clock } = store;
  const engine = store.interactive;
  return [
    handle(api.invocations, async ({ input, signal }) => {
      const { snapshot } = await moment();
      return queryInvocations({ engine, snapshot: async () => snapshot, prices, clock }, input, signal);
    }),
    handle(api.invocation, async ({ input: { id, time }, signal }) => {
      const found = await findOrFail(deps, id, time, signal);
      const [{ segments }, findings] = await Promise.all([
        contentOf(store, found, signal),
        findingsOfInvocation(catalog, found.invocation),
      ]);
      return { ...found, outline: outline({ segments }), findings } satisfies InvocationRecord;
    }),
    handle(api.reveal, async ({ input: { id, time, reason, ticket }, actor, signal }) => {
      const { invocation } = await findOrFail(deps, id, time, signal);
      // The entry is committed before anything is read: no trace, no content.
      const trailSeq = await appendTrail(store, {
        actor,
        action: "reveal",
        objects: [{ type: "invocation", id: invocation.id }],
        reason: reason ?? null,
        ticket: ticket ?? null,
        outcome: "allowed",
      });
      const content = await contentOf(store, { invocation }, signal);
      const lines = outline(content);
      return {
        segments: lines.map((line, index) => ({ ...line, text: content.segments[index]?.text ?? null })),
        inputBody: content.input,
        outputBody: content.output,
        complete: content.complete,
        ttlSeconds: deps.revealTtl,
        trailSeq,
      } satisfies RevealedContent;
    }),
  ];
}

async function findOrFail(
  { store, prices }: Deps,
  id: string,
  time: string | undefined,
  signal: AbortSignal,
): Promise<FoundInvocation> {
  const { catalog, clock, interactive: engine } = store;
  const found = await findInvocation({ engine, catalog, prices, clock }, id, time, signal);
  if (found === null) throw new NotFoundError("there is no such invocation");
  return found;
}

async function contentOf(store: Store, { invocation }: Pick<FoundInvocation, "invocation">, signal: AbortSignal) {
  const bodies = await findContent({ engine: store.interactive }, invocation.id, invocation.time, signal);
  const bodyOf = (side: "input" | "output") => bodies.find((body) => body.side === side)?.body ?? null;
  const [input, output] = [bodyOf("input"), bodyOf("output")];
  const read = storedSegments({ operation: invocation.operation, input, output }, openHmac(store.hmacKey()));
  return { ...read, input, output };
}
