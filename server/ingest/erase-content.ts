import { UserError } from "../lib/errors.ts";
import { type Hold, holdOver } from "../store/catalog/holds.ts";
import { keepErasures } from "../store/catalog/kept-erasures.ts";
import { callsWithin, type Erased, erase, type ErasureScope } from "../store/erase.ts";
import type { Lease } from "../store/lease.ts";
import type { Store } from "../store/store.ts";
import { appendTrail } from "../trail/trail.ts";
import { dropPieces, piecesWithin, type QuarantineErased } from "./erase-quarantined.ts";

/**
 * Erases content after the trail says who asked for it and why. Of whom is told by account of the keys given, never by content. Throws
 * `UserError`, exit code 3, when a hold keeps any of it: then nothing is erased, and the trail says so.
 */
export async function eraseContent(
  store: Store,
  lease: Lease,
  { by, reason, scope }: { readonly scope: ErasureScope; readonly by: string; readonly reason: string },
): Promise<Erased & { readonly quarantine: QuarantineErased }> {
  const calls = await callsWithin(store, scope);
  const { pieces, untold } = await piecesWithin(store, scope, calls);
  const hold = await holdOver(store.catalog, [...calls, ...pieces.flatMap(({ days }) => days)]);
  const objects = Object.entries(scope).map(([type, id]) => ({ type, id: String(id) }));
  const act = { actor: by, action: "content.erase", objects, reason, ticket: null };
  await appendTrail(store, { ...act, outcome: hold === null ? "allowed" : "denied" });
  if (hold !== null) throw heldBack(hold);
  const hashes = [...new Set(pieces.flatMap((piece) => piece.hashes))];
  // Before the bytes go: after a crash their source would bring them back.
  const noted = hashes.map((hash) => ({ identity_hash: hash, at: store.clock(), by, reason }));
  if (noted.length > 0) keepErasures(store.paths, noted);
  await dropPieces(store, pieces);
  const erased = await erase(store, lease, { calls, beside: hashes, by, reason });
  const removed = pieces.filter(({ id }) => id !== null).length;
  const looseFiles = erased.looseFiles + pieces.length - removed;
  return { ...erased, looseFiles, quarantine: { removed, untold } };
}

function heldBack({ account, from, id, reason, to }: Hold): UserError {
  return new UserError(
    `nothing was erased: hold ${id} keeps days of ${account} from ${from} through ${to} (${reason}), and some of this lies in them`,
    `Release it with "bedrock-audit ingest hold release ${id}", or name what no hold keeps.`,
    { exitCode: 3 },
  );
}
