import { createHash, randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { unitLimits } from "../../server/ingest/gunzip.ts";
import type { QuarantinedBytes, UnitJob } from "../../server/ingest/protocol.ts";
import { readUnit, type UnitDeps } from "../../server/ingest/unit.ts";
import { readLine } from "../../server/normalize/read-line.ts";
import { lines, record } from "./kit.ts";

const whole = gzipSync(lines(record("a-1"), record("a-2")));
const hmac = (text: string) => createHash("sha256").update(text).digest("hex");
const deps: UnitDeps = {
  readLine: (line) => readLine(line, { hmac, resolve: () => null }),
  limits: unitLimits,
  isErased: () => false,
};
const job: UnitJob = {
  unitId: 1,
  sourceId: "s3:a",
  kind: "s3",
  scope: null,
  salvage: { from: whole.length },
  retention: null,
  ingestedAt: "2026-11-20T12:00:00.000Z",
  maxBytes: null,
};

/** Reads an object that has `rest` behind its whole member; gives what stands in quarantine. */
async function salvaged(rest: Buffer): Promise<QuarantinedBytes> {
  const bytes = Buffer.concat([whole, rest]);
  async function* chunks(): AsyncGenerator<Buffer> {
    for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
  }
  const held: QuarantinedBytes[] = [];
  const sink = { record: () => undefined, quarantine: (entry: QuarantinedBytes) => void held.push(entry) };
  const { counts, state } = await readUnit(job, chunks(), sink, deps);
  expect([state, counts.read, counts.quarantined]).toEqual(["partial", 3, 1]);
  const [entry] = held;
  if (entry === undefined) throw new Error("nothing stands in quarantine");
  return entry;
}

describe("the rest of an object that is damaged", () => {
  const noise = Buffer.concat([Buffer.from([1]), randomBytes(9 * 2 ** 20)]);

  /** From where the entry begins: zlib takes a byte or two of what is no further member before it refuses it. */
  const restOf = ({ byteFrom }: QuarantinedBytes, bytes: Buffer) => bytes.subarray((byteFrom ?? 0) - whole.length);

  it("is kept whole up to 8 MiB, without a mark", async () => {
    const bytes = noise.subarray(0, 8 * 2 ** 20);
    const entry = await salvaged(bytes);
    expect(entry).toMatchObject({ reason: "bad-gzip", detail: "", byteTo: whole.length + bytes.length });
    expect(Buffer.from(entry.bytes ?? []).equals(restOf(entry, bytes))).toBe(true);
  });

  it("says of a longer one how much of it is kept, and that the hash is that of the part", async () => {
    const entry = await salvaged(noise);
    const rest = restOf(entry, noise);
    const kept = Buffer.from(entry.bytes ?? []);
    expect(kept.length).toBeGreaterThan(8 * 2 ** 20 - 100);
    expect(entry.detail).toBe(
      `Only the first ${kept.length} of its ${rest.length} bytes are kept; the hash is theirs.`,
    );
    expect(entry.byteTo).toBe(whole.length + noise.length);
    expect(kept.equals(rest.subarray(0, kept.length))).toBe(true);
    expect(entry.sha256).toBe(createHash("sha256").update(kept).digest("hex"));
  });
});
