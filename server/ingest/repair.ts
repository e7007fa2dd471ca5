import { readFile } from "node:fs/promises";
import path from "node:path";
import { Readable } from "node:stream";
import { type Counts, noCounts, type SourceKind } from "../domain/coverage.ts";
import { UserError } from "../lib/errors.ts";
import { sha256Hex } from "../lib/hash.ts";
import type { OpenedUnit } from "../sources/source.ts";
import { heldEntry, type HeldEntry, moveCounts, openEntries, resolveEntry } from "../store/catalog/quarantine.ts";
import { commit } from "../store/commit.ts";
import { erasedHashes } from "../store/erase.ts";
import { pieceHash } from "../store/erased-names.ts";
import type { Lease } from "../store/lease.ts";
import type { Store } from "../store/store.ts";
import { ulid } from "../store/ulid.ts";
import { appendTrail } from "../trail/trail.ts";
import { type ModelMapping, noMapping } from "../normalize/model-mapping.ts";
import { askNobody } from "./bodies.ts";
import { noteBodies } from "./body-units.ts";
import { Claims } from "./claims.ts";
import { assertRows, dropStaging, makeStaging } from "./commit.ts";
import { unitLimits } from "./gunzip.ts";
import { openModels } from "./models.ts";
import type { StagedGroup, UnitJob } from "./protocol.ts";
import { openReaders, type Readers } from "./readers.ts";
import { loadIdentities, storedCopy } from "./stored.ts";

/** Who settles an entry, and why. */
export interface Settling {
  readonly by: string;
  readonly reason: string;
  /** What the operator says of ARNs that AWS does not explain. */
  readonly mapping?: ModelMapping;
}

/** What became of one entry. */
export interface Reread {
  readonly id: string;
  /** Null: it was read. Else why it still can't be. */
  readonly unreadable: string | null;
  /** What it brought. */
  readonly counts: Counts;
}

/** Reads every open entry whose bytes are kept with today's code. What can be read now is stored once; the rest stays as it is. */
export async function retryAll(store: Store, lease: Lease, settling: Settling): Promise<readonly Reread[]> {
  const entries = await openEntries(store.catalog);
  return withReaders(store, lease, settling, async (deps) => {
    const all: Reread[] = [];
    for (const entry of entries) all.push(await retryOne(deps, entry, settling));
    return all;
  });
}

/** As `retryAll`, for one entry. */
export async function retry(store: Store, lease: Lease, id: string, settling: Settling): Promise<Reread> {
  const entry = open(await heldEntry(store.catalog, id));
  return withReaders(store, lease, settling, (deps) => retryOne(deps, entry, settling));
}

/**
 * Stores what a person gives in place of an entry's bytes; its records carry the anomaly `repaired`. Throws `UserError` when these
 * bytes can't be read either.
 */
export async function repair(
  store: Store,
  lease: Lease,
  id: string,
  { bytes, by, reason, ...settling }: Settling & { readonly bytes: Uint8Array },
): Promise<Reread> {
  const entry = open(await heldEntry(store.catalog, id));
  await told(store, "quarantine.repair", entry, { by, reason });
  const done = await withReaders(store, lease, settling, (deps) =>
    reread(deps, entry, { bytes, repaired: true, by, reason }),
  );
  if (done.unreadable !== null)
    throw new UserError(
      `the bytes given for ${id} cannot be read: ${done.unreadable}`,
      "Give one whole record a line.",
    );
  return done;
}

/** Settles an entry without reading it: its count stays quarantined, it no longer waits for anyone. */
export async function dismiss(store: Store, id: string, settling: Settling): Promise<void> {
  const entry = open(await heldEntry(store.catalog, id));
  await told(store, "quarantine.dismiss", entry, settling);
  const { by, reason: note } = settling;
  await resolveEntry(store.catalog, id, { state: "dismissed", by, note, at: store.clock() });
}

/**
 * The bytes of an entry, after the trail says who reads them and why. Null where they are not kept. Throws `UserError` where they should be
 * and are not as they were.
 */
export async function heldBytes(store: Store, id: string, settling: Settling): Promise<Buffer | null> {
  const entry = await heldEntry(store.catalog, id);
  await told(store, "quarantine.show", entry, settling);
  if (entry.file === null) return null;
  const bytes = await bytesOf(store, entry);
  if (typeof bytes !== "string") return bytes;
  throw new UserError(
    `quarantine entry ${id}: ${bytes}`,
    `Put ${entry.file} back from a backup, or dismiss the entry.`,
  );
}

async function told(store: Store, action: string, { id }: HeldEntry, { by: actor, reason }: Settling): Promise<void> {
  const objects = [{ type: "quarantine", id }];
  await appendTrail(store, { actor, action, objects, reason, ticket: null, outcome: "allowed" });
}

function open(entry: HeldEntry): HeldEntry {
  if (entry.state === "open") return entry;
  throw new UserError(`quarantine entry ${entry.id} is ${entry.state}`, "Name one that is open.");
}

/** The bytes of an entry exactly as they were kept; else words for why they are not at hand. */
async function bytesOf({ paths }: Store, { file, sha256 }: HeldEntry): Promise<Buffer | string> {
  if (file === null) return "its bytes are not kept";
  const bytes = await readFile(path.join(paths.root, file)).catch(() => null);
  if (bytes === null) return "its bytes are missing, or cannot be read";
  return sha256 === null || sha256Hex(bytes) === sha256 ? bytes : "its bytes are not those that were kept";
}

