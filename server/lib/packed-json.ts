import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";

const pack = promisify(gzip);
const unpack = promisify(gunzip);
/** Ours never come near it; what we did not write might. */
const longest = 512 * 1024 * 1024;

/** JSON, packed by gzip. */
export async function packJson(value: unknown): Promise<Uint8Array> {
  return pack(JSON.stringify(value));
}

/** Reads what `packJson` made, or plain JSON text. */
export async function unpackJson(body: ArrayBuffer | Uint8Array | string): Promise<unknown> {
  if (typeof body === "string") return JSON.parse(body);
  const bytes = await unpack(new Uint8Array(body), { maxOutputLength: longest });
  return JSON.parse(bytes.toString("utf8"));
}
