import { createGunzip, type Gunzip, gunzipSync } from "node:zlib";

/** What a unit is refused beyond; sizes are in bytes. */
export interface UnitLimits {
  readonly compressedBytes: number;
  readonly bytes: number;
  /** Output per input byte, judged after 10 MB of output. */
  readonly ratio: number;
  readonly records: number;
  /** UTC days on which its records lie: each becomes a file in every table. */
  readonly days: number;
  readonly recordBytes: number;
  /** One body that lies beside its record, decompressed. */
  readonly bodyBytes: number;
}

export const unitLimits: UnitLimits = {
  compressedBytes: 256 * 2 ** 20,
  bytes: 2 * 2 ** 30,
  ratio: 200,
  records: 500_000,
  days: 1_200,
  recordBytes: 8 * 2 ** 20,
  bodyBytes: 64 * 2 ** 20,
};

const ratioJudgedFrom = 10 * 2 ** 20;
const outputChunk = 64 * 1024;
/** Most objects are far smaller. Unpacked at once they cost no stream, whose making takes longer than their unpacking. */
const smallBytes = 256 * 1024;
const smallOutput = 4 * 2 ** 20;

/** The stream is no whole gzip. `at` is the compressed byte up to which it could be read. */
export class DamagedError extends Error {
  override readonly name = "DamagedError";
  readonly reason: "bad-gzip" | "truncated";
  readonly at: number;

  constructor(reason: "bad-gzip" | "truncated", at: number) {
    super(`${reason} at compressed byte ${at}`);
    this.reason = reason;
    this.at = at;
  }
}

/** The unit is over a limit; `limit` says which. */
export class OversizeError extends Error {
  override readonly name = "OversizeError";
  readonly limit: keyof UnitLimits;

  constructor(limit: keyof UnitLimits) {
    super(`over the limit of ${limit}`);
    this.limit = limit;
  }
}

/** The bytes of a unit, decompressed when they begin as gzip does, whatever its name is. */
export interface PlainUnit {
  readonly chunks: AsyncIterable<Buffer>;
  /** Gives all of a small unit once more: who needs its lines only now and then need not hold them. Null: they are not to be had again. */
  readonly again: (() => Buffer) | null;
}

export async function openPlain(packed: AsyncIterable<Buffer>, limits: UnitLimits): Promise<PlainUnit> {
  const { all, ended, start } = await peek(packed);
  const isGzip = start[0] === 0x1f && start[1] === 0x8b;
  const small = isGzip && ended && start.length <= limits.compressedBytes ? unpackedAtOnce(start) : null;
  const chunks = small !== null ? [small] : isGzip ? gunzip(all, limits) : limited(all, limits);
  return { chunks: within(chunks, limits.bytes), again: small === null ? null : unpackedAgain(start) };
}

/** The chunks alone. */
export async function* plainBytes(packed: AsyncIterable<Buffer>, limits: UnitLimits): AsyncGenerator<Buffer> {
  yield* (await openPlain(packed, limits)).chunks;
}

async function* within(chunks: AsyncIterable<Buffer> | Iterable<Buffer>, limit: number): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > limit) throw new OversizeError("bytes");
    yield chunk;
  }
}

/** The stream's start, beyond which a small one has nothing, and the whole stream again. */
async function peek(
  chunks: AsyncIterable<Buffer>,
): Promise<{ readonly start: Buffer; readonly ended: boolean; readonly all: AsyncIterable<Buffer> }> {
  const iterator = chunks[Symbol.asyncIterator]();
  const begun: Buffer[] = [];
  let size = 0;
  let ended = false;
  while (size < smallBytes && !ended) {
    const next = await iterator.next();
    if (next.done === true) ended = true;
    else {
      begun.push(next.value);
      size += next.value.length;
    }
  }
  async function* again(): AsyncGenerator<Buffer> {
    yield* begun;
    if (!ended) yield* { [Symbol.asyncIterator]: () => iterator };
  }
  const [first] = begun;
  return { start: first !== undefined && begun.length === 1 ? first : Buffer.concat(begun), ended, all: again() };
}

/** Null for what is damaged or large: read as a stream it tells where, or how it goes on. */
function unpackedAtOnce(packed: Buffer): Buffer | null {
  try {
    const options = { chunkSize: outputChunk, maxOutputLength: smallOutput, info: true };
    const { buffer, engine } = gunzipSync(packed, options) as unknown as { buffer: Buffer; engine: Gunzip };
    return engine.bytesWritten < lengthWithoutPadding(packed) ? null : buffer;
  } catch {
    return null;
  }
}

/** Of the unit that was asked for last: its lines are asked for one after the other. */
let lastUnpacked: { readonly packed: Buffer; readonly plain: Buffer } | null = null;

function unpackedAgain(packed: Buffer): () => Buffer {
  return () => {
    if (lastUnpacked?.packed !== packed) lastUnpacked = { packed, plain: gunzipSync(packed) };
    return lastUnpacked.plain;
  };
}

/** Up to the zeros at the end. */
function lengthWithoutPadding(bytes: Buffer): number {
  let length = bytes.length;
  while (length > 0 && bytes[length - 1] === 0) length -= 1;
  return length;
}

async function* limited(chunks: AsyncIterable<Buffer>, limits: UnitLimits): AsyncGenerator<Buffer> {
  let read = 0;
  for await (const chunk of chunks) {
    read += chunk.length;
    if (read > limits.compressedBytes) throw new OversizeError("compressedBytes");
    yield chunk;
  }
}

async function* gunzip(chunks: AsyncIterable<Buffer>, limits: UnitLimits): AsyncGenerator<Buffer> {
  const engine = createGunzip({ chunkSize: outputChunk });
  let written = 0;
  const feeding = feed(engine, limited(chunks, limits)).then((fed) => void (written = fed));
  let produced = 0;
  try {
    for await (const chunk of engine as AsyncIterable<Buffer>) {
      produced += chunk.length;
      if (produced > ratioJudgedFrom && produced > engine.bytesWritten * limits.ratio) throw new OversizeError("ratio");
      yield chunk;
    }
    await feeding;
  } catch (error) {
    engine.destroy();
    await feeding.catch(() => undefined);
    throw damage(error, engine.bytesWritten);
  }
  // zlib stops without an error at what is no further member: only padding may stand there.
  if (written > engine.bytesWritten) throw new DamagedError("bad-gzip", engine.bytesWritten);
}

/** Gives all chunks to the engine; resolves to the bytes before the padding of zeros. */
async function feed(engine: Gunzip, chunks: AsyncIterable<Buffer>): Promise<number> {
  let fed = 0;
  let lastNonZero = 0;
  try {
    for await (const chunk of chunks) {
      const length = lengthWithoutPadding(chunk);
      if (length > 0) lastNonZero = fed + length;
      fed += chunk.length;
      if (engine.destroyed || engine.readableEnded) continue;
      if (!engine.write(chunk)) await drained(engine);
    }
    engine.end();
  } catch (error) {
    engine.destroy(error instanceof Error ? error : new Error("source failed"));
    throw error;
  }
  return lastNonZero;
}

function drained(engine: Gunzip): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      for (const event of ["drain", "close", "end", "error"]) engine.off(event, done);
      resolve();
    };
    for (const event of ["drain", "close", "end", "error"]) engine.on(event, done);
  });
}

function damage(error: unknown, at: number): unknown {
  const code = error instanceof Error ? (error as { code?: unknown }).code : null;
  if (code === "Z_BUF_ERROR") return new DamagedError("truncated", at);
  if (typeof code === "string" && code.startsWith("Z_")) return new DamagedError("bad-gzip", at);
  return error;
}
