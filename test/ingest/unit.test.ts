import { createHash, randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { unitLimits } from "../../server/ingest/gunzip.ts";
import type { QuarantinedBytes, UnitJob } from "../../server/ingest/protocol.ts";
import type { IngestRecord } from "../../server/ingest/record.ts";
import { readUnit, type UnitDeps } from "../../server/ingest/unit.ts";
import { readLine } from "../../server/normalize/read-line.ts";
import { lines, record } from "./kit.ts";

const whole = gzipSync(lines(record("a-1"), record("a-2")));
const hmac = (text: string) => createHash("sha256").update(text).digest("hex");
const deps: UnitDeps = {
  readLine: (line) => readLine(line, { hmac, resolve: () => null }),
  limits: unitLimits,
  erased: null,
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

describe("an object reads the same, and each of its lines again", () => {
  const short = ["a-1", "a-2", "a-3"].map((id) => lines(record(id)));
  const noise = () => ({ output: { outputBodyJson: { noise: randomBytes(128).toString("hex") } } });
  const long = Array.from({ length: 4_000 }, (_, index) => lines(record(`b-${index}`, noise())));

  async function idsOf(bytes: Buffer): Promise<(string | null | undefined)[]> {
    const records: IngestRecord[] = [];
    const sink = { record: (read: IngestRecord) => void records.push(read), quarantine: () => undefined };
    await readUnit({ ...job, salvage: null }, Readable.from([bytes.subarray(0, 9), bytes.subarray(9)]), sink, deps);
    return records.flatMap(({ again, invocation }) => [invocation.requestId, again()?.invocation.requestId]);
  }

  it.each([
    ["as one member", short, (all: readonly string[]) => gzipSync(all.join(""))],
    ["as a member a line", short, (all: readonly string[]) => Buffer.concat(all.map((line) => gzipSync(line)))],
    [
      "before a padding of zeros",
      short,
      (all: readonly string[]) => Buffer.concat([gzipSync(all.join("")), Buffer.alloc(700)]),
    ],
    ["when it is too large to be unpacked at once", long, (all: readonly string[]) => gzipSync(all.join(""))],
    [
      "when it is small, and large unpacked",
      [...short, " ".repeat(5 * 2 ** 20)],
      (all: readonly string[]) => gzipSync(all.join("")),
    ],
  ])("%s", async (_, all, pack) => {
    expect(await idsOf(pack(all))).toEqual(await idsOf(Buffer.from(all.join(""))));
  });

  it("not when bytes that are no member stand behind it", async () => {
    await expect(idsOf(Buffer.concat([whole, Buffer.from("\0rest")]))).rejects.toThrow("bad-gzip");
  });
});

describe("a message in an envelope", () => {
  const message = (given: unknown) => (typeof given === "string" ? given : JSON.stringify(given));
  const envelope = (...given: readonly unknown[]) => ({
    messageType: "DATA_MESSAGE",
    logEvents: given.map((one, id) => ({ id: String(id), timestamp: 1, message: message(one) })),
  });

  it("that cannot be read is kept alone, and its neighbours are read", async () => {
    const other = record("b-1", { accountId: "444455556666" });
    const line = lines(envelope(record("a-1"), "hello", other, record("a-2"), "{}"));
    const held: QuarantinedBytes[] = [];
    const ids: (string | null | undefined)[] = [];
    const sink = {
      record: ({ again, invocation }: IngestRecord) =>
        void ids.push(invocation.requestId, again()?.invocation.requestId),
      quarantine: (entry: QuarantinedBytes) => void held.push(entry),
    };
    const scope = { accountId: "111122223333", region: "us-east-1" };
    const { counts } = await readUnit({ ...job, scope, salvage: null }, Readable.from([Buffer.from(line)]), sink, deps);
    expect(counts).toMatchObject({ read: 5, quarantined: 3 });
    expect(ids).toEqual(["a-1", "a-1", "a-2", "a-2"]);
    expect(held.map(({ bytes, reason }) => [reason, Buffer.from(bytes ?? []).toString()])).toEqual([
      ["not-json", "hello"],
      ["scope-mismatch", message(other)],
      ["wrong-schema-type", "{}"],
    ]);
    expect(held.map(({ byteFrom, byteTo }) => [byteFrom, byteTo])).toEqual(held.map(() => [0, line.length - 1]));
  });
});

describe("a unit whose records lie on many days", () => {
  const read = (days: readonly number[], over: Partial<UnitJob> = {}) => {
    const at = (day: number) => new Date(Date.UTC(2026, 0, 1 + day, 23, 59)).toISOString();
    const text = lines(...days.map((day, n) => record(`d-${n}`, { timestamp: at(day) })));
    const sink = { record: () => undefined, quarantine: () => undefined };
    const limits = { ...unitLimits, days: 3 };
    return readUnit({ ...job, salvage: null, ...over }, Readable.from([Buffer.from(text)]), sink, { ...deps, limits });
  };

  it("is read up to the limit, in whatever order they come", async () => {
    expect((await read([0, 0, 1, 2, 0, 1, 2])).counts.read).toBe(7);
  });

  it("is over a limit beyond it, unless a person lets it through", async () => {
    await expect(read([0, 1, 0, 2, 3])).rejects.toMatchObject({ name: "OversizeError", limit: "days" });
    expect((await read([0, 1, 0, 2, 3], { maxBytes: 1_000_000 })).counts.read).toBe(5);
  });
});
