import { eraseQuarantined, type QuarantineErased } from "./erase-quarantined.ts";
import { type Erased, erase, type ErasureScope } from "../store/erase.ts";
import type { Lease } from "../store/lease.ts";
import type { Store } from "../store/store.ts";
import { appendTrail } from "../trail/trail.ts";

/** Erases content after the trail says who asked for it and why. Of whom is told by account of the keys given, never by content. */
export async function eraseContent(
  store: Store,
  lease: Lease,
  work: { readonly scope: ErasureScope; readonly by: string; readonly reason: string },
): Promise<Erased & { readonly quarantine: QuarantineErased }> {
  const objects = Object.entries(work.scope).map(([type, id]) => ({ type, id: String(id) }));
  const act = { actor: work.by, action: "content.erase", objects, reason: work.reason, ticket: null };
  await appendTrail(store, { ...act, outcome: "allowed" });
  const quarantine = await eraseQuarantined(store, work.scope);
  return { ...(await erase(store, lease, work)), quarantine };
}
