import { crc32 } from "node:zlib";

/** The format's own limits, without its extension for larger archives. */
const mostFiles = 65_535;
const mostBytes = 0xffff_ffff;
const version = 20;
/** Names are UTF-8. */
const flags = 0x0800;
/** 1 January 1980: the first day that the format knows. */
const date = 0x0021;

interface Stored {
  readonly name: Buffer;
  readonly body: Buffer;
  readonly crc: number;
  readonly at: number;
}

/**
 * A ZIP archive of files by their path, with slashes: sorted, stored without compression, all of one time, so that the same files give the
 * same bytes. Throws `RangeError` for more than the format holds.
 */
export function zip(files: ReadonlyMap<string, string>): Buffer<ArrayBuffer> {
  const stored: Stored[] = [];
  const parts: Buffer[] = [];
  let at = 0;
  for (const [path, text] of [...files].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const [name, body] = [Buffer.from(path), Buffer.from(text)];
    const file = { name, body, crc: crc32(body), at };
    stored.push(file);
    parts.push(localHeader(file), name, body);
    at += 30 + name.length + body.length;
  }
  const directory = stored.flatMap((file) => [directoryHeader(file), file.name]);
  const bytes = directory.reduce((sum, part) => sum + part.length, 0);
  if (stored.length > mostFiles || at + bytes > mostBytes) throw new RangeError("too much for one archive");
  return Buffer.concat([...parts, ...directory, directoryEnd(stored.length, bytes, at)]);
}

function localHeader({ body, crc, name }: Stored): Buffer {
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x0403_4b50, 0);
  header.writeUInt16LE(version, 4);
  header.writeUInt16LE(flags, 6);
  header.writeUInt16LE(date, 12);
  header.writeUInt32LE(crc, 14);
  header.writeUInt32LE(body.length, 18);
  header.writeUInt32LE(body.length, 22);
  header.writeUInt16LE(name.length, 26);
  return header;
}

function directoryHeader({ at, body, crc, name }: Stored): Buffer {
  const header = Buffer.alloc(46);
  header.writeUInt32LE(0x0201_4b50, 0);
  header.writeUInt16LE(version, 4);
  header.writeUInt16LE(version, 6);
  header.writeUInt16LE(flags, 8);
  header.writeUInt16LE(date, 14);
  header.writeUInt32LE(crc, 16);
  header.writeUInt32LE(body.length, 20);
  header.writeUInt32LE(body.length, 24);
  header.writeUInt16LE(name.length, 28);
  header.writeUInt32LE(at, 42);
  return header;
}

function directoryEnd(files: number, bytes: number, at: number): Buffer {
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x0605_4b50, 0);
  end.writeUInt16LE(files, 8);
  end.writeUInt16LE(files, 10);
  end.writeUInt32LE(bytes, 12);
  end.writeUInt32LE(at, 16);
  return end;
}
