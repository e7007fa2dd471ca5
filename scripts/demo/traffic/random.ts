/** A stream of chance that is the same for the same name: what one hour draws does not move what another one draws. */
export interface Random {
  /** In `[0, 1)`. */
  next(): number;
  /** Whole number, both ends included. */
  int(min: number, max: number): number;
  chance(probability: number): boolean;
  pick<T>(list: readonly T[]): T;
  /** `count` different ones, in random order; all of them if the list is shorter. */
  sample<T>(list: readonly T[], count: number): T[];
  weighted<T extends { readonly weight: number }>(list: readonly T[]): T;
  /** Number of events of an hour that has `mean` of them on average. */
  poisson(mean: number): number;
  /** Around `median`, skewed to the right; `spread` 0.5 gives about half to double. */
  skewed(median: number, spread: number): number;
  hex(length: number): string;
  /** Letters and digits, as in the ids of messages and tool calls. */
  token(length: number): string;
  uuid(): string;
}

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const hexBytes = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Four 32-bit words from a text: the seed of a generator. */
function seedOf(name: string): [number, number, number, number] {
  let a = 1779033703;
  let b = 3144134277;
  let c = 1013904242;
  let d = 2773480762;
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i);
    a = b ^ Math.imul(a ^ code, 597399067);
    b = c ^ Math.imul(b ^ code, 2869860233);
    c = d ^ Math.imul(c ^ code, 951274213);
    d = a ^ Math.imul(d ^ code, 2716044179);
  }
  return [a >>> 0, b >>> 0, c >>> 0, d >>> 0];
}

/** sfc32 of Chris Doty-Humphrey: small, fast, passes the usual tests of randomness. */
function generator(name: string): () => number {
  let [a, b, c, d] = seedOf(name);
  const word = (): number => {
    const sum = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + sum) | 0;
    return sum >>> 0;
  };
  for (let i = 0; i < 12; i++) word();
  return word;
}

export function openRandom(...name: readonly (string | number)[]): Random {
  const word = generator(name.join("\n"));
  const next = (): number => word() / 4294967296;
  const int = (min: number, max: number): number => min + Math.floor(next() * (max - min + 1));
  const hex = (length: number): string => {
    let text = "";
    while (text.length < length) {
      const bits = word();
      text +=
        (hexBytes[bits & 255] ?? "") +
        (hexBytes[(bits >>> 8) & 255] ?? "") +
        (hexBytes[(bits >>> 16) & 255] ?? "") +
        (hexBytes[bits >>> 24] ?? "");
    }
    return text.slice(0, length);
  };
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  return {
    next,
    int,
    hex,
    chance: (probability) => next() < probability,
    pick: (list) => at(list, int(0, list.length - 1)),
    sample: (list, count) => {
      const rest = [...list];
      const taken = [];
      while (taken.length < count && rest.length > 0) taken.push(...rest.splice(int(0, rest.length - 1), 1));
      return taken;
    },
    weighted: (list) => {
      let left = next() * list.reduce((sum, item) => sum + item.weight, 0);
      return list.find((item) => (left -= item.weight) < 0) ?? at(list, list.length - 1);
    },
    poisson: (mean) => {
      if (mean > 60) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal()));
      const floor = Math.exp(-mean);
      let count = 0;
      for (let product = next(); product > floor; product *= next()) count++;
      return count;
    },
    skewed: (median, spread) => median * Math.exp(spread * normal()),
    token: (length) => {
      let text = "";
      for (let i = 0; i < length; i++) text += letters.charAt(int(0, letters.length - 1));
      return text;
    },
    uuid: () => {
      const digits = hex(32);
      const variant = "89ab".charAt(int(0, 3));
      return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(13, 16)}-${variant}${digits.slice(17, 20)}-${digits.slice(20)}`;
    },
  };
}

/** The element at an index that exists; asking beyond the list is a bug. */
export function at<T>(list: readonly T[], index: number): T {
  const item = list[index];
  if (item === undefined) throw new RangeError(`No element ${index} in a list of ${list.length}`);
  return item;
}
