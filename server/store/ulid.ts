/** Random bytes from outside, so that a test decides them. */
export type Random = (bytes: number) => Uint8Array;

const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

function base32(value: bigint, characters: number): string {
  let text = "";
  for (let rest = value; text.length < characters; rest >>= 5n) text = (crockford[Number(rest & 31n)] ?? "") + text;
  return text;
}

/** 26 characters that sort by time: 48 bits of milliseconds, 80 random bits. */
export function ulid(time: number, random: Random): string {
  const chance = random(10).reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
  return base32(BigInt(time), 10) + base32(chance, 16);
}
