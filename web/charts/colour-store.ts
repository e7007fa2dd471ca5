import { assignColours, inksOf, type Colours, type Ink } from "./palette.ts";

const kept = 500;

/** Entities keep their colours over pages and visits. What is stored is a short hash of the name and a digit, not the name. */
export function entityInks(dimension: string, keys: readonly (string | null)[]): readonly Ink[] {
  if (dimension === "status") return inksOf(dimension, keys, new Map());
  const prints = keys.map((key) => (key === null ? null : fingerprint(key)));
  const known = read(dimension);
  const colours = assignColours(
    known,
    prints.filter((print) => print !== null),
  );
  if (colours.size > known.size) write(dimension, colours);
  return inksOf(dimension, prints, colours);
}

/** FNV-1a, 32 bit. Two names with one print share a colour and differ by pattern. */
function fingerprint(text: string): string {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return (hash >>> 0).toString(36);
}

function storageKey(dimension: string): string {
  return `colours.${dimension}`;
}

function read(dimension: string): Colours {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(storageKey(dimension)) ?? "[]");
    return new Map(Array.isArray(stored) ? stored.filter(isEntry) : []);
  } catch {
    return new Map();
  }
}

function isEntry(entry: unknown): entry is [string, number] {
  return Array.isArray(entry) && typeof entry[0] === "string" && [0, 1, 2, 3, 4, 5].includes(entry[1] as number);
}

function write(dimension: string, colours: Colours): void {
  localStorage.setItem(storageKey(dimension), JSON.stringify([...colours].slice(-kept)));
}