interface RereadDeps {
  readonly store: Store;
  readonly lease: Lease;
  readonly readers: Readers;
  readonly claims: Claims;
  /** Hashes of what was erased. */
  readonly erased: ReadonlySet<string>;
}

async function retryOne(deps: RereadDeps, entry: HeldEntry, settling: Settling): Promise<Reread> {
  // What is compressed, or was kept beside a stored record, is no line of its own.
  if (entry.reason === "bad-gzip" || entry.reason === "too-deep")
    return { id: entry.id, unreadable: `${entry.reason}: there is no line to read again`, counts: noCounts };
  const bytes = await bytesOf(deps.store, entry);
  if (typeof bytes === "string") return { id: entry.id, unreadable: bytes, counts: noCounts };
  return reread(deps, entry, { bytes, repaired: false, ...settling });
}

interface Replacement extends Settling {
  readonly bytes: Uint8Array;
  readonly repaired: boolean;
}

/** Reads bytes as the entry's unit would have been read; what they give takes the place of one quarantined count. */
async function reread(
  { claims, erased, lease, readers, store }: RereadDeps,
  entry: HeldEntry,
  { by, bytes, reason, repaired }: Replacement,
): Promise<Reread> {
  claims.open(onlyGroup);
  let kept = false;
  try {
    const at = store.clock();
    const unit = { job: jobOf(entry, { at, erased, repaired }), size: bytes.length, open: () => opened(bytes) };
    const { staged } = await readers.read({ id: onlyGroup, units: [unit] }, new AbortController().signal);
    const unreadable = whyNot(staged);
    const [result] = staged.units;
    if (unreadable !== null || result === undefined) return { id: entry.id, unreadable, counts: noCounts };
    const { counts, ignoredBy } = result;
    assertRows(counts, staged);
    await commit(store, lease, {
      batchId: ulid(at, store.random),
      kind: "ingest",
      segments: staged.files,
      async apply(transaction, snapshot) {
        const moved = { ...counts, read: counts.read - 1, quarantined: -1 };
        await moveCounts(transaction, entry.unitId, { counts: moved, ignoredBy });
        const brought = { counts, ignoredBy };
        await resolveEntry(transaction, entry.id, { state: "repaired", by, note: reason, at, brought });
        await noteBodies(transaction, staged.bodies, { now: at, snapshot, chance: () => 0 });
      },
    });
    kept = true;
    return { id: entry.id, unreadable: null, counts };
  } finally {
    claims.settle(onlyGroup, kept);
  }
}

/** Groups are numbered from 2; one is read at a time. */
const onlyGroup = 2;

function whyNot({ damaged, quarantine, units }: StagedGroup): string | null {
  const [again] = quarantine;
  if (again !== undefined) return again.detail === "" ? again.reason : `${again.reason} (${again.detail})`;
  if (damaged[0] !== undefined) return damaged[0].code;
  return units[0] === undefined || units[0].counts.read === 0 ? "there is no record in it" : null;
}

async function opened(bytes: Uint8Array): Promise<OpenedUnit> {
  // What is held has lost its line feed, and would look cut.
  return { bytes: Readable.from([Buffer.concat([bytes, Buffer.from("\n")])]), length: null, version: "" };
}

/** Its rows and its entry carry one time: that is how the rows of a repair are found again. */
function jobOf(
  entry: HeldEntry,
  { at, erased, repaired }: { readonly at: number; readonly erased: ReadonlySet<string>; readonly repaired: boolean },
): UnitJob {
  const { accountId, kind, region, sha256, sourceId, unitId } = entry;
  return {
    unitId,
    sourceId,
    kind: kind as SourceKind,
    scope: accountId === null || region === null ? null : { accountId, region },
    salvage: null,
    // A person asks for it, whatever its age.
    retention: null,
    ingestedAt: new Date(at).toISOString(),
    maxBytes: null,
    repaired,
    erased: sha256 !== null && erased.has(pieceHash(sha256)),
  };
}

async function withReaders<T>(
  store: Store,
  lease: Lease,
  { mapping = noMapping }: Pick<Settling, "mapping">,
  use: (deps: RereadDeps) => Promise<T>,
): Promise<T> {
  const stagingDir = makeStaging(store);
  const claims = new Claims((dt) => loadIdentities(store, dt));
  const { catalog, clock, log } = store;
  const erased = new Set(await erasedHashes(store));
  const { models } = await openModels({ catalog, clock, log, lookup: null });
  const readers = openReaders(1, {
    setup: {
      hmacKey: store.hmacKey(),
      stagingDir,
      limits: unitLimits,
      batch: { rows: 1_024, bytes: 8 * 2 ** 20 },
      catalogId: store.catalogId,
      models,
      mapping,
      erased,
      preferred: new Map(),
      signals: true,
    },
    claims,
    storedCopy: (claim, record) =>
      storedCopy(store, claim.ids[record] ?? "", claim.days[claim.dayOf[record] ?? 0] ?? ""),
    onProgress: () => undefined,
    fetchBody: askNobody,
  });
  try {
    return await use({ store, lease, readers, claims, erased });
  } finally {
    await readers.close();
    dropStaging(stagingDir);
  }
}
