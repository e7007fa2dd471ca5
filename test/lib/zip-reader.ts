import { crc32 } from "node:zlib";

/** The files of an archive without compression, as its directory names them. Throws where a checksum does not hold. */
export function filesOfZip(bytes: Buffer): ReadonlyMap<string, string> {
  const end = bytes.length - 22;
  if (bytes.readUInt32LE(end) !== 0x0605_4b50) throw new Error("no end of a directory");
  const files = new Map<string, string>();
  let at = bytes.readUInt32LE(end + 16);
  for (let count = bytes.readUInt16LE(end + 10); count > 0; count--) {
    if (bytes.readUInt32LE(at) !== 0x0201_4b50) throw new Error("no entry of a directory");
    const [size, nameLength] = [bytes.readUInt32LE(at + 24), bytes.readUInt16LE(at + 28)];
    const name = bytes.toString("utf8", at + 46, at + 46 + nameLength);
    const body = bodyAt(bytes, bytes.readUInt32LE(at + 42), size);
    if (crc32(body) !== bytes.readUInt32LE(at + 16)) throw new Error(`the checksum of ${name} does not hold`);
    files.set(name, body.toString("utf8"));
    at += 46 + nameLength + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  }
  return files;
}

function bodyAt(bytes: Buffer, header: number, size: number): Buffer {
  if (bytes.readUInt32LE(header) !== 0x0403_4b50) throw new Error("no file");
  const from = header + 30 + bytes.readUInt16LE(header + 26) + bytes.readUInt16LE(header + 28);
  return bytes.subarray(from, from + size);
}
